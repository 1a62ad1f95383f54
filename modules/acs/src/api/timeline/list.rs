//! `GET /api/v1/acs/devices/{id}/timeline`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Path, Problem, Query};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::cursor;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::identity::DeviceId;
use crate::store::timeline::Entry;

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryOut {
    /// Its number.
    id: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    happened_at: OffsetDateTime,
    /// What kind, such as `inform` or `task_done`.
    kind: String,
    /// The facts.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

impl From<Entry> for EntryOut {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            happened_at: entry.happened_at,
            kind: entry.kind,
            detail: entry.detail,
        }
    }
}

/// Lists what happened to a device, newest first.
#[utoipa::path(get, path = "/acs/devices/{id}/timeline", tag = "devices",
    params(("id" = i64, Path), PageIn), responses((status = 200, body = PageOut<EntryOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<EntryOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = inspect::timeline(&context, &principal, id, after, input.limit).await?;
    Ok(Json(page.into()))
}
