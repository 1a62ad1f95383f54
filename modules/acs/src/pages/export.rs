//! A list as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, stream};
use regia_access::Principal;
use regia_console::csv::field;
use regia_store::page::{Cursor, Limit};
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::import;
use crate::flows::inspect::{self, Part};
use crate::flows::search;
use crate::model::device::Device;
use crate::model::import::{ImportId, ImportRow, Verdict};
use crate::model::search::{Hit, SearchId};
use crate::store::device::{DeviceFilter, Key, Sort};

const HEAD: &str = "id,serial_number,oui,product_class,manufacturer,standing,online,software_version,\
    hardware_version,external_address,last_inform_at,registered_at,tags\r\n";

/// What a search has found so far, as a file to keep; nothing is exported of a search that is none.
///
/// # Errors
/// When there is no search of that number.
pub(super) async fn hits(
    context: Arc<Context>,
    principal: &Principal,
    id: SearchId,
) -> Result<Response, AcsError> {
    let head = search::get(&context, principal, id).await?;
    let principal = principal.clone();
    let head = format!(
        "id,serial_number,oui,product_class,{}\r\n",
        field(&head.path)
    );
    let rows = stream::try_unfold(
        (Some(head), None, false),
        move |(head, after, over): (Option<String>, Option<i64>, bool)| {
            let (context, principal) = (Arc::clone(&context), principal.clone());
            async move {
                if let Some(head) = head {
                    return Ok(Some((Bytes::from(head), (None, after, over))));
                }
                if over {
                    return Ok(None);
                }
                let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
                let page = search::hits(&context, &principal, id, after, limit).await?;
                let rows: String = page.items.iter().map(hit_row).collect();
                let after = page.next.as_deref().map(Cursor::parse).transpose()?;
                Ok::<_, AcsError>(Some((Bytes::from(rows), (None, after, after.is_none()))))
            }
        },
    );
    let name = format!("attachment; filename=\"search-{id}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

fn hit_row(hit: &Hit) -> String {
    let fields = [
        hit.device.to_string(),
        hit.identity.serial_number.clone(),
        hit.identity.oui.clone(),
        hit.identity.product_class.clone(),
        hit.value.clone(),
    ];
    fields.map(|text| field(&text)).join(",") + "\r\n"
}

/// The devices that match, as a file to keep.
pub(super) fn devices(
    context: Arc<Context>,
    principal: Principal,
    filter: DeviceFilter,
    sort: Sort,
) -> Response {
    let rows = pages(context, principal, filter, sort);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"devices.csv\""),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

/// Where the export stands: before its head, behind a page, or at the end.
enum Place {
    Head,
    After(Option<Key>),
    End,
}

/// One chunk a page. A database failure breaks the download off, so that it is not taken for whole.
fn pages(
    context: Arc<Context>,
    principal: Principal,
    filter: DeviceFilter,
    sort: Sort,
) -> impl Stream<Item = Result<Bytes, AcsError>> {
    stream::try_unfold(Place::Head, move |place| {
        let (context, principal, filter) =
            (Arc::clone(&context), principal.clone(), filter.clone());
        async move {
            let after = match place {
                Place::Head => return Ok(Some((Bytes::from(HEAD), Place::After(None)))),
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
            let page = inspect::devices(&context, &principal, &filter, Part { sort, after, limit })
                .await?;
            let now = context.clock.now();
            let rows: String = page
                .items
                .iter()
                .map(|device| row(device, device.online(now)))
                .collect();
            let place = match page.next.as_deref().map(Cursor::parse).transpose()? {
                Some(key) => Place::After(Some(key)),
                None => Place::End,
            };
            Ok(Some((Bytes::from(rows), place)))
        }
    })
}

fn row(device: &Device, online: bool) -> String {
    let time = |at: Option<time::OffsetDateTime>| {
        at.and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_default()
    };
    let fields = [
        device.id.to_string(),
        device.identity.serial_number.clone(),
        device.identity.oui.clone(),
        device.identity.product_class.clone(),
        device.manufacturer.clone(),
        device.standing.as_str().to_owned(),
        online.to_string(),
        device.software_version.clone(),
        device.hardware_version.clone(),
        device.external_address.clone(),
        time(device.last_inform_at),
        time(Some(device.registered_at)),
        device.tags.join(", "),
    ];
    fields.map(|text| field(&text)).join(",") + "\r\n"
}

const REFUSED_HEAD: &str =
    "line,oui,product_class,serial_number,tags,note,username,password,reason\r\n";

/// The refused rows of an import, to be mended and sent again. Passwords are not kept of them, so
/// that column is empty.
pub(super) fn refused(
    context: Arc<Context>,
    principal: Principal,
    id: ImportId,
    reason: impl Fn(&ImportRow) -> String + Send + Sync + 'static,
) -> Response {
    let reason = Arc::new(reason);
    let rows = stream::try_unfold(Some(None), move |place: Option<Option<i32>>| {
        let (context, principal) = (Arc::clone(&context), principal.clone());
        let reason = Arc::clone(&reason);
        async move {
            let Some(after) = place else { return Ok(None) };
            let part = import::Part {
                verdict: Some(Verdict::Refused),
                after,
                limit: Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default(),
            };
            let page = import::rows(&context, &principal, id, part).await?;
            let head = if after.is_none() { REFUSED_HEAD } else { "" };
            let mut text = head.to_owned();
            text.extend(page.items.iter().map(|row| refused_row(row, &reason(row))));
            let next = page.next.as_deref().map(Cursor::parse).transpose()?;
            Ok::<_, AcsError>(Some((Bytes::from(text), next.map(Some))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"refused.csv\""),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

fn refused_row(row: &ImportRow, reason: &str) -> String {
    let tags = row.tags.join(", ");
    let line = row.line.to_string();
    let fields = [
        line.as_str(),
        &row.oui,
        &row.product_class,
        &row.serial_number,
        &tags,
        &row.notes,
        &row.username,
        "",
        reason,
    ];
    fields.map(field).join(",") + "\r\n"
}
