//! The list of users as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use regia_access::{Access, AccessError, UserFilter, UserSummary};
use regia_console::csv::field;
use regia_ident::TerritoryId;
use regia_store::page::{Cursor, Limit};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const HEAD: &str = "id,name,full_name,email,state,second_factor,created_at,last_login_at\r\n";

/// Where the export stands: before its head, behind a page, or at the end.
enum Place {
    Head,
    After(Option<String>),
    End,
}

/// The users that match, as a file to keep. A database failure breaks the download off, so that it
/// is not taken for whole.
pub(super) fn users(access: Access, tenant: TerritoryId, filter: UserFilter) -> Response {
    let rows = stream::try_unfold(Place::Head, move |place| {
        let (access, filter) = (access.clone(), filter.clone());
        async move {
            let after = match place {
                Place::Head => {
                    let first = (Bytes::from(HEAD), Place::After(None));
                    return Ok::<_, AccessError>(Some(first));
                }
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
            let page = access
                .list_users(tenant, &filter, after.as_deref(), limit)
                .await?;
            let rows: String = page.items.iter().map(row).collect();
            // A cursor of our own is always one.
            let next = page.next.and_then(|next| Cursor::parse(&next).ok());
            let place = match next {
                Some(next) => Place::After(Some(next)),
                None => Place::End,
            };
            Ok(Some((Bytes::from(rows), place)))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"users.csv\""),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

fn row(user: &UserSummary) -> String {
    let time = |at: Option<OffsetDateTime>| {
        at.and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_default()
    };
    let fields = [
        user.id.to_string(),
        user.name.clone(),
        user.full_name.clone(),
        user.email.clone(),
        user.state.as_str().to_owned(),
        user.has_second_factor.to_string(),
        time(Some(user.created_at)),
        time(user.last_login_at),
    ];
    fields.map(|text| field(&text)).join(",") + "\r\n"
}
