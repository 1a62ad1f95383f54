//! Parameters by which devices are found at once.

pub(super) mod list;
pub(super) mod mark;
pub(super) mod unmark;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::index::{IndexPath, IndexState};

/// An indexed parameter.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IndexOut {
    /// Its path without the root object.
    path: String,
    /// Whether it can be searched yet.
    state: IndexState,
    /// Devices read so far.
    scanned: i64,
    /// Devices to read.
    total: i64,
    /// Who marked it.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<IndexPath> for IndexOut {
    fn from(index: IndexPath) -> Self {
        Self {
            path: index.path,
            state: index.state,
            scanned: index.scanned,
            total: index.total,
            created_by: index.created_by,
            created_at: index.created_at,
        }
    }
}

/// Which parameter.
#[derive(Debug, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexIn {
    /// Its path, with or without the root object.
    path: String,
}
