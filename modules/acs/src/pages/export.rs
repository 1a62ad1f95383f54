//! A list as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use std::sync::Arc;

use axum::response::Response;
use regia_access::Principal;
use regia_console::csv;
use regia_console::export::{Format, file, key_of, most};
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::import;
use crate::flows::inspect::{self, Part};
use crate::flows::search;
use crate::model::device::Device;
use crate::model::import::{ImportId, ImportRow, Verdict};
use crate::model::search::{Hit, SearchId};
use crate::store::device::{DeviceFilter, Sort};

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
    let search = search::get(&context, principal, id).await?;
    let principal = principal.clone();
    let head = csv::row(["id", "serial_number", "oui", "product_class", &search.path]);
    let page = move |after| {
        let (context, principal) = (Arc::clone(&context), principal.clone());
        async move {
            let page = search::hits(&context, &principal, id, after, most()).await?;
            let rows: String = page.items.iter().map(hit_row).collect();
            Ok::<_, AcsError>((rows, key_of(page.next.as_deref())))
        }
    };
    Ok(file((&format!("search-{id}"), Format::Csv), head, page))
}

fn hit_row(hit: &Hit) -> String {
    csv::row([
        hit.device.to_string(),
        hit.identity.serial_number.clone(),
        hit.identity.oui.clone(),
        hit.identity.product_class.clone(),
        hit.value.clone(),
    ])
}

/// The devices that match, as a file to keep.
pub(super) fn devices(
    context: Arc<Context>,
    principal: Principal,
    filter: DeviceFilter,
    sort: Sort,
) -> Response {
    let page = move |after| {
        let (context, principal, filter) =
            (Arc::clone(&context), principal.clone(), filter.clone());
        async move {
            let limit = most();
            let part = Part { sort, after, limit };
            let page = inspect::devices(&context, &principal, &filter, part).await?;
            let now = context.clock.now();
            let devices = page.items.iter();
            let rows: String = devices
                .map(|device| row(device, device.online(now)))
                .collect();
            Ok::<_, AcsError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("devices", Format::Csv), HEAD, page)
}

fn row(device: &Device, online: bool) -> String {
    let time = |at: Option<time::OffsetDateTime>| {
        at.and_then(|at| at.format(&Rfc3339).ok())
            .unwrap_or_default()
    };
    csv::row([
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
    ])
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
    let page = move |after| {
        let (context, principal) = (Arc::clone(&context), principal.clone());
        let reason = Arc::clone(&reason);
        async move {
            let part = import::Part {
                verdict: Some(Verdict::Refused),
                after,
                limit: most(),
            };
            let page = import::rows(&context, &principal, id, part).await?;
            let rows = page.items.iter();
            let rows: String = rows.map(|row| refused_row(row, &reason(row))).collect();
            Ok::<_, AcsError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("refused", Format::Csv), REFUSED_HEAD, page)
}

fn refused_row(row: &ImportRow, reason: &str) -> String {
    csv::row([
        row.line.to_string().as_str(),
        &row.oui,
        &row.product_class,
        &row.serial_number,
        &row.tags.join(", "),
        &row.notes,
        &row.username,
        "",
        reason,
    ])
}
