//! `/acs/searches/indexed`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_fault::Fault;
use regia_web::{Caller, Form, Problem};
use serde::Deserialize;

use super::{go, render};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{census, index};
use crate::model::index::{IndexPath, IndexState, MAX_INDEXED};
use crate::permissions;

#[derive(Template)]
#[template(path = "indexed.html")]
struct IndexedPage {
    page: Page,
    rows: Vec<Row>,
    most: i64,
    /// The path that somebody is about to mark, and what is wrong with it.
    path: String,
    error: String,
    ask: bool,
    devices: i64,
    tabs: Vec<(String, &'static str, &'static str)>,
}

struct Row {
    index: IndexPath,
    tone: &'static str,
    state: &'static str,
    /// Whether it can be searched, is being built, is being removed.
    ready: bool,
    building: bool,
    removing: bool,
    /// Asks whether it is to be given up.
    dialog: String,
}

impl Row {
    fn new(index: IndexPath) -> Self {
        let (tone, state) = match index.state {
            IndexState::Building => ("info", "acs.index.states.building"),
            IndexState::Ready => ("ok", "acs.index.states.ready"),
            IndexState::Removing => ("idle", "acs.index.states.removing"),
        };
        Self {
            tone,
            state,
            ready: index.state == IndexState::Ready,
            building: index.state == IndexState::Building,
            removing: index.state == IndexState::Removing,
            dialog: format!("unmark-{}", index.id),
            index,
        }
    }
}

/// The parts of the search by parameters.
pub(super) fn tabs(page: &Page) -> Vec<(String, &'static str, &'static str)> {
    [
        ("acs.search.tab", "/acs/searches"),
        ("acs.index.tab", "/acs/searches/indexed"),
    ]
    .into_iter()
    .map(|(label, href)| (page.t(label).to_string(), href, ""))
    .collect()
}

/// Which parameter.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    path: String,
}

/// The list; with a path, the question whether it is to be marked.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let paths = index::list(&context, &principal).await?;
    let devices = census::summary(&context, &principal).await?.devices;
    let page = page.headed("acs.search.title");
    let path = page.listing("").value("path").trim().to_owned();
    let error = match index::check_new(&context, &path, &paths) {
        Err(error) if !path.is_empty() => said(&page, error),
        _ => String::new(),
    };
    render(&IndexedPage {
        ask: !path.is_empty() && error.is_empty() && page.may(permissions::INDEX_WRITE),
        tabs: tabs(&page),
        rows: paths.into_iter().map(Row::new).collect(),
        most: MAX_INDEXED,
        path,
        error,
        devices,
        page,
    })
}

/// An error as a sentence on a page.
pub(super) fn said(page: &Page, error: AcsError) -> String {
    if let AcsError::Field(_, reason) = error {
        return page.reason(reason);
    }
    let fault = Fault::from(error);
    let sentence = page
        .fault(fault.code)
        .map(|(sentence, _)| sentence.to_owned());
    sentence.unwrap_or_else(|| fault.message.into_owned())
}

pub(super) async fn mark(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Form(Which { path }): Form<Which>,
) -> Result<Response, Problem> {
    index::mark(&context, &principal, &path).await?;
    Ok(go("/acs/searches/indexed"))
}

pub(super) async fn unmark(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Form(Which { path }): Form<Which>,
) -> Result<Response, Problem> {
    index::unmark(&context, &principal, &path).await?;
    Ok(go("/acs/searches/indexed"))
}
