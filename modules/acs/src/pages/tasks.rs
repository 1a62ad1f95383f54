//! `/acs/tasks`, and a task as a row

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_console::steps::Step;
use regia_store::page::Limit;
use regia_web::{Caller, Problem};

use super::{cursor, render, task_tone};
use crate::context::Context;
use crate::flows::{deliver, inspect};
use crate::model::command::Command;
use crate::model::task::{Task, TaskFault, TaskState};
use crate::rules::secrecy::MASK;
use crate::store::task::TaskFilter;

/// A task as a row of a table.
pub(super) struct TaskRow {
    pub(super) task: Task,
    /// Message that names the command.
    pub(super) command: String,
    /// Message that names the state.
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) busy: bool,
    /// What it does and what came of it.
    pub(super) lines: Vec<Line>,
    /// What the device answered to a method that an operator wrote.
    pub(super) answer: Option<String>,
    /// What can be done with it: verb and message.
    pub(super) verbs: &'static [(&'static str, &'static str)],
    /// Its device's serial number.
    pub(super) serial_number: String,
    /// Name and address of the file that it moves.
    pub(super) file: Option<(String, Option<String>)>,
    /// How far the file is.
    pub(super) steps: Vec<Step>,
}

pub(super) struct Line {
    pub(super) text: String,
    pub(super) bad: bool,
}

impl TaskRow {
    pub(super) fn new(task: Task, page: &Page) -> Self {
        let mut lines: Vec<Line> = what(&task.command)
            .into_iter()
            .map(|text| Line { text, bad: false })
            .collect();
        if let Some(fault) = &task.fault {
            lines.extend(told(fault, page));
        }
        lines.extend(notifications(&task, page));
        lines.extend(remarks(&task, page));
        if task.state == TaskState::Uncertain {
            let text = page.t("acs.task.uncertain_text").to_string();
            lines.push(Line { text, bad: true });
        }
        Self {
            command: format!("acs.command.{}", task.command.name()),
            state: format!("acs.task.states.{}", task.state.as_str()),
            tone: task_tone(task.state),
            busy: matches!(task.state, TaskState::Sent | TaskState::Waiting),
            verbs: verbs(task.state),
            serial_number: task.device.to_string(),
            file: None,
            steps: Vec::new(),
            answer: answer(&task),
            lines,
            task,
        }
    }
}

const fn verbs(state: TaskState) -> &'static [(&'static str, &'static str)] {
    match state {
        TaskState::Queued | TaskState::Waiting => &[("cancel", "acs.task.cancel")],
        TaskState::Uncertain => &[
            ("settle", "acs.task.settle"),
            ("retry", "acs.task.retry"),
            ("cancel", "acs.task.cancel"),
        ],
        TaskState::Failed | TaskState::Expired | TaskState::Cancelled => {
            &[("retry", "acs.task.retry")]
        }
        TaskState::Sent | TaskState::Done => &[],
    }
}

/// Lines that say what a command names.
pub(super) fn what(command: &Command) -> Vec<String> {
    match command {
        Command::Refresh { path }
        | Command::AddObject { path }
        | Command::DeleteObject { path } => {
            vec![path.clone()]
        }
        Command::Get { paths } | Command::GetAttributes { paths } => few(paths.iter().cloned()),
        Command::Set { values } => few(values.iter().map(|value| {
            let text = if value.sealed {
                MASK
            } else {
                value.value.as_str()
            };
            format!("{} = {text}", value.path)
        })),
        Command::SetAttributes { attributes } => few(attributes
            .iter()
            .map(|change| format!("{}: {}", change.path, change.notification))),
        Command::Upload { file_type, .. } => vec![file_type.clone()],
        Command::Rpc { method, .. } => vec![method.clone()],
        _ => Vec::new(),
    }
}

/// The first of many.
fn few(lines: impl Iterator<Item = String>) -> Vec<String> {
    const SHOWN: usize = 4;
    let mut lines: Vec<String> = lines.take(SHOWN + 1).collect();
    if lines.len() > SHOWN {
        lines.truncate(SHOWN);
        lines.push("…".to_owned());
    }
    lines
}

/// The answer to a method that an operator wrote, laid out.
fn answer(task: &Task) -> Option<String> {
    let answer = task.result.as_ref()?.get("answer")?.as_str()?;
    Some(regia_cwmp::indent(answer).unwrap_or_else(|| answer.to_owned()))
}

