//! Keyset pages: a list goes on after the last row seen, however many rows came or went meanwhile.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A longer text is no cursor of ours.
const LONGEST_CURSOR_BYTES: usize = 2_048;

/// The text is not a cursor that a page handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the cursor is not one that a page handed out")]
pub struct BadCursor;

/// Where a list goes on: the key values of the last row, `K`, as opaque text.
///
/// A cursor is a position and grants nothing: the query it continues filters by territory and
/// rights as the first page did, so it carries no signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<K>(pub K);

impl<K: DeserializeOwned> Cursor<K> {
    /// The key values in a cursor's text.
    ///
    /// # Errors
    /// [`BadCursor`] for anything that is not base64url of JSON of a `K`.
    pub fn parse(text: &str) -> Result<K, BadCursor> {
        if text.len() > LONGEST_CURSOR_BYTES {
            return Err(BadCursor);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        serde_json::from_slice(&json).map_err(|_| BadCursor)
    }
}

impl<K: Serialize> Cursor<K> {
    /// The cursor's text; none when the key cannot be written as JSON.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        serde_json::to_vec(&self.0)
            .ok()
            .map(|json| URL_SAFE_NO_PAD.encode(json))
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page from up to [`Limit::rows_to_read`] rows; `key` gives a row's key values.
    pub fn from_rows<K: Serialize>(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > limit.items();
        rows.truncate(limit.items());
        let next = rows
            .last()
            .filter(|_| more)
            .and_then(|last| Cursor(key(last)).to_text());
        Self { items: rows, next }
    }

    /// The same page with its items turned into something else.
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(turn).collect(),
            next: self.next,
        }
    }
}

/// How many rows a page holds: 1 to 200, 50 unless asked otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Limit(u8);

/// The number of rows asked for is out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a page holds 1 to {} rows", Limit::MAX)]
pub struct BadLimit;

impl Limit {
    /// The most rows that one page holds.
    pub const MAX: u8 = 200;

    /// Rows on the page.
    #[must_use]
    pub const fn items(self) -> usize {
        self.0 as usize
    }

    /// For `limit $n`: one more than the page holds, which tells whether there is a next page.
    #[must_use]
    pub const fn rows_to_read(self) -> i64 {
        self.0 as i64 + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<u16> for Limit {
    type Error = BadLimit;

    fn try_from(rows: u16) -> Result<Self, BadLimit> {
        u8::try_from(rows)
            .ok()
            .filter(|rows| (1..=Self::MAX).contains(rows))
            .map(Self)
            .ok_or(BadLimit)
    }
}

impl From<Limit> for u16 {
    fn from(limit: Limit) -> Self {
        limit.0.into()
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let text = Cursor(("ABC-1".to_owned(), 42_i64)).to_text().unwrap();
        assert_eq!(
            Cursor::<(String, i64)>::parse(&text),
            Ok(("ABC-1".to_owned(), 42))
        );
    }

    #[test]
    fn a_cursor_that_no_page_handed_out_is_refused() {
        let other_list = Cursor("a text").to_text().unwrap();
        let huge = "A".repeat(LONGEST_CURSOR_BYTES + 1);
        let deep = URL_SAFE_NO_PAD.encode("[".repeat(1_000));
        let longer = Cursor(("ABC", 1, 2)).to_text().unwrap();
        for text in [
            "",
            "?",
            "not base64!",
            "AAAA",
            "WzFd=",
            &other_list,
            &huge,
            &deep,
            &longer,
        ] {
            assert_eq!(
                Cursor::<(String, i64)>::parse(text),
                Err(BadCursor),
                "{text}"
            );
        }
    }

    #[test]
    fn a_page_points_to_the_next_only_when_there_is_one() {
        let limit = Limit::try_from(2).unwrap();
        assert_eq!(limit.rows_to_read(), 3);
        for (rows, items, next) in [
            (vec![], vec![], None),
            (vec![7, 8], vec![7, 8], None),
            (vec![7, 8, 9], vec![7, 8], Some(8)),
        ] {
            let page = Page::from_rows(rows, limit, |row| *row);
            assert_eq!(page.items, items);
            assert_eq!(
                page.next.map(|text| Cursor::<i32>::parse(&text).unwrap()),
                next
            );
        }
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for (json, expected) in [
            ("1", Some(1)),
            ("200", Some(200)),
            ("0", None),
            ("201", None),
            ("70000", None),
            ("-1", None),
            ("\"5\"", None),
        ] {
            let limit = serde_json::from_str::<Limit>(json).ok().map(u16::from);
            assert_eq!(limit, expected, "{json}");
        }
        assert_eq!(Limit::default().items(), 50);
    }
}
