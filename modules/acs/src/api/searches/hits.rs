//! `GET /api/v1/acs/searches/{id}/hits`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Path, Problem, Query};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::cursor;
use crate::context::Context;
use crate::flows::search;
use crate::model::identity::DeviceId;
use crate::model::search::{Hit, SearchId};

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

impl From<Hit> for HitOut {
    fn from(hit: Hit) -> Self {
        Self {
            device: hit.device,
            serial_number: hit.identity.serial_number,
            value: hit.value,
        }
    }
}

/// Lists what a search has found, in the order of devices.
#[utoipa::path(get, path = "/acs/searches/{id}/hits", tag = "search",
    params(("id" = i64, Path), PageIn), responses((status = 200, body = PageOut<HitOut>)))]
pub(crate) async fn hits(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<HitOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = search::hits(&context, &principal, id, after, input.limit).await?;
    Ok(Json(page.into()))
}
