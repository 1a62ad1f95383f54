//! `GET /api/v1/acs/devices/{id}/timeline`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::inspect;
use crate::model::identity::DeviceId;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Entries on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

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

/// A page of the timeline, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Output {
    /// The entries.
    items: Vec<EntryOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists what happened to a device.
#[utoipa::path(get, path = "/acs/devices/{id}/timeline", tag = "devices",
    params(("id" = i64, Path), Input), responses((status = 200, body = Output)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(input): Query<Input>,
) -> Result<Json<Output>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = inspect::timeline(&context, &principal, id, after, input.limit).await?;
    let page = page.map(|entry| EntryOut {
        id: entry.id,
        happened_at: entry.happened_at,
        kind: entry.kind,
        detail: entry.detail,
    });
    Ok(Json(Output {
        items: page.items,
        next: page.next,
    }))
}
