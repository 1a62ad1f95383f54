//! Devices announced by a file.

pub(super) mod apply;
pub(super) mod discard;
pub(super) mod get;
pub(super) mod list;
pub(super) mod rows;
pub(super) mod stop;
pub(super) mod upload;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::import::{Import, ImportId, ImportState};

/// A file of announced devices, and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: ImportId,
    /// Where it stands.
    state: ImportState,
    /// Columns of the file that say nothing here.
    ignored_columns: Vec<String>,
    /// Rows of the file.
    rows: i32,
    /// Rows that name new devices, when the file was read.
    new: i32,
    /// Rows that name devices known already, which stay as they are.
    known: i32,
    /// Rows that name no device.
    refused: i32,
    /// Devices registered so far.
    registered: i32,
    /// Who sent the file.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was applied.
    #[serde(with = "time::serde::rfc3339::option")]
    started_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

impl From<Import> for ImportOut {
    fn from(import: Import) -> Self {
        Self {
            id: import.id,
            state: import.state,
            ignored_columns: import.ignored,
            rows: import.rows,
            new: import.fresh,
            known: import.known,
            refused: import.refused,
            registered: import.registered,
            created_by: import.created_by,
            created_at: import.created_at,
            started_at: import.started_at,
            finished_at: import.finished_at,
        }
    }
}
