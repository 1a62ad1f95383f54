//! The protocol trace of a device: what it and the server said to each other.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Minutes for which a trace may be switched on at most: a day.
pub(crate) const MAX_MINUTES: u32 = 24 * 60;

/// Bytes kept of one device; past that the oldest messages make room for the newest, since whoever
/// waits for something to happen wants to see what happened last.
pub(crate) const MAX_BYTES: i64 = 10 * 1024 * 1024;

/// Bytes kept of one message; the rest is cut off. The names of 10,000 parameters fit.
pub(crate) const MAX_MESSAGE_BYTES: usize = 2 * 1024 * 1024;

/// What a row takes besides its body, counted so that empty messages are bounded too.
pub(crate) const ROW_BYTES: i64 = 256;

/// What was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A message of the device.
    Received,
    /// Our answer or question.
    Sent,
    /// A connection request, and what came of it.
    Called,
    /// Messages that were not kept here.
    Gap,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Received, Self::Sent, Self::Called, Self::Gap];

    /// The kind as it is stored.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
            Self::Called => "called",
            Self::Gap => "gap",
        }
    }

    /// Reads a stored kind.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What there is to say about a body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Remark {
    /// Nothing: it is as it was, but for its secrets.
    #[default]
    None,
    /// It is no CWMP, so everything but known markup is hidden.
    Unreadable,
    /// It was longer than 2 MiB; its end is not kept.
    Cut,
    /// It was refused before it was read.
    Refused,
}

impl Remark {
    const ALL: [Self; 4] = [Self::None, Self::Unreadable, Self::Cut, Self::Refused];

    /// The remark as it is stored.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Unreadable => "unreadable",
            Self::Cut => "cut",
            Self::Refused => "refused",
        }
    }

    /// Reads a stored remark.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|remark| remark.as_str() == text);
        known.unwrap_or_default()
    }
}

/// A message fit to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// When.
    pub(crate) happened_at: OffsetDateTime,
    /// Which session.
    pub(crate) session: Option<[u8; 16]>,
    /// What it is.
    pub(crate) kind: Kind,
    /// HTTP status of what was sent.
    pub(crate) status: Option<u16>,
    /// The body without its secrets.
    pub(crate) body: String,
    /// Bytes of the body as it came.
    pub(crate) bytes: usize,
    /// What there is to say about it.
    pub(crate) remark: Remark,
    /// Messages that a gap stands for.
    pub(crate) missed: u32,
}

/// A message that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its number.
    pub(crate) id: i64,
    /// When.
    pub(crate) happened_at: OffsetDateTime,
    /// Which session, in hex digits.
    pub(crate) session: Option<String>,
    /// What it is.
    pub(crate) kind: Kind,
    /// HTTP status of what was sent.
    pub(crate) status: Option<u16>,
    /// The body without its secrets.
    pub(crate) body: String,
    /// Bytes of the body as it came.
    pub(crate) bytes: i32,
    /// What there is to say about it.
    pub(crate) remark: Remark,
    /// Messages that a gap stands for.
    pub(crate) missed: i32,
}

/// Whether a device is traced, and what is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Until when it is traced; absent when it is not.
    pub(crate) until: Option<OffsetDateTime>,
    /// When it was last switched on.
    pub(crate) started_at: Option<OffsetDateTime>,
    /// By whom.
    pub(crate) started_by: String,
    /// Bytes kept.
    pub(crate) bytes: i64,
    /// Messages that made room for newer ones.
    pub(crate) rolled: i64,
}
