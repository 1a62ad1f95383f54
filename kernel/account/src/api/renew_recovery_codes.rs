//! `POST /api/v1/access/account/second-factor/recovery-codes`

use axum::extract::State;
use regia_identity::Access;
use regia_web::{Caller, Json, Problem};

use super::{CodesOut, PasswordIn};

/// Makes new recovery codes in place of the old ones.
#[utoipa::path(post, path = "/access/account/second-factor/recovery-codes", tag = "account",
    request_body = PasswordIn, responses((status = 200, body = CodesOut),
    (status = 429, description = "Too many wrong passwords.")))]
pub(crate) async fn renew_recovery_codes(
    State(access): State<Access>,
    Caller(principal): Caller,
    Json(input): Json<PasswordIn>,
) -> Result<Json<CodesOut>, Problem> {
    let codes = access
        .renew_recovery_codes(&principal, &input.password)
        .await?;
    Ok(Json(codes.into()))
}
