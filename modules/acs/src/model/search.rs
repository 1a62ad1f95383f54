//! Searches by a parameter that is not indexed: they read every tree, in the background.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::identity::{DeviceId, Identity};
use super::index::Match;

/// Devices that one search finds at most.
pub(crate) const MAX_HITS: i64 = 10_000;

/// Searches of one territory that run at a time.
pub(crate) const MAX_RUNNING: i64 = 16;

regia_ident::id! {
    /// A search.
    SearchId
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SearchState {
    /// Trees are being read.
    Running,
    /// All were read, or 10,000 devices found.
    Done,
    /// An operator stopped it.
    Cancelled,
}

impl SearchState {
    /// The state that a row names.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "running" => Self::Running,
            "cancelled" => Self::Cancelled,
            _ => Self::Done,
        }
    }
}

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    /// Its number.
    pub(crate) id: SearchId,
    /// The path without its root object.
    pub(crate) path: String,
    /// How values are compared.
    pub(crate) matching: Match,
    /// With what, in comparable form.
    pub(crate) value: String,
    /// How far it is.
    pub(crate) state: SearchState,
    /// Trees read so far.
    pub(crate) scanned: i64,
    /// Trees there were when it began.
    pub(crate) total: i64,
    /// Devices found so far; at 10,000 it ends.
    pub(crate) hits: i64,
    /// Who asked.
    pub(crate) created_by: String,
    /// When.
    pub(crate) created_at: OffsetDateTime,
    /// When it is forgotten.
    pub(crate) expires_at: OffsetDateTime,
}

/// A device that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The device.
    pub(crate) device: DeviceId,
    /// Who it is.
    pub(crate) identity: Identity,
    /// The value found, in comparable form.
    pub(crate) value: String,
}
