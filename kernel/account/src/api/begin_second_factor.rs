//! `POST /api/v1/access/account/second-factor`

use axum::extract::State;
use http::StatusCode;
use regia_identity::Access;
use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// What an authenticator app is told, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EnrolmentOut {
    /// The key as people type it.
    key: String,
    /// The key as apps scan it.
    address: String,
}

/// Draws a key for an authenticator app. It counts when a code of the app has confirmed it.
#[utoipa::path(post, path = "/access/account/second-factor", tag = "account",
    responses((status = 201, body = EnrolmentOut)))]
pub(crate) async fn begin_second_factor(
    State(access): State<Access>,
    Caller(principal): Caller,
) -> Result<(StatusCode, Json<EnrolmentOut>), Problem> {
    let enrolment = access.begin_second_factor(&principal).await?;
    let shown = EnrolmentOut {
        key: enrolment.text.expose().to_owned(),
        address: enrolment.address.expose().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(shown)))
}
