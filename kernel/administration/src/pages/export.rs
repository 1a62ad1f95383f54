//! Lists as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use regia_access::{AccessError, ApiKeyId, Principal};
use regia_console::csv::field;
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_keys::{KeyError, KeyFilter, KeySummary, Keys, Reach};
use regia_store::page::{Cursor, Limit};
use regia_users::{UserFilter, UserSummary};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const USERS_HEAD: &str = "id,name,full_name,email,state,second_factor,created_at,last_login_at\r\n";

const KEYS_HEAD: &str = "id,name,owner,state,permissions,territory,requests_per_minute,created_at,\
                         expires_at,last_used_at,last_used_from\r\n";

/// Where the export stands: before its head, behind a page, or at the end.
enum Place<K> {
    Head,
    After(Option<K>),
    End,
}

/// The users that match, as a file to keep.
pub(super) fn users(access: Access, tenant: TerritoryId, filter: UserFilter) -> Response {
    file("users", USERS_HEAD, move |after: Option<String>| {
        let (access, filter) = (access.clone(), filter.clone());
        async move {
            let page = access
                .users()
                .list_users(tenant, &filter, after.as_deref(), most())
                .await?;
            Ok::<_, AccessError>((page.items.iter().map(user).collect(), page.next))
        }
    })
}

/// The API keys that match, as a file to keep.
pub(super) fn keys(keys: Keys, principal: Principal, wanted: (Reach, KeyFilter)) -> Response {
    file("api-keys", KEYS_HEAD, move |after: Option<ApiKeyId>| {
        let (keys, principal, (reach, filter)) = (keys.clone(), principal.clone(), wanted.clone());
        async move {
            let page = keys
                .list(&principal, (reach, &filter), after, most())
                .await?;
            Ok::<_, KeyError>((page.items.iter().map(key).collect(), page.next))
        }
    })
}

fn most() -> Limit {
    Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default()
}

/// All pages, one after the other. A database failure breaks the download off, so that it is not
/// taken for whole.
fn file<K, E, F>(
    name: &str,
    head: &'static str,
    page: impl Fn(Option<K>) -> F + Send + Sync + 'static,
) -> Response
where
    K: DeserializeOwned + Send + 'static,
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<(String, Option<String>), E>> + Send,
{
    let page = Arc::new(page);
    let rows = stream::try_unfold(Place::Head, move |place| {
        let page = Arc::clone(&page);
        async move {
            let after = match place {
                Place::Head => {
                    let first = (Bytes::from(head), Place::After(None));
                    return Ok::<_, E>(Some(first));
                }
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let (rows, next) = page(after).await?;
            // A cursor of our own is always one.
            let next = next.and_then(|next| Cursor::parse(&next).ok());
            let place = match next {
                Some(next) => Place::After(Some(next)),
                None => Place::End,
            };
            Ok(Some((Bytes::from(rows), place)))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.csv\""),
        ),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

fn time(at: Option<OffsetDateTime>) -> String {
    at.and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

fn line<const N: usize>(fields: [String; N]) -> String {
    fields.map(|text| field(&text)).join(",") + "\r\n"
}

fn user(user: &UserSummary) -> String {
    line([
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
    line([
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
