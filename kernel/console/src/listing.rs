//! A list's state lives in its address: filters, sort, columns and place, so that a link shares it
//! and the back button works.
//!
//! `sort=serial` is ascending, `sort=-serial` descending; `after=` is the keyset cursor; `columns=`
//! names a chosen column, once for each; `format=csv` asks for a file. Everything else is a filter.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::export::Format;

/// Parameters that are no filter.
const OWN: [&str; 4] = ["sort", "after", "columns", "format"];

/// Characters that stay as they are in a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b':')
    .remove(b'/');

/// How many rows match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matches {
    /// Exactly so many.
    Exactly(u64),
    /// Counting stopped here: `1,000+`.
    AtLeast(u64),
    /// Nobody counted: there may be millions.
    Uncounted,
}

impl Matches {
    /// What a count says that stopped behind `most`.
    #[must_use]
    pub fn counted(count: i64, most: i64) -> Self {
        let least = |count: i64| u64::try_from(count).unwrap_or_default();
        if count > most {
            Self::AtLeast(least(most))
        } else {
            Self::Exactly(least(count))
        }
    }

    /// At least so many.
    #[must_use]
    pub const fn least(&self) -> u64 {
        match self {
            Self::Exactly(count) | Self::AtLeast(count) => *count,
            Self::Uncounted => 0,
        }
    }

    /// Whether somebody counted.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Uncounted)
    }
}

/// The address of a list, taken apart, and what its bar offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    path: String,
    pairs: Vec<(String, String)>,
    default_sort: &'static str,
    columns: Vec<(&'static str, String)>,
    files: &'static [Format],
}

