//! From a command to the RPCs that carry it out, one question at a time.
//!
//! [`question`] says what to ask next, from the task and the tree alone; [`absorb`] takes the
//! answer into the tree and moves the task on. Between the two, only the task and the tree are
//! kept, so any node can go on after any question.

mod take;

use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, ParameterValue, SetParameterAttribute};
use serde_json::{Value as Json, json};

use super::change::Changes;
use super::facts::Facts;
use super::secrecy::Secrecy;
use super::transfer;
use crate::model::command::{Assignment, Command, value_kind};
use crate::model::identity::DeviceId;
use crate::model::task::{ParameterFault, Progress, Stage, Task, TaskFault};
use crate::model::tree::Tree;

pub use self::take::note_value;
use self::take::{absorb_fault, absorb_listed, absorb_names, absorb_values, retain};

/// Parameters in the first question for values; it grows while the device keeps up.
pub const FIRST_BATCH: usize = 64;

/// Parameters in one question at most: answers stay below 64 KiB for usual values.
pub const LARGEST_BATCH: usize = 256;

/// The device as a task sees it.
#[derive(Debug)]
pub struct View<'a> {
    /// Which device.
    pub device: DeviceId,
    /// Its tree.
    pub tree: &'a mut Tree,
    /// Its root by the device row, for when the tree is empty; may be empty itself.
    pub root: &'a str,
    /// What the answers say for the device row.
    pub facts: &'a mut Facts,
    /// What the answers change in the tree.
    pub changes: &'a mut Changes,
    /// Seals secrets.
    pub secrecy: &'a Secrecy,
    /// Unix seconds.
    pub now: i64,
    /// What onboarding sets, when the task onboards.
    pub onboarding: &'a [Assignment],
}

/// What a task wants next.
#[derive(Debug, PartialEq)]
pub enum Ask {
    /// Send this.
    Send(AcsMessage),
    /// Nothing is left to ask.
    Done(Json),
    /// It cannot be asked.
    Failed(TaskFault),
}

/// What an answer means for its task.
#[derive(Debug, PartialEq)]
pub enum Absorbed {
    /// Ask the next question.
    Continue,
    /// The device accepted; evidence will follow.
    Wait,
    /// The device says that the transfer is over and went well.
    Over,
    /// The task is done.
    Done(Json),
    /// The task failed.
    Failed(TaskFault),
    /// This is no answer to the task's question.
    Unasked,
}

/// What to ask next.
#[must_use]
pub fn question(task: &Task, view: &View<'_>) -> Ask {
    let progress = &task.progress;
    match (&task.command, progress.stage) {
        (Command::Refresh { .. } | Command::AddObject { .. }, Stage::Values) => {
            let names = next_parameters(task, view);
            if names.is_empty() {
                Ask::Done(summary(task))
            } else {
                Ask::Send(AcsMessage::GetParameterValues(names))
            }
        }
        (Command::Refresh { .. } | Command::AddObject { .. }, Stage::Walk) => {
            let path = next_object(task, view).unwrap_or_else(|| scope(task, view));
            Ask::Send(AcsMessage::GetParameterNames {
                path,
                next_level: true,
            })
        }
        (Command::Refresh { .. }, Stage::Start) => Ask::Send(AcsMessage::GetParameterNames {
            path: scope(task, view),
            next_level: false,
        }),
        (Command::Get { paths }, _) => ask_listed(paths.iter().map(String::as_str), task),
        (Command::Set { values }, Stage::Start) => ask_set(values, task, view),
        (Command::Set { values }, _) => {
            ask_listed(values.iter().map(|value| value.path.as_str()), task)
        }
        (Command::Onboard {}, Stage::Start) => ask_set(view.onboarding, task, view),
        (Command::Onboard {}, _) => Ask::Done(json!({})),
        (Command::Download { .. }, Stage::Values) => transfer::ask_version(view),
        (Command::Rpc { .. }, _) => Ask::Failed(ours("The method's content is missing.")),
        (command, _) => Ask::Send(single(command, task)),
    }
}

