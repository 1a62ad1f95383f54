//! `GET /api/v1/security/bans`

use axum::extract::State;
use regia_fault::Fault;
use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::BanOut;
use crate::{Oversight, SECURITY_READ, gate};

/// The bans in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BansOut {
    /// The newest first.
    items: Vec<BanOut>,
}

/// Lists the addresses that are kept out of console and API.
#[utoipa::path(get, path = "/security/bans", tag = "security",
    responses((status = 200, body = BansOut)))]
pub(crate) async fn bans(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
) -> Result<Json<BansOut>, Problem> {
    gate::everywhere(&principal, &SECURITY_READ)?;
    let bans = oversight.bans.list().await.map_err(Fault::from)?;
    let items = bans.into_iter().map(BanOut::from).collect();
    Ok(Json(BansOut { items }))
}
