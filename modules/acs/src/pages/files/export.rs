//! The list of files as CSV (RFC 4180): exactly what is shown, all pages of it, streamed.

use std::sync::Arc;

use axum::response::Response;
use regia_access::Principal;
use regia_console::csv;
use regia_console::export::{Format, file, key_of, most};
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::files;
use crate::model::file::File;
use crate::store::file::FileFilter;

const HEAD: &str = "id,name,type,bytes,version,oui,product_classes,hardware_versions,device,\
    created_by,created_at,sha256\r\n";

/// The files that match, as a file to keep.
pub(super) fn files(context: Arc<Context>, principal: Principal, filter: FileFilter) -> Response {
    let page = move |after| {
        let (context, principal, filter) =
            (Arc::clone(&context), principal.clone(), filter.clone());
        async move {
            let page = files::list(&context, &principal, &filter, after, most()).await?;
            let rows: String = page.items.iter().map(row).collect();
            Ok::<_, AcsError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("files", Format::Csv), HEAD, page)
}

fn row(file: &File) -> String {
    let draft = &file.draft;
    csv::row([
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
    ])
}
