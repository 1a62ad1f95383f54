//! What every template is given as `page`: words, numbers, times, icons and the frame's content.

use std::borrow::Borrow;
use std::fmt::{self, Display};
use std::sync::Arc;

use askama::filters::{Escaper as _, Html, HtmlSafe};
use http::Uri;
use regia_access::{Authority, Permission};
use serde::Serialize;
use time::OffsetDateTime;

use crate::assets;
use crate::console::Console;
use crate::listing::{Listing, Matches};
use crate::live::Position;
use crate::locale::{Locale, rfc3339};
use crate::messages::Text;
use crate::navigation::{NavItem, NavSection};
use crate::quantity::Quantity;

/// Light, dark, or what the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The cookie that keeps the choice of one browser; the console's script writes it.
    pub const COOKIE: &'static str = "regia_theme";

    /// Reads the cookie's value.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The value of the page's `data-theme`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The symbol on the switch.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::System => "screen",
            Self::Light => "sun",
            Self::Dark => "moon",
        }
    }
}

/// Who looks at a page, and in which request.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The name they logged in with; nobody before that.
    pub name: Option<String>,
    /// What they may do; nobody may anything.
    pub authority: Option<Arc<Authority>>,
    /// The token that every form and every script's request carries.
    pub csrf: String,
    /// Names the request in the log.
    pub trace: String,
}

/// The frame around one answer: made per request, handed to a template as `page`.
#[derive(Debug, Clone)]
pub struct Page {
    console: Console,
    /// Heading and window title.
    pub title: String,
    /// The pages above this one: label and address.
    pub crumbs: Vec<(String, String)>,
    /// Path of the request.
    pub path: String,
    /// Query of the request, without `?`.
    pub query: String,
    /// Language.
    pub locale: Locale,
    /// The language that whoever looks chose, if they did.
    pub chosen: Option<Locale>,
    /// Colours.
    pub theme: Theme,
    /// Who looks.
    pub visitor: Visitor,
    /// The tab that is marked, where it is not this page's own.
    place: Option<String>,
    /// The level at which what it shows was handed to whoever looks.
    handed: Option<i16>,
    now: OffsetDateTime,
    seen: Position,
}

