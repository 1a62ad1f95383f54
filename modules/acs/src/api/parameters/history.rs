//! `GET /api/v1/acs/devices/{id}/parameters/history`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::context::Context;
use crate::flows::inspect;
use crate::model::identity::DeviceId;
use crate::rules::secrecy::MASK;

/// Which parameter.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryIn {
    /// The parameter's path.
    path: String,
}

/// A value that a parameter had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastOut {
    /// The value, masked when it is a secret.
    value: String,
    /// When the device last sent it.
    #[serde(with = "time::serde::rfc3339::option")]
    seen_at: Option<OffsetDateTime>,
    /// When it sent another one.
    #[serde(with = "time::serde::rfc3339::option")]
    replaced_at: Option<OffsetDateTime>,
}

/// The last values of a parameter before the present one, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HistoryOut {
    /// At most 20.
    items: Vec<PastOut>,
}

/// Lists the values that a parameter had before.
#[utoipa::path(get, path = "/acs/devices/{id}/parameters/history", tag = "parameters",
    params(("id" = i64, Path), HistoryIn), responses((status = 200, body = HistoryOut)))]
pub(crate) async fn history(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(input): Query<HistoryIn>,
) -> Result<Json<HistoryOut>, Problem> {
    let values = inspect::history(&context, &principal, id, &input.path).await?;
    let time = |seconds| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let items = values
        .into_iter()
        .map(|past| PastOut {
            seen_at: time(past.value.seen_at),
            replaced_at: time(past.replaced_at),
            value: if past.value.sealed {
                MASK.to_owned()
            } else {
                past.value.text
            },
        })
        .collect();
    Ok(Json(HistoryOut { items }))
}
