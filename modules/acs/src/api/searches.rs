//! Searches by any parameter, in the background.

pub(super) mod cancel;
pub(super) mod get;
pub(super) mod hits;
pub(super) mod list;
pub(super) mod start;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::index::Match;
use crate::model::search::{Search, SearchId, SearchState};

/// A search.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: SearchId,
    /// The parameter's path without the root object.
    path: String,
    /// How the value is compared.
    matching: Match,
    /// The value, in lower case.
    value: String,
    /// Where it stands.
    state: SearchState,
    /// Devices read so far.
    scanned: i64,
    /// Devices to read.
    total: i64,
    /// Devices found so far, at most 10,000.
    hits: i64,
    /// Who asked.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it is forgotten.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
}

impl From<Search> for SearchOut {
    fn from(search: Search) -> Self {
        Self {
            id: search.id,
            path: search.path,
            matching: search.matching,
            value: search.value,
            state: search.state,
            scanned: search.scanned,
            total: search.total,
            hits: search.hits,
            created_by: search.created_by,
            created_at: search.created_at,
            expires_at: search.expires_at,
        }
    }
}
