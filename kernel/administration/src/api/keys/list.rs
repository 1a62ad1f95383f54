//! `GET /api/v1/access/keys` and `/api/v1/access/account/keys`

use axum::extract::State;
use regia_access::UserId;
use regia_keys::{KeyFilter, Keys, OwnerFilter, Reach};
use regia_store::page::Limit;
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{KeyOut, KeyStateOut};
use crate::api::cursor;

/// Which keys, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Part of the key's name, or of its owner's.
    text: Option<String>,
    /// In this state only.
    state: Option<KeyStateOut>,
    /// Of this user only.
    owner: Option<i64>,
    /// Those of the installation only, which belong to nobody.
    #[serde(default)]
    #[param(required = false)]
    installation: bool,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Keys on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists API keys, ended ones too, the newest first.
#[utoipa::path(get, path = "/access/keys", tag = "keys", params(Input),
    responses((status = 200, body = PageOut<KeyOut>)))]
pub(crate) async fn list(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<PageOut<KeyOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let owner = match input.installation {
        true => Some(OwnerFilter::Installation),
        false => input.owner.map(|id| OwnerFilter::User(UserId(id))),
    };
    let filter = KeyFilter {
        text: input.text,
        state: input.state.map(Into::into),
        owner,
    };
    let wanted = (Reach::Tenant, &filter);
    let page = keys.list(&principal, wanted, after, input.limit).await?;
    Ok(Json(page.into()))
}

/// Which of one's own keys, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OwnInput {
    /// Part of the key's name.
    text: Option<String>,
    /// In this state only.
    state: Option<KeyStateOut>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Keys on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists one's own API keys, ended ones too, the newest first.
#[utoipa::path(get, path = "/access/account/keys", tag = "account", params(OwnInput),
    responses((status = 200, body = PageOut<KeyOut>)))]
pub(crate) async fn list_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Query(input): Query<OwnInput>,
) -> Result<Json<PageOut<KeyOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let filter = KeyFilter {
        text: input.text,
        state: input.state.map(Into::into),
        owner: None,
    };
    let page = keys
        .list(&principal, (Reach::Own, &filter), after, input.limit)
        .await?;
    Ok(Json(page.into()))
}
