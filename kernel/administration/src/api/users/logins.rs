//! `GET /api/v1/access/users/{id}/logins`

use axum::extract::State;
use regia_access::UserId;
use regia_account::LoginOut;
use regia_identity::Access;
use regia_web::{Caller, Json, PageIn, PageOut, Path, Problem, Query};

use crate::api::cursor;

/// Lists the browsers in which a user is logged in, the newest first.
#[utoipa::path(get, path = "/access/users/{id}/logins", tag = "users",
    params(("id" = i64, Path), PageIn), responses((status = 200, body = PageOut<LoginOut>)))]
pub(crate) async fn logins(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<LoginOut>>, Problem> {
    access.users().get_user(principal.tenant(), id).await?;
    let after = cursor(input.cursor.as_deref())?;
    let page = access
        .list_logins((principal.tenant(), id), after, input.limit)
        .await?;
    Ok(Json(page.into()))
}
