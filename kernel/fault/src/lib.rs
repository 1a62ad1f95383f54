//! What can go wrong, sorted by what the caller can do about it.
//!
//! A [`Fault`] speaks with two voices: a public sentence with a stable code and a hint for whoever
//! asked, and the internal chain (its source), logged once where it is handled.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// The kinds of failure that exist at the edge of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The input is wrong; the same request will never succeed.
    Invalid,
    /// Nobody proved who they are.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// The thing does not exist for this caller.
    NotFound,
    /// The thing is in a state that does not allow this.
    Conflict,
    /// A size or a quota is used up.
    Exhausted,
    /// Too many requests; later is fine.
    RateLimited,
    /// A part that is needed is away or overloaded; later is fine.
    Unavailable,
    /// A part that is needed did not answer in time.
    Timeout,
    /// Our mistake.
    Internal,
}

impl Category {
    /// Every category, for tables and tests.
    pub const ALL: [Self; 10] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Exhausted,
        Self::RateLimited,
        Self::Unavailable,
        Self::Timeout,
        Self::Internal,
    ];

    /// The HTTP status of a problem answer (RFC 9110, RFC 6585).
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Exhausted => 413,
            Self::RateLimited => 429,
            Self::Unavailable => 503,
            Self::Timeout => 504,
            Self::Internal => 500,
        }
    }

    /// The ACS fault code of a CWMP answer (TR-069 A.5.1).
    #[must_use]
    pub const fn cwmp_code(self) -> u32 {
        match self {
            Self::Invalid | Self::NotFound | Self::Conflict => 8003,
            Self::Unauthenticated | Self::Forbidden => 8001,
            Self::Exhausted => 8004,
            Self::RateLimited | Self::Unavailable | Self::Timeout => 8005,
            Self::Internal => 8002,
        }
    }
}

/// A failure on its way to whoever asked.
#[derive(Debug)]
pub struct Fault {
    /// What kind of failure.
    pub category: Category,
    /// A stable code, `module.reason`.
    pub code: &'static str,
    /// One public sentence: the thing and the reason.
    pub message: Cow<'static, str>,
    /// The next step, if there is one.
    pub hint: Option<Cow<'static, str>>,
    /// The permission that whoever asked lacks, where that is the reason.
    pub permission: Option<&'static str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A failure with its public sentence.
    pub fn new(
        category: Category,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            category,
            code,
            message: message.into(),
            hint: None,
            permission: None,
            source: None,
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the permission that whoever asked lacks.
    #[must_use]
    pub const fn lacking(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    /// Adds the internal cause, which is logged and never shown.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// An unexpected failure of ours; the public sentence says no more than that.
    pub fn internal(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(
            Category::Internal,
            "internal",
            "The server failed to do this.",
        )
        .hint("Try again; if it stays, look for the trace id in the server's log.")
        .because(source)
    }

    /// The whole internal chain in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut line = self.message.to_string();
        let mut next = self.source();
        while let Some(error) = next {
            line.push_str(": ");
            line.push_str(&error.to_string());
            next = error.source();
        }
        line
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_its_projections() {
        let table: Vec<(u16, u32)> = Category::ALL
            .iter()
            .map(|c| (c.http_status(), c.cwmp_code()))
            .collect();
        assert_eq!(
            table,
            [
                (422, 8003),
                (401, 8001),
                (403, 8001),
                (404, 8003),
                (409, 8003),
                (413, 8004),
                (429, 8005),
                (503, 8005),
                (504, 8005),
                (500, 8002),
            ]
        );
    }

    #[test]
    fn the_public_voice_hides_the_chain() {
        let fault = Fault::internal(std::io::Error::other("disk on fire"));
        assert!(!fault.to_string().contains("fire"));
        assert!(fault.chain().ends_with("disk on fire"));
    }
}