/// The RPC of a command that needs only one.
fn single(command: &Command, task: &Task) -> AcsMessage {
    let key = task.command_key.clone();
    match command {
        Command::GetAttributes { paths } => AcsMessage::GetParameterAttributes(paths.clone()),
        Command::SetAttributes { attributes } => AcsMessage::SetParameterAttributes(
            attributes
                .iter()
                .map(|change| SetParameterAttribute {
                    name: change.path.clone(),
                    notification_change: true,
                    notification: change.notification.into(),
                    ..SetParameterAttribute::default()
                })
                .collect(),
        ),
        Command::AddObject { path } => AcsMessage::AddObject {
            object_name: path.clone(),
            parameter_key: key,
        },
        Command::DeleteObject { path } => AcsMessage::DeleteObject {
            object_name: path.clone(),
            parameter_key: key,
        },
        Command::FactoryReset {} => AcsMessage::FactoryReset,
        Command::ScheduleInform { delay_seconds } => AcsMessage::ScheduleInform {
            delay_seconds: *delay_seconds,
            command_key: key,
        },
        _ => AcsMessage::Reboot { command_key: key },
    }
}

fn ask_set(values: &[Assignment], task: &Task, view: &View<'_>) -> Ask {
    let mut sent = Vec::with_capacity(values.len());
    for value in values {
        let known = view
            .tree
            .nodes
            .get(&value.path)
            .and_then(|node| node.value.as_ref());
        let kind = value
            .kind
            .as_deref()
            .or(known.map(|known| known.kind.as_str()));
        let text = if value.sealed {
            let Some(text) = view.secrecy.open(view.device, &value.path, &value.value) else {
                return Ask::Failed(ours(
                    "A secret of this task cannot be opened: its key is gone.",
                ));
            };
            text
        } else {
            value.value.clone()
        };
        let kind = kind.and_then(value_kind).unwrap_or_default();
        sent.push(ParameterValue {
            name: value.path.clone(),
            value: text,
            kind,
        });
    }
    Ask::Send(AcsMessage::SetParameterValues {
        values: sent,
        parameter_key: task.command_key.clone(),
    })
}

/// Asks for the next of the paths that the command itself lists.
fn ask_listed<'a>(paths: impl Iterator<Item = &'a str>, task: &Task) -> Ask {
    let names: Vec<String> = paths
        .skip(task.progress.read)
        .take(batch(&task.progress))
        .map(str::to_owned)
        .collect();
    if names.is_empty() {
        Ask::Done(summary(task))
    } else {
        Ask::Send(AcsMessage::GetParameterValues(names))
    }
}

/// Takes an answer in.
pub fn absorb(task: &mut Task, answer: &CpeMessage, view: &mut View<'_>) -> Absorbed {
    if matches!(
        task.command,
        Command::Download { .. } | Command::Upload { .. }
    ) {
        return transfer::absorb(task, answer, view);
    }
    if let CpeMessage::Fault(fault) = answer {
        return absorb_fault(task, fault, view);
    }
    let stage = task.progress.stage;
    match (&task.command, stage, answer) {
        (
            Command::Refresh { .. } | Command::AddObject { .. },
            Stage::Start | Stage::Walk,
            CpeMessage::GetParameterNamesResponse(parameters),
        ) => absorb_names(task, parameters, view),
        (
            Command::Refresh { .. } | Command::AddObject { .. },
            Stage::Values,
            CpeMessage::GetParameterValuesResponse(values),
        ) => absorb_values(task, values, view),
        (
            Command::Get { .. } | Command::Set { .. },
            Stage::Start | Stage::Values,
            CpeMessage::GetParameterValuesResponse(values),
        ) if stage == Stage::Values || matches!(task.command, Command::Get { .. }) => {
            absorb_listed(task, values, view)
        }
        (
            Command::Set { .. } | Command::Onboard {},
            Stage::Start,
            CpeMessage::SetParameterValuesResponse { status },
        ) => {
            task.progress = Progress {
                stage: Stage::Values,
                status: Some(*status),
                ..Progress::default()
            };
            Absorbed::Continue
        }
        (
            Command::AddObject { .. },
            Stage::Start,
            CpeMessage::AddObjectResponse {
                instance_number,
                status,
            },
        ) => {
            task.progress = Progress {
                stage: Stage::Walk,
                status: Some(*status),
                instance: Some(*instance_number),
                ..Progress::default()
            };
            Absorbed::Continue
        }
        _ => absorb_single(&task.command, answer, view),
    }
}

