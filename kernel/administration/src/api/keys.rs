//! API keys as the API shows them: all keys of the tenant, and one's own.

mod change;
mod create;
mod get;
mod list;
mod revoke;
mod rotate;

use regia_keys::{KeyState, KeySummary};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Administration;

/// The operations; who may is decided where the keys are.
pub(crate) fn router() -> OpenApiRouter<Administration> {
    OpenApiRouter::new()
        .routes(routes!(list::list, create::create))
        .routes(routes!(get::get, change::change, revoke::revoke))
        .routes(routes!(rotate::rotate))
        .routes(routes!(list::list_own, create::create_own))
        .routes(routes!(
            get::get_own,
            change::change_own,
            revoke::revoke_own
        ))
        .routes(routes!(rotate::rotate_own))
}

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyStateOut {
    /// It does.
    Active,
    /// Not while its owner may not log in.
    Suspended,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl From<KeyState> for KeyStateOut {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Active => Self::Active,
            KeyState::Suspended => Self::Suspended,
            KeyState::Expired => Self::Expired,
            KeyState::Revoked => Self::Revoked,
        }
    }
}

impl From<KeyStateOut> for KeyState {
    fn from(state: KeyStateOut) -> Self {
        match state {
            KeyStateOut::Active => Self::Active,
            KeyStateOut::Suspended => Self::Suspended,
            KeyStateOut::Expired => Self::Expired,
            KeyStateOut::Revoked => Self::Revoked,
        }
    }
}

/// A user who owns a key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OwnerOut {
    /// Their number.
    id: i64,
    /// The name they log in with.
    name: String,
}

/// An API key, without its text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyOut {
    /// Its number.
    id: i64,
    /// What it is for.
    name: String,
    /// Whose it is: it never does more than they may. Absent: the installation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<OwnerOut>,
    /// Whether it opens anything.
    state: KeyStateOut,
    /// What it may do; `*` is everything.
    permissions: Vec<String>,
    /// The territory in which, with everything below it.
    territory: i64,
    /// The name of that territory.
    territory_name: String,
    /// Its own limit. Absent: the one of the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_minute: Option<u32>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it ends. Absent: not by itself.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    expires_at: Option<OffsetDateTime>,
    /// When it was last used, within ten minutes.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    last_used_at: Option<OffsetDateTime>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_from: Option<String>,
    /// When it got its present text, if that is not its first.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    rotated_at: Option<OffsetDateTime>,
    /// Until when the text before is good. Absent: it is not.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    old_key_until: Option<OffsetDateTime>,
    /// When somebody ended it.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    revoked_at: Option<OffsetDateTime>,
}

impl From<KeySummary> for KeyOut {
    fn from(key: KeySummary) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            owner: key.owner.map(|owner| OwnerOut {
                id: owner.id.0,
                name: owner.name,
            }),
            state: key.state.into(),
            permissions: key.permissions,
            territory: key.area.0,
            territory_name: key.area_name,
            requests_per_minute: key.requests_per_minute,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            last_used_from: key.last_used_from,
            rotated_at: key.rotated_at,
            old_key_until: key.old_until,
            revoked_at: key.revoked_at,
        }
    }
}

/// A key with its text, which no other answer shows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyWithTextOut {
    /// What to send as `Authorization: Bearer …` or `X-API-Key: …`: keep it now.
    #[schema(example = "regia_…")]
    text: String,
    /// The key.
    key: KeyOut,
}
