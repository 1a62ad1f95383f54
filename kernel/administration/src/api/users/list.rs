//! `GET /api/v1/access/users`

use axum::extract::State;
use regia_account::{StateOut, UserOut};
use regia_identity::Access;
use regia_store::page::Limit;
use regia_users::UserFilter;
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::cursor;

/// Which users, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Part of the login name, or of their own name.
    text: Option<String>,
    /// In this state only.
    state: Option<StateOut>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Users on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists users by their login names.
#[utoipa::path(get, path = "/access/users", tag = "users", params(Input),
    responses((status = 200, body = PageOut<UserOut>)))]
pub(crate) async fn list(
    State(access): State<Access>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<PageOut<UserOut>>, Problem> {
    let after: Option<String> = cursor(input.cursor.as_deref())?;
    let filter = UserFilter {
        text: input.text,
        state: input.state.map(Into::into),
    };
    let page = access
        .users()
        .list_users(principal.tenant(), &filter, after.as_deref(), input.limit)
        .await?;
    Ok(Json(page.into()))
}
