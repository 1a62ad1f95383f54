//! `GET /api/v1/acs/searches/{id}/hits`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::search;
use crate::model::identity::DeviceId;
use crate::model::search::SearchId;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HitsIn {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Hits on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A device that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitOut {
    /// The device's number.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// Its serial number.
    serial_number: String,
    /// The value it had.
    value: String,
}

/// A page of hits in the order of devices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HitsOut {
    /// The hits.
    items: Vec<HitOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists what a search has found.
#[utoipa::path(get, path = "/acs/searches/{id}/hits", tag = "search",
    params(("id" = i64, Path), HitsIn), responses((status = 200, body = HitsOut)))]
pub(crate) async fn hits(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
    Query(input): Query<HitsIn>,
) -> Result<Json<HitsOut>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = search::hits(&context, &principal, id, after, input.limit).await?;
    let page = page.map(|hit| HitOut {
        device: hit.device,
        serial_number: hit.identity.serial_number,
        value: hit.value,
    });
    Ok(Json(HitsOut {
        items: page.items,
        next: page.next,
    }))
}
