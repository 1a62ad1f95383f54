//! `/acs/tasks/bulks`: commands for many devices, and how far each is

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Path, Problem};

use super::tasks::{TaskRow, rows, total, what};
use super::{cursor, go, render, task_tone};
use crate::context::Context;
use crate::flows::{bulk, inspect};
use crate::model::bulk::{Bulk, BulkId, BulkState};
use crate::model::command::Command;
use crate::model::task::TaskState;
use crate::store::task::TaskFilter;

/// A bulk as it is shown.
struct Row {
    bulk: Bulk,
    title: String,
    /// What the command names.
    lines: Vec<String>,
    state: String,
    tone: &'static str,
    busy: bool,
}

impl Row {
    fn new(bulk: Bulk, page: &Page) -> Self {
        let command = page.t(&format!("acs.command.{}", bulk.kind)).to_string();
        let title = page.t("acs.bulk.one").arg("command", &command);
        let shown: Option<Command> = serde_json::from_value(bulk.command.clone()).ok();
        let state = bulk.state();
        Self {
            title: title.arg("number", page.number(bulk.selected)).to_string(),
            lines: shown.as_ref().map(what).unwrap_or_default(),
            state: format!("acs.bulk.states.{}", state.as_str()),
            tone: match state {
                BulkState::Running => "info",
                BulkState::Stopped => "warn",
                BulkState::Ended if bulk.tally.retriable() > 0 => "bad",
                BulkState::Ended => "ok",
            },
            busy: state == BulkState::Running,
            bulk,
        }
    }

    /// Where a verb is posted to.
    fn action(&self, verb: &str) -> String {
        format!("/acs/tasks/bulks/{}{verb}", self.bulk.id)
    }

    /// Its page with the tasks of one state only.
    fn with_state(&self, state: &str) -> String {
        format!("/acs/tasks/bulks/{}?state={state}", self.bulk.id)
    }

    /// Tasks that ended otherwise than done, or nobody knows how.
    fn badly(&self) -> i64 {
        self.bulk.tally.retriable() + self.bulk.tally.of(TaskState::Uncertain)
    }
}

#[derive(Template)]
#[template(path = "bulks.html")]
struct BulksPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    next: Option<String>,
}

/// Bulks on a page: each is counted.
const LISTED: u16 = 20;

pub(super) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let tasks = page.t("acs.tasks").to_string();
    let page = page.headed("acs.bulk.title").below(tasks, "/acs/tasks");
    let list = page.listing("-created");
    let limit = Limit::try_from(LISTED).unwrap_or_default();
    let found = bulk::list(&context, &principal, cursor(list.get("after"))?, limit).await?;
    let rows = found.items.into_iter().map(|bulk| Row::new(bulk, &page));
    render(&BulksPage {
        rows: rows.collect(),
        next: found.next,
        list,
        page,
    })
}

#[derive(Template)]
#[template(path = "bulk.html")]
struct BulkPage {
    page: Page,
    list: Listing,
    row: Row,
    /// Name, message, tone and count of each state that tasks are in.
    states: Vec<(&'static str, String, &'static str, i64)>,
    rows: Vec<TaskRow>,
    total: Matches,
    next: Option<String>,
    with_device: bool,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
    page: Page,
) -> Result<Response, Problem> {
    let found = bulk::get(&context, &principal, id).await?;
    let row = Row::new(found, &page);
    let bulks = page.t("acs.bulk.title").to_string();
    let page = page.titled(&row.title).below(bulks, "/acs/tasks/bulks");
    let list = page.listing("-created");
    let filter = TaskFilter {
        bulk: Some(id),
        state: list.get("state").and_then(TaskState::parse),
        ..TaskFilter::default()
    };
    let after = cursor(list.get("after"))?;
    let tasks = inspect::tasks(&context, &principal, &filter, after, Limit::default()).await?;
    let state = |state: TaskState| {
        let count = row.bulk.tally.of(state);
        let label = format!("acs.task.states.{}", state.as_str());
        (count > 0).then(|| (state.as_str(), label, task_tone(state), count))
    };
    let total = total(&context, &principal, &filter).await?;
    let rows = rows(&context, &principal, tasks.items, &page).await?;
    render(&BulkPage {
        states: TaskState::ALL.into_iter().filter_map(state).collect(),
        rows,
        total,
        next: tasks.next,
        with_device: true,
        list,
        row,
        page,
    })
}

pub(super) async fn stop(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Response, Problem> {
    bulk::stop(&context, &principal, id).await?;
    Ok(go(&format!("/acs/tasks/bulks/{id}")))
}

pub(super) async fn retry(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Response, Problem> {
    bulk::retry(&context, &principal, id).await?;
    Ok(go(&format!("/acs/tasks/bulks/{id}")))
}
