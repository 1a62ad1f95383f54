//! `GET /api/v1/access/account/logins`

use axum::extract::State;
use regia_identity::Access;
use regia_web::{Caller, Json, PageIn, PageOut, Problem, Query, cursor};

use super::{LoginOut, person};

/// Lists the browsers in which one is logged in, the newest first.
#[utoipa::path(get, path = "/access/account/logins", tag = "account", params(PageIn),
    responses((status = 200, body = PageOut<LoginOut>)))]
pub(crate) async fn logins(
    State(access): State<Access>,
    Caller(principal): Caller,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<LoginOut>>, Problem> {
    let (user, _) = person(&principal)?;
    let after = cursor(input.cursor.as_deref())?;
    let page = access
        .list_logins((principal.tenant(), user), after, input.limit)
        .await?;
    Ok(Json(page.into()))
}
