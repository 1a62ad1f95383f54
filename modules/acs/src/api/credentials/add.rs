//! `POST /api/v1/acs/credentials`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_secrets::Secret;
use regia_web::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::fleet;

/// A fleet credential. Devices that have never used one of their own may log in with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialIn {
    /// 1 to 64 characters without a colon.
    username: String,
    /// 8 to 64 characters.
    #[schema(value_type = String)]
    password: Secret,
}

/// The number of a new credential.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CredentialAdded {
    /// Its number.
    id: i64,
}

/// Adds a fleet credential beside those in force, so that a fleet can move from one to the other.
#[utoipa::path(post, path = "/acs/credentials", tag = "credentials", request_body = CredentialIn,
    responses((status = 201, body = CredentialAdded)))]
pub(crate) async fn add(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(input): Json<CredentialIn>,
) -> Result<(StatusCode, Json<CredentialAdded>), Problem> {
    let id = fleet::add(&context, &principal, &input.username, &input.password).await?;
    Ok((StatusCode::CREATED, Json(CredentialAdded { id })))
}
