//! `POST /api/v1/access/keys` and `/api/v1/access/account/keys`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use regia_access::{Principal, UserId};
use regia_ident::TerritoryId;
use regia_keys::{Keys, NewKey, Owner, Reach, Terms};
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::KeyWithTextOut;

/// A new key of whoever asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnKeyIn {
    /// What it is for: 1 to 80 characters.
    name: String,
    /// What it may do: names of permissions, all of which whoever asks has; `*` is everything, for
    /// whoever may do everything in the whole tenant.
    permissions: Vec<String>,
    /// The territory in which, with everything below it. Absent: the whole tenant.
    territory: Option<i64>,
    /// When it ends. Absent: not by itself, where the settings allow it.
    #[serde(default, with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// Its own limit. Absent: the one of the settings.
    requests_per_minute: Option<u32>,
}

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyIn {
    /// What it is for: 1 to 80 characters.
    name: String,
    /// What it may do: names of permissions, all of which whoever asks has; `*` is everything, for
    /// whoever may do everything in the whole tenant.
    permissions: Vec<String>,
    /// The territory in which, with everything below it. Absent: the whole tenant.
    territory: Option<i64>,
    /// When it ends. Absent: not by itself, where the settings allow it.
    #[serde(default, with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// Its own limit. Absent: the one of the settings.
    requests_per_minute: Option<u32>,
    /// The user whose it is: the key never does more than they may. Absent: whoever asks.
    owner: Option<i64>,
    /// It belongs to nobody and outlives everybody, for whoever may do everything.
    #[serde(default)]
    installation: bool,
}

/// Makes an API key. The answer holds its text, which is never shown again.
#[utoipa::path(post, path = "/access/keys", tag = "keys", request_body = KeyIn,
    responses((status = 201, body = KeyWithTextOut),
    (status = 404, description = "There is no user to own it.")))]
pub(crate) async fn create(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Json(input): Json<KeyIn>,
) -> Result<Response, Problem> {
    let owner = match (input.installation, input.owner) {
        (true, Some(_)) => {
            let detail = "A key of the installation belongs to nobody.";
            let problem = Problem::invalid("access.field_invalid", detail);
            return Err(problem.field("owner", "must be absent"));
        }
        (true, None) => Owner::Installation,
        (false, Some(id)) => Owner::User(UserId(id)),
        (false, None) => Owner::Maker,
    };
    let new = NewKey {
        terms: Terms {
            name: input.name,
            expires_at: input.expires_at,
            requests_per_minute: input.requests_per_minute,
        },
        permissions: input.permissions,
        area: input.territory.map(TerritoryId),
        owner,
    };
    make(&keys, &principal, Reach::Tenant, &new).await
}

/// Makes an API key of one's own. The answer holds its text, which is never shown again.
#[utoipa::path(post, path = "/access/account/keys", tag = "account", request_body = OwnKeyIn,
    responses((status = 201, body = KeyWithTextOut)))]
pub(crate) async fn create_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Json(input): Json<OwnKeyIn>,
) -> Result<Response, Problem> {
    let new = NewKey {
        terms: Terms {
            name: input.name,
            expires_at: input.expires_at,
            requests_per_minute: input.requests_per_minute,
        },
        permissions: input.permissions,
        area: input.territory.map(TerritoryId),
        owner: Owner::Maker,
    };
    make(&keys, &principal, Reach::Own, &new).await
}

async fn make(
    keys: &Keys,
    principal: &Principal,
    reach: Reach,
    new: &NewKey,
) -> Result<Response, Problem> {
    let (key, text) = keys.create(principal, reach, new).await?;
    let answer = KeyWithTextOut {
        text: text.expose().to_owned(),
        key: key.into(),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}