impl Listing {
    /// Takes an address apart. Empty parameters count as absent: a form sends them.
    #[must_use]
    pub fn new(path: &str, query: &str, default_sort: &'static str) -> Self {
        let pairs = query
            .split('&')
            .filter_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                (!value.is_empty()).then(|| (decode(name), decode(value)))
            })
            .collect();
        Self {
            path: path.to_owned(),
            pairs,
            default_sort,
            columns: Vec::new(),
            files: &[],
        }
    }

    /// With columns (name and label) that are shown only when they are chosen.
    #[must_use]
    pub fn offering(mut self, columns: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.columns.extend(columns);
        self
    }

    /// With the forms in which it can be kept as a file.
    #[must_use]
    pub const fn kept_as(mut self, files: &'static [Format]) -> Self {
        self.files = files;
        self
    }

    /// The columns that can be chosen: name, label, and whether it is.
    #[must_use]
    pub fn columns(&self) -> Vec<(&'static str, &str, bool)> {
        let columns = self.columns.iter();
        columns
            .map(|(name, label)| (*name, label.as_str(), self.shows(name)))
            .collect()
    }

    /// The files that it can be kept as: the message that names the form, and the address.
    #[must_use]
    pub fn files(&self) -> Vec<(&'static str, String)> {
        let files = self.files.iter();
        files
            .map(|format| (format.label(), self.file_link(*format)))
            .collect()
    }

    /// The form of the file that is asked for.
    #[must_use]
    pub fn file(&self) -> Option<Format> {
        let format = self.get("format").and_then(Format::parse)?;
        self.files.contains(&format).then_some(format)
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(given, _)| given == name)?;
        Some(&found.1)
    }

    /// The value of a parameter, or nothing, for an input.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether a parameter has a value.
    #[must_use]
    pub fn is(&self, name: &str, value: impl Display) -> bool {
        self.get(name)
            .is_some_and(|given| given == value.to_string())
    }

    /// The path without any parameter.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The filters in force: name and value.
    pub fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        let filters = self
            .pairs
            .iter()
            .filter(|(name, _)| !OWN.contains(&name.as_str()));
        filters.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether any filter is in force.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.filters().next().is_some()
    }

    /// The column it is sorted by, and whether descending.
    #[must_use]
    pub fn sort(&self) -> (&str, bool) {
        let sort = self.get("sort").unwrap_or(self.default_sort);
        match sort.strip_prefix('-') {
            Some(column) => (column, true),
            None => (sort, false),
        }
    }

    /// The value of `aria-sort` of a column's head.
    #[must_use]
    pub fn order(&self, column: &str) -> &'static str {
        match self.sort() {
            (by, false) if by == column => "ascending",
            (by, true) if by == column => "descending",
            _ => "none",
        }
    }

    /// Sorts by a column from the first page on; by the column that already sorts, the other way.
    #[must_use]
    pub fn sort_link(&self, column: &str) -> String {
        let sort = if self.order(column) == "ascending" {
            format!("-{column}")
        } else {
            column.to_owned()
        };
        self.link(&[("sort", Some(&sort))])
    }

    /// The rows after a cursor.
    #[must_use]
    pub fn after_link(&self, cursor: &str) -> String {
        self.link(&[("after", Some(cursor))])
    }

    /// The first page.
    #[must_use]
    pub fn first_link(&self) -> String {
        self.link(&[])
    }

    /// Without one filter; one that takes several parameters has their names between spaces.
    #[must_use]
    pub fn without_link(&self, names: &str) -> String {
        let without: Vec<_> = names.split(' ').map(|name| (name, None)).collect();
        self.link(&without)
    }

    /// Exactly what is shown, all pages, as a file.
    #[must_use]
    pub fn file_link(&self, format: Format) -> String {
        self.link(&[("format", Some(format.name()))])
    }

    /// Whether a column was chosen.
    #[must_use]
    pub fn shows(&self, column: &str) -> bool {
        let mut pairs = self.pairs.iter();
        pairs.any(|(name, chosen)| name == "columns" && chosen == column)
    }

    /// The address with parameters set or removed, at the first page.
    #[must_use]
    pub fn link(&self, changes: &[(&str, Option<&str>)]) -> String {
        let changed = |name: &str| name == "after" || changes.iter().any(|(new, _)| *new == name);
        let kept = self.pairs.iter().filter(|(name, _)| !changed(name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let set = changes
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)));
        let mut link = self.path.clone();
        for (at, (name, value)) in kept.chain(set).enumerate() {
            link.push(if at == 0 { '?' } else { '&' });
            link.extend(utf8_percent_encode(name, KEPT));
            link.push('=');
            link.extend(utf8_percent_encode(value, KEPT));
        }
        link
    }

    /// The filters as a query, so that an action may mean every row that matches.
    #[must_use]
    pub fn filter_query(&self) -> String {
        let link = self.link(&[("sort", None), ("columns", None), ("format", None)]);
        link.split_once('?')
            .map(|(_, query)| query.to_owned())
            .unwrap_or_default()
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        Listing::new(
            "/d",
            "q=a%20b&tag=&sort=-serial&after=xyz&columns=serial&columns=model",
            "name",
        )
    }

    #[test]
    fn an_address_tells_filters_sort_and_columns() {
        let list = listing();
        assert_eq!((list.value("q"), list.get("tag")), ("a b", None));
        assert_eq!(list.filters().collect::<Vec<_>>(), [("q", "a b")]);
        assert_eq!(list.sort(), ("serial", true));
        assert_eq!(
            (list.order("serial"), list.order("name")),
            ("descending", "none")
        );
        assert!(list.shows("model") && !list.shows("name"));
        assert_eq!(Listing::new("/d", "", "-seen").sort(), ("seen", true));
    }

    #[test]
    fn a_list_is_kept_in_the_forms_it_offers_and_no_other() {
        let list = |query| Listing::new("/d", query, "name").kept_as(&[Format::Csv]);
        let offered = vec![("console.list.csv", "/d?q=a&format=csv".to_owned())];
        assert_eq!(list("q=a&after=x").files(), offered);
        for (query, file) in [
            ("format=csv", Some(Format::Csv)),
            ("format=jsonl", None),
            ("format=xml", None),
            ("", None),
        ] {
            assert_eq!(list(query).file(), file, "{query}");
        }
    }

    #[test]
    fn columns_are_offered_with_whether_they_are_chosen() {
        let list = listing().offering([("model", "Model".into()), ("tags", "Tags".into())]);
        let columns = [("model", "Model", true), ("tags", "Tags", false)];
        assert_eq!(list.columns(), columns);
    }

    #[test]
    fn a_count_is_exact_until_it_stopped() {
        for (count, expected) in [
            (0, Matches::Exactly(0)),
            (10, Matches::Exactly(10)),
            (11, Matches::AtLeast(10)),
            (-1, Matches::Exactly(0)),
        ] {
            assert_eq!(Matches::counted(count, 10), expected, "{count}");
        }
    }

    #[test]
    fn links_change_one_thing_and_begin_at_the_first_page() {
        let list = listing();
        for (link, expected) in [
            (
                list.sort_link("serial"),
                "/d?q=a%20b&columns=serial&columns=model&sort=serial",
            ),
            (
                list.after_link("n/=+"),
                "/d?q=a%20b&sort=-serial&columns=serial&columns=model&after=n/%3D%2B",
            ),
            (
                list.without_link("q"),
                "/d?sort=-serial&columns=serial&columns=model",
            ),
            (list.without_link("q columns"), "/d?sort=-serial"),
            (
                list.file_link(Format::Csv),
                "/d?q=a%20b&sort=-serial&columns=serial&columns=model&format=csv",
            ),
            (list.filter_query(), "q=a%20b"),
        ] {
            assert_eq!(link, expected);
        }
        assert_eq!(
            Listing::new("/d", "", "name").sort_link("name"),
            "/d?sort=-name"
        );
    }

    #[test]
    fn a_damaged_query_is_read_as_far_as_it_goes() {
        let list = Listing::new("/d", "&&x&=1&q=%zz%ff", "name");
        assert_eq!(list.value("q"), "%zz\u{fffd}");
    }
}
