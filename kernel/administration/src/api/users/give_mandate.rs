//! `POST /api/v1/access/users/{id}/mandates`

use axum::extract::State;
use http::StatusCode;
use regia_access::{AccessError, UserId};
use regia_identity::Access;
use regia_web::{Caller, Json, Path, Problem};

use super::mandates::{MandateIn, MandateOut};

/// Gives a user a role somewhere. Nobody gives more than they hold there. It counts from the user's
/// next request on.
#[utoipa::path(post, path = "/access/users/{id}/mandates", tag = "users", params(("id" = i64, Path)),
    request_body = MandateIn, responses((status = 201, body = MandateOut)))]
pub(crate) async fn give_mandate(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Json(input): Json<MandateIn>,
) -> Result<(StatusCode, Json<MandateOut>), Problem> {
    let mandate = input.checked()?;
    let given = access.mandates().give(&principal, id, &mandate).await?;
    let all = access.mandates().list(principal.tenant(), id).await?;
    let found = all.into_iter().find(|mandate| mandate.id == given);
    let mandate = found.ok_or(AccessError::NoMandate(given))?;
    Ok((StatusCode::CREATED, Json(mandate.into())))
}