impl Page {
    /// A page in the console's frame, still without a title.
    #[must_use]
    pub fn new(
        console: Console,
        uri: &Uri,
        locale: Locale,
        theme: Theme,
        visitor: Visitor,
    ) -> Self {
        let (now, seen) = (console.now(), console.live().position());
        Self {
            console,
            title: String::new(),
            crumbs: Vec::new(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            locale,
            chosen: None,
            theme,
            visitor,
            place: None,
            handed: None,
            now,
            seen,
        }
    }

    /// With a heading that is data, such as a serial number.
    #[must_use]
    pub fn titled(mut self, title: impl Display) -> Self {
        self.title = title.to_string();
        self
    }

    /// With a heading from the messages.
    #[must_use]
    pub fn headed(self, key: &str) -> Self {
        let title = self.t(key).to_string();
        self.titled(title)
    }

    /// With one more page above this one.
    #[must_use]
    pub fn below(mut self, label: impl Display, href: impl Into<String>) -> Self {
        self.crumbs.push((label.to_string(), href.into()));
        self
    }

    /// Shown as a part of another page, whose tab is marked.
    #[must_use]
    pub fn part_of(mut self, path: impl Into<String>) -> Self {
        self.place = Some(path.into());
        self
    }

    /// Of one thing, which was handed to whoever looks at this level.
    #[must_use]
    pub const fn handed(mut self, level: Option<i16>) -> Self {
        self.handed = level;
        self
    }

    /// A message: `{{ page.t("acs.devices.title") }}`.
    #[must_use]
    pub fn t<'a>(&'a self, key: &'a str) -> Text<'a> {
        self.console.catalog().text(self.locale, key)
    }

    /// The languages of the console.
    #[must_use]
    pub fn languages(&self) -> Vec<Locale> {
        self.console.catalog().languages().collect()
    }

    /// A message of the page's very language; English does not fill the gap.
    #[must_use]
    pub fn own(&self, key: &str) -> Option<&str> {
        self.console.catalog().own(self.locale, key)
    }

    /// What a problem's code means in the language of the page, and the next step. None where the
    /// sentence of the code itself, which is English, has to do.
    #[must_use]
    pub fn fault(&self, code: &str) -> Option<(&str, Option<&str>)> {
        let word = |part: &str| self.own(&format!("fault.{code}.{part}"));
        Some((word("text")?, word("hint")))
    }

    /// A reason that stands in the code, which is English, in the language of the page as far as that
    /// knows it.
    #[must_use]
    pub fn reason(&self, english: &str) -> String {
        let told = self.console.catalog().reason(self.locale, english);
        told.unwrap_or_else(|| english.to_owned())
    }

    /// Path and query of this page.
    #[must_use]
    pub fn address(&self) -> String {
        match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// The list that this page's address describes.
    #[must_use]
    pub fn listing(&self, default_sort: &'static str) -> Listing {
        Listing::new(&self.path, &self.query, default_sort)
    }

    /// The rail.
    #[must_use]
    pub fn navigation(&self) -> Vec<NavSection> {
        self.console.sections(&self.path, |item| self.shows(item))
    }

    /// Whether the visitor may do this by a role somewhere, or to the thing that the page shows
    /// because it was handed to them. What they may not is left out of the page. The answer is for
    /// the eye; whoever asks anyway is refused.
    #[must_use]
    pub fn may(&self, permission: impl Borrow<Permission>) -> bool {
        let permission = permission.borrow();
        let handed = self.handed.zip(permission.handed);
        let authority = self.visitor.authority.as_ref();
        authority.is_some_and(|authority| authority.holds(permission))
            || handed.is_some_and(|(level, least)| level >= least)
    }

    /// Whether a link is for the visitor: by a role, or for what was handed to them.
    #[must_use]
    pub(crate) fn shows(&self, item: &NavItem) -> bool {
        let authority = self.visitor.authority.as_ref();
        let reaches = |permission| authority.is_some_and(|held| held.scope(&permission).is_ok());
        item.permission.is_none_or(reaches)
    }

    /// Whether the visitor holds no role at all, and was never handed anything.
    #[must_use]
    pub fn has_no_role(&self) -> bool {
        let authority = self.visitor.authority.as_ref();
        authority.is_none_or(|held| held.grants.is_empty() && held.user.is_none())
    }

    /// Where the search form leads, if there is a search.
    #[must_use]
    pub fn search(&self) -> Option<&str> {
        self.console.search()
    }

    /// The address of an embedded file.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// A symbol, decoration only: words beside it, or a label on its button, say what it means.
    #[must_use]
    pub fn icon<'a>(&self, name: &'a str) -> Icon<'a> {
        Icon(name)
    }

