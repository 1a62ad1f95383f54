//! Lists as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use axum::response::Response;
use regia_access::{AccessError, ApiKeyId, Principal};
use regia_console::csv;
use regia_console::export::{Format, file, key_of, most};
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_keys::{KeyError, KeyFilter, KeySummary, Keys, Reach};
use regia_users::{UserFilter, UserSummary};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const USERS_HEAD: &str = "id,name,full_name,email,state,second_factor,created_at,last_login_at\r\n";

const KEYS_HEAD: &str = "id,name,owner,state,permissions,territory,requests_per_minute,created_at,\
                         expires_at,last_used_at,last_used_from\r\n";

/// The users that match, as a file to keep.
pub(super) fn users(access: Access, tenant: TerritoryId, filter: UserFilter) -> Response {
    let page = move |after: Option<String>| {
        let (access, filter) = (access.clone(), filter.clone());
        async move {
            let page = access
                .users()
                .list_users(tenant, &filter, after.as_deref(), most())
                .await?;
            let rows: String = page.items.iter().map(user).collect();
            Ok::<_, AccessError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("users", Format::Csv), USERS_HEAD, page)
}

/// The API keys that match, as a file to keep.
pub(super) fn keys(keys: Keys, principal: Principal, wanted: (Reach, KeyFilter)) -> Response {
    let page = move |after: Option<ApiKeyId>| {
        let (keys, principal, (reach, filter)) = (keys.clone(), principal.clone(), wanted.clone());
        async move {
            let page = keys
                .list(&principal, (reach, &filter), after, most())
                .await?;
            let rows: String = page.items.iter().map(key).collect();
            Ok::<_, KeyError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("api-keys", Format::Csv), KEYS_HEAD, page)
}

fn time(at: Option<OffsetDateTime>) -> String {
    at.and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn user(user: &UserSummary) -> String {
    csv::row([
        user.id.to_string(),
        user.name.clone(),
        user.full_name.clone(),
        user.email.clone(),
        user.state.as_str().to_owned(),
        user.has_second_factor.to_string(),
        time(Some(user.created_at)),
        time(user.last_login_at),
    ])
}

fn key(key: &KeySummary) -> String {
    let owner = key.owner.as_ref();
    let limit = key.requests_per_minute;
    csv::row([
        key.id.to_string(),
        key.name.clone(),
        owner.map(|owner| owner.name.clone()).unwrap_or_default(),
        key.state.as_str().to_owned(),
        key.permissions.join(" "),
        key.area_name.clone(),
        limit.map(|limit| limit.to_string()).unwrap_or_default(),
        time(Some(key.created_at)),
        time(key.expires_at),
        time(key.last_used_at),
        key.last_used_from.clone().unwrap_or_default(),
    ])
}
