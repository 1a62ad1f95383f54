//! `/acs/devices/imports`: devices announced by a file

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::{allowed, cursor, export, go, render};
use crate::context::Context;
use crate::flows::import::{self, Part};
use crate::model::import::{
    Import, ImportId, ImportRow, ImportState, MAX_BYTES, MAX_ROWS, Verdict,
};
use crate::permissions;

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    next: Option<String>,
    most: (usize, u64),
}

/// An import as it is shown.
struct Row {
    import: Import,
    state: String,
    tone: &'static str,
}

impl Row {
    fn new(import: Import) -> Self {
        Self {
            state: format!("acs.import.states.{}", import.state.as_str()),
            tone: match import.state {
                ImportState::Reading | ImportState::Ready => "idle",
                ImportState::Applying => "info",
                ImportState::Stopped => "warn",
                ImportState::Done => "ok",
            },
            import,
        }
    }

    const fn ready(&self) -> bool {
        matches!(self.import.state, ImportState::Ready)
    }

    const fn busy(&self) -> bool {
        matches!(self.import.state, ImportState::Applying)
    }

    /// What its page hears of.
    fn topic(&self) -> String {
        format!("import:{}", self.import.id)
    }

    /// Where a verb is posted to.
    fn action(&self, verb: &str) -> String {
        format!("/acs/devices/imports/{}{verb}", self.import.id)
    }
}

pub(super) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let devices = page.t("acs.devices").to_string();
    let page = page
        .headed("acs.import.title")
        .below(devices, "/acs/devices");
    let list = page.listing("-created");
    let after = cursor(list.get("after"))?;
    let found = import::list(&context, &principal, after, Limit::default()).await?;
    render(&ImportsPage {
        rows: found.items.into_iter().map(Row::new).collect(),
        next: found.next,
        list,
        page,
        most: (MAX_ROWS, MAX_BYTES),
    })
}

/// Takes a file as it is, sent by the page's script.
pub(super) async fn upload(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    body: Body,
) -> Result<Response, Problem> {
    let id = import::upload(&context, &principal, body).await?;
    Ok(go(&format!("/acs/devices/imports/{id}")))
}

/// Rows that were typed or pasted.
#[derive(Debug, Deserialize)]
pub(super) struct Pasted {
    rows: String,
}

pub(super) async fn paste(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Form(Pasted { rows }): Form<Pasted>,
) -> Result<Response, Problem> {
    let id = import::upload(&context, &principal, Body::from(rows)).await?;
    Ok(go(&format!("/acs/devices/imports/{id}")))
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    page: Page,
    list: Listing,
    row: Row,
    rows: Vec<FileRow>,
    next: Option<String>,
    verdicts: Vec<(&'static str, String)>,
}

/// A row of the file as it is shown.
struct FileRow {
    row: ImportRow,
    verdict: String,
    tone: &'static str,
    reason: String,
}

impl FileRow {
    fn new(row: ImportRow, page: &Page) -> Self {
        Self {
            verdict: format!("acs.import.verdicts.{}", row.verdict.as_str()),
            tone: match row.verdict {
                Verdict::New => "info",
                Verdict::Known => "idle",
                Verdict::Refused => "bad",
                Verdict::Registered => "ok",
            },
            reason: reason(&row, page),
            row,
        }
    }
}

/// Why a row is refused, in words.
fn reason(row: &ImportRow, page: &Page) -> String {
    if row.reason.is_empty() {
        return String::new();
    }
    let key = format!("acs.import.reasons.{}", row.reason);
    page.t(&key).arg("line", &row.detail).to_string()
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
    page: Page,
) -> Result<Response, Problem> {
    let found = import::get(&context, &principal, id).await?;
    let list = page.listing("line");
    if list.is("format", "csv") {
        let reason = move |row: &ImportRow| reason(row, &page);
        // Once a file has begun it can no longer be refused.
        allowed(&principal, &permissions::IMPORT_READ)?;
        return Ok(export::refused(context, principal, id, reason));
    }
    let imports = page.t("acs.import.title").to_string();
    let title = page.t("acs.import.one").arg("id", id).to_string();
    let page = page.titled(title).below(imports, "/acs/devices/imports");
    let part = Part {
        verdict: list.get("verdict").and_then(Verdict::parse),
        after: cursor(list.get("after"))?,
        limit: Limit::default(),
    };
    let rows = import::rows(&context, &principal, id, part).await?;
    let file_rows = rows.items.into_iter().map(|row| FileRow::new(row, &page));
    let verdict = |verdict: Verdict| {
        let key = format!("acs.import.verdicts.{}", verdict.as_str());
        (verdict.as_str(), page.t(&key).to_string())
    };
    render(&ImportPage {
        rows: file_rows.collect(),
        next: rows.next,
        verdicts: Verdict::ALL.map(verdict).to_vec(),
        row: Row::new(found),
        list,
        page,
    })
}

pub(super) async fn apply(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    import::apply(&context, &principal, id).await?;
    Ok(go(&format!("/acs/devices/imports/{id}")))
}

pub(super) async fn stop(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    import::stop(&context, &principal, id).await?;
    Ok(go(&format!("/acs/devices/imports/{id}")))
}

pub(super) async fn discard(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    import::discard(&context, &principal, id).await?;
    Ok(go("/acs/devices/imports"))
}
