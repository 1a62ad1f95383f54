//! `GET /api/v1/access/users/{id}`

use axum::extract::State;
use regia_access::UserId;
use regia_account::UserOut;
use regia_identity::Access;
use regia_web::{Caller, Json, Path, Problem};

/// A user.
#[utoipa::path(get, path = "/access/users/{id}", tag = "users", params(("id" = i64, Path)),
    responses((status = 200, body = UserOut)))]
pub(crate) async fn get(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<Json<UserOut>, Problem> {
    Ok(Json(
        access
            .users()
            .get_user(principal.tenant(), id)
            .await?
            .into(),
    ))
}