/// What a device said about its notifications.
fn notifications(task: &Task, page: &Page) -> Vec<Line> {
    let rows = task
        .result
        .as_ref()
        .and_then(|result| result.get("attributes")?.as_array());
    let told = rows.into_iter().flatten().filter_map(|row| {
        let path = row.get("path")?.as_str()?;
        let kind = match row.get("notification")?.as_u64()? {
            0 => page.t("acs.notification.off").to_string(),
            1 => page.t("acs.notification.passive").to_string(),
            2 => page.t("acs.notification.active").to_string(),
            other => other.to_string(),
        };
        Some(format!("{path}: {kind}"))
    });
    few(told)
        .into_iter()
        .map(|text| Line { text, bad: false })
        .collect()
}

/// What a result says against itself: paths that did not come, or came back other than set.
fn remarks(task: &Task, page: &Page) -> Vec<Line> {
    let paths = |name: &str| -> Option<String> {
        let paths = task.result.as_ref()?.get(name)?.as_array()?.iter();
        let paths: Vec<&str> = paths.filter_map(|path| path.as_str()).take(4).collect();
        Some(paths.join(", "))
    };
    [
        ("differs", "acs.task.differs"),
        ("missing", "acs.task.missing"),
    ]
    .into_iter()
    .filter_map(|(name, key)| {
        let text = page.t(key).arg("paths", paths(name)?).to_string();
        Some(Line { text, bad: true })
    })
    .collect()
}

/// The device's own words, and what its code means.
fn told(fault: &TaskFault, page: &Page) -> Vec<Line> {
    let coded = |code: u32, text: &str| {
        let label = page.t("acs.task.fault").arg("code", code);
        // English stands in the codec; what is told there is told in every language.
        let key = format!("meaning.cwmp.{code}");
        let meaning = page.own(&key).or_else(|| regia_cwmp::explain(code));
        match meaning {
            Some(meaning) if !meaning.eq_ignore_ascii_case(text) => {
                format!("{label}: {text} ({meaning})")
            }
            _ => format!("{label}: {text}"),
        }
    };
    let first = match fault.code {
        Some(code) => coded(code, &fault.text),
        None => page.reason(&fault.text),
    };
    let parameters = fault.parameters.iter().map(|parameter| {
        let text = coded(parameter.code, &parameter.text);
        format!("{} · {text}", parameter.path)
    });
    std::iter::once(first)
        .chain(parameters)
        .map(|text| Line { text, bad: true })
        .collect()
}

/// Tasks are counted up to here.
const MOST_COUNTED: i64 = 1_000;

/// The choice of all states in which a task is not finished.
const OPEN: &str = "open";

/// Tasks as rows, with their devices and the files that they move.
pub(super) async fn rows(
    context: &Context,
    principal: &Principal,
    tasks: Vec<Task>,
    page: &Page,
) -> Result<Vec<TaskRow>, Problem> {
    let shipments = deliver::shipments(context, principal, tasks).await?;
    let row = |shipment| TaskRow::shipped(shipment, page);
    Ok(shipments.into_iter().map(row).collect())
}

/// How many tasks a list shows in all.
pub(super) async fn total(
    context: &Context,
    principal: &Principal,
    filter: &TaskFilter,
) -> Result<Matches, Problem> {
    let counted = inspect::count_tasks(context, principal, filter, MOST_COUNTED + 1).await?;
    Ok(Matches::counted(counted, MOST_COUNTED))
}

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    page: Page,
    list: Listing,
    rows: Vec<TaskRow>,
    total: Matches,
    next: Option<String>,
    with_device: bool,
    states: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("acs.tasks");
    let list = page.listing("-created");
    let filter = TaskFilter {
        device: None,
        state: list.get("state").and_then(TaskState::parse),
        open: list.is("state", OPEN),
        kind: list.get("kind").map(str::to_owned),
        bulk: None,
        file: None,
    };
    let after = cursor(list.get("after"))?;
    let found = inspect::tasks(&context, &principal, &filter, after, Limit::default()).await?;
    let total = total(&context, &principal, &filter).await?;
    let rows = rows(&context, &principal, found.items, &page).await?;
    let word = |key: String| page.t(&key).to_string();
    let states = TaskState::ALL.map(|state| {
        (
            state.as_str(),
            word(format!("acs.task.states.{}", state.as_str())),
        )
    });
    let kinds = Command::NAMES.map(|name| (name, word(format!("acs.command.{name}"))));
    let open = (OPEN, word("acs.task.open".to_owned()));
    render(&TasksPage {
        states: std::iter::once(open).chain(states).collect(),
        total,
        kinds: kinds.to_vec(),
        with_device: true,
        next: found.next,
        rows,
        list,
        page,
    })
}
