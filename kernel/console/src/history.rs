//! What happened, and what changes: the rows of a timeline and of a comparison.

use time::OffsetDateTime;

/// One entry of a timeline.
#[derive(Debug, Clone)]
pub struct Happening {
    /// When.
    pub at: OffsetDateTime,
    /// `ok`, `warn`, `bad`, `info` or `idle`.
    pub tone: &'static str,
    /// A symbol of `assets/icons.svg`.
    pub icon: &'static str,
    /// What.
    pub title: String,
    /// More about it; may be empty.
    pub detail: String,
    /// The thing it happened to, or its report.
    pub href: Option<String>,
}

/// One value before and after; none where there is no value.
#[derive(Debug, Clone)]
pub struct Change {
    /// Of what.
    pub name: String,
    /// The old value.
    pub before: Option<String>,
    /// The new value.
    pub after: Option<String>,
}