/// Takes in the answer to a command that needs only one RPC.
fn absorb_single(command: &Command, answer: &CpeMessage, view: &mut View<'_>) -> Absorbed {
    match (command, answer) {
        (Command::DeleteObject { path }, CpeMessage::DeleteObjectResponse { status }) => {
            retain(view, |name| !name.starts_with(path));
            Absorbed::Done(json!({ "status": status }))
        }
        (Command::GetAttributes { .. }, CpeMessage::GetParameterAttributesResponse(attributes)) => {
            let rows = attributes.iter().map(|attribute| {
                json!({
                    "path": attribute.name,
                    "notification": attribute.notification,
                    "access_list": attribute.access_list,
                })
            });
            Absorbed::Done(json!({ "attributes": rows.collect::<Vec<_>>() }))
        }
        (Command::SetAttributes { .. }, CpeMessage::SetParameterAttributesResponse)
        | (Command::ScheduleInform { .. }, CpeMessage::ScheduleInformResponse) => {
            Absorbed::Done(json!({}))
        }
        (Command::Reboot {}, CpeMessage::RebootResponse)
        | (Command::FactoryReset {}, CpeMessage::FactoryResetResponse) => Absorbed::Wait,
        _ => Absorbed::Unasked,
    }
}

/// The object below which a refresh reads.
fn scope(task: &Task, view: &View<'_>) -> String {
    match (&task.command, task.progress.instance) {
        (Command::AddObject { path }, Some(instance)) => format!("{path}{instance}."),
        (Command::Refresh { path } | Command::AddObject { path }, _) if !path.is_empty() => {
            path.clone()
        }
        _ => view.tree.root().unwrap_or(view.root).to_owned(),
    }
}

/// How many paths the next question names.
#[must_use]
pub fn batch(progress: &Progress) -> usize {
    if progress.batch == 0 {
        FIRST_BATCH
    } else {
        progress.batch
    }
}

fn next_parameters(task: &Task, view: &View<'_>) -> Vec<String> {
    let scope = scope(task, view);
    view.tree
        .below(&scope, &task.progress.after)
        .map(|(path, _)| path)
        .filter(|path| !path.ends_with('.'))
        .take(batch(&task.progress))
        .map(str::to_owned)
        .collect()
}

/// While walking: the first object after the last one asked for.
fn next_object(task: &Task, view: &View<'_>) -> Option<String> {
    let scope = scope(task, view);
    if task.progress.after.is_empty() {
        return Some(scope);
    }
    view.tree
        .below(&scope, &task.progress.after)
        .map(|(path, _)| path)
        .find(|path| path.ends_with('.'))
        .map(str::to_owned)
}

fn summary(task: &Task) -> Json {
    let progress = &task.progress;
    let mut summary = serde_json::Map::new();
    summary.insert("read".to_owned(), progress.answered.into());
    if let Some(status) = progress.status {
        summary.insert("status".to_owned(), status.into());
    }
    if let Some(instance) = progress.instance {
        summary.insert("instance".to_owned(), instance.into());
    }
    if !progress.differs.is_empty() {
        summary.insert("differs".to_owned(), json!(progress.differs));
    }
    if !progress.missing.is_empty() {
        summary.insert("missing".to_owned(), json!(progress.missing));
    }
    Json::Object(summary)
}

/// A reason of ours.
pub fn ours(text: &str) -> TaskFault {
    TaskFault {
        code: None,
        text: text.to_owned(),
        parameters: Vec::new(),
    }
}

/// The device's own words.
pub fn told(fault: &CpeFault) -> TaskFault {
    TaskFault {
        code: Some(fault.code),
        text: fault.text.clone(),
        parameters: fault
            .parameters
            .iter()
            .map(|parameter| ParameterFault {
                path: parameter.name.clone(),
                code: parameter.code,
                text: parameter.text.clone(),
            })
            .collect(),
    }
}
