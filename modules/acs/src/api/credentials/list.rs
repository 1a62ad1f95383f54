//! `GET /api/v1/acs/credentials`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::fleet;

/// A fleet credential in force; its password is never shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialOut {
    /// Its number.
    id: i64,
    /// The user name.
    username: String,
}

/// The fleet credentials in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialsOut {
    /// At most 100.
    items: Vec<CredentialOut>,
}

/// Lists the fleet credentials in force.
#[utoipa::path(get, path = "/acs/credentials", tag = "credentials",
    responses((status = 200, body = CredentialsOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
) -> Result<Json<CredentialsOut>, Problem> {
    let rows = fleet::list(&context, &principal).await?;
    let items = rows
        .into_iter()
        .map(|row| CredentialOut {
            id: row.id,
            username: row.username,
        })
        .collect();
    Ok(Json(CredentialsOut { items }))
}
