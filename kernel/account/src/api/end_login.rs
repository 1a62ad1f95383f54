//! `DELETE /api/v1/access/account/logins/{login}`

use axum::extract::State;
use http::StatusCode;
use regia_access::LoginId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

use super::person;

/// Ends one of one's logins; one that ended before is no error.
#[utoipa::path(delete, path = "/access/account/logins/{login}", tag = "account",
    params(("login" = i64, Path)), responses((status = 204)))]
pub(crate) async fn end_login(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(login): Path<LoginId>,
) -> Result<StatusCode, Problem> {
    let (user, _) = person(&principal)?;
    access.revoke_login(&principal, user, login).await?;
    Ok(StatusCode::NO_CONTENT)
}