    /// A dotted name that may break after each dot.
    #[must_use]
    pub fn dotted<'a>(&self, name: &'a str) -> Dotted<'a> {
        Dotted(name)
    }

    /// A whole number, grouped.
    #[must_use]
    pub fn number(&self, number: impl Quantity) -> String {
        self.locale.number(number.quantity())
    }

    /// How many rows match: `12,345`, `1,000+` where counting stopped, nothing where nobody counted.
    #[must_use]
    pub fn matches(&self, matches: &Matches) -> String {
        match matches {
            Matches::Exactly(count) => self.number(*count),
            Matches::AtLeast(count) => format!("{}+", self.number(*count)),
            Matches::Uncounted => String::new(),
        }
    }

    /// A size with its unit.
    #[must_use]
    pub fn bytes(&self, bytes: impl Quantity) -> String {
        self.locale.bytes(bytes.quantity())
    }

    /// A span of seconds in its two largest units.
    #[must_use]
    pub fn duration(&self, seconds: impl Quantity) -> String {
        self.locale.duration(seconds.quantity())
    }

    /// A moment as its distance from now, exact on hover.
    #[must_use]
    pub fn ago(&self, at: &OffsetDateTime) -> Moment {
        Moment {
            at: *at,
            words: self.distance(*at),
            locale: self.locale,
            moves: true,
        }
    }

    /// A moment to the second.
    #[must_use]
    pub fn exact(&self, at: &OffsetDateTime) -> Moment {
        Moment {
            at: *at,
            words: self.locale.exact(*at),
            locale: self.locale,
            moves: false,
        }
    }

    /// Whether this is the page at `path`, or a part of it.
    #[must_use]
    pub fn at(&self, path: impl AsRef<str>) -> bool {
        self.place.as_ref().unwrap_or(&self.path) == path.as_ref()
    }

    /// When the page was made.
    #[must_use]
    pub const fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// What the page has seen of the live events.
    #[must_use]
    pub const fn seen(&self) -> &Position {
        &self.seen
    }

    fn distance(&self, at: OffsetDateTime) -> String {
        let seconds = (self.now - at).whole_seconds();
        let (ago, left) = (seconds >= 0, seconds.unsigned_abs());
        let (past, future, count) = match left {
            0..10 => return self.t("console.time.now").to_string(),
            10..60 => ("console.time.seconds_ago", "console.time.in_seconds", left),
            60..3_600 => (
                "console.time.minutes_ago",
                "console.time.in_minutes",
                left / 60,
            ),
            3_600..172_800 => (
                "console.time.hours_ago",
                "console.time.in_hours",
                left / 3_600,
            ),
            _ => (
                "console.time.days_ago",
                "console.time.in_days",
                left / 86_400,
            ),
        };
        self.t(if ago { past } else { future })
            .count(count)
            .to_string()
    }

    /// The words that the console's script needs, as JSON for a data block.
    #[must_use]
    pub fn script_words(&self) -> String {
        let words: Vec<_> = SCRIPT_WORDS
            .iter()
            .map(|key| self.t(key).to_string())
            .collect();
        let words: serde_json::Map<_, _> = SCRIPT_WORDS
            .iter()
            .zip(words)
            .map(|(key, word)| (short(key), word.into()))
            .collect();
        json(&words)
    }
}

/// Messages that the script shows; their `{count}` stays for it to fill.
const SCRIPT_WORDS: [&str; 12] = [
    "console.time.now",
    "console.time.seconds_ago",
    "console.time.minutes_ago",
    "console.time.hours_ago",
    "console.time.days_ago",
    "console.time.in_seconds",
    "console.time.in_minutes",
    "console.time.in_hours",
    "console.time.in_days",
    "console.copied",
    "console.unreachable",
    "console.close",
];

fn short(key: &str) -> String {
    key.rsplit('.').next().unwrap_or(key).to_owned()
}

/// JSON that may stand inside a `script` element: nothing in it can end the element.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_default()
        .replace('<', "\\u003c")
}

/// A symbol of the sprite.
#[derive(Debug, Clone, Copy)]
pub struct Icon<'a>(&'a str);

impl Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = assets::address("icons.svg");
        write!(
            f,
            r#"<svg class="icon" aria-hidden="true"><use href="{sprite}#{}"/></svg>"#,
            self.0
        )
    }
}

impl HtmlSafe for Icon<'_> {}

/// A dotted name, escaped.
#[derive(Debug, Clone, Copy)]
pub struct Dotted<'a>(&'a str);

impl Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, after)) = rest.split_once('.') {
            Html.write_escaped_str(&mut *f, before)?;
            // An IP address stays whole.
            let number = before.ends_with(|c: char| c.is_ascii_digit())
                && after.starts_with(|c: char| c.is_ascii_digit());
            f.write_str(if number { "." } else { ".<wbr>" })?;
            rest = after;
        }
        Html.write_escaped_str(&mut *f, rest)?;
        Ok(())
    }
}

impl HtmlSafe for Dotted<'_> {}

/// A `time` element.
#[derive(Debug, Clone)]
pub struct Moment {
    at: OffsetDateTime,
    words: String,
    locale: Locale,
    moves: bool,
}

impl Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (iso, exact) = (rfc3339(self.at), self.locale.exact(self.at));
        let kind = if self.moves { "data-ago" } else { "data-exact" };
        write!(
            f,
            r#"<time datetime="{iso}" title="{exact}" {kind}>{}</time>"#,
            self.words
        )
    }
}

impl HtmlSafe for Moment {}
