//! The list of files as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use regia_access::Principal;
use regia_console::csv::field;
use regia_store::page::{Cursor, Limit};
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::files;
use crate::model::file::File;
use crate::store::file::FileFilter;

const HEAD: &str = "id,name,type,bytes,version,oui,product_classes,hardware_versions,device,\
    created_by,created_at,sha256\r\n";

/// Where the export stands: before its head, behind a page, or at the end.
enum Place {
    Head,
    After(Option<i64>),
    End,
}

/// The files that match, as a file to keep. A database failure breaks the download off, so that it
/// is not taken for whole.
pub(super) fn files(context: Arc<Context>, principal: Principal, filter: FileFilter) -> Response {
    let rows = stream::try_unfold(Place::Head, move |place| {
        let (context, principal, filter) =
            (Arc::clone(&context), principal.clone(), filter.clone());
        async move {
            let after = match place {
                Place::Head => {
                    let first = (Bytes::from(HEAD), Place::After(None));
                    return Ok::<_, AcsError>(Some(first));
                }
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
            let page = files::list(&context, &principal, &filter, after, limit).await?;
            let rows: String = page.items.iter().map(row).collect();
            let place = match page.next.as_deref().map(Cursor::parse).transpose()? {
                Some(key) => Place::After(Some(key)),
                None => Place::End,
            };
            Ok(Some((Bytes::from(rows), place)))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"files.csv\""),
    ];
    (headers, Body::from_stream(rows)).into_response()
}

fn row(file: &File) -> String {
    let draft = &file.draft;
    let fields = [
        file.id.to_string(),
        draft.name.clone(),
        draft.file_type.clone(),
        file.bytes.to_string(),
        draft.target_version.clone(),
        draft.oui.clone(),
        draft.product_classes.join(" "),
        draft.hardware_versions.join(" "),
        draft.device.map(|id| id.to_string()).unwrap_or_default(),
        file.created_by.clone(),
        file.created_at.format(&Rfc3339).unwrap_or_default(),
        file.sha256.clone(),
    ];
    fields.map(|text| field(&text)).join(",") + "\r\n"
}
