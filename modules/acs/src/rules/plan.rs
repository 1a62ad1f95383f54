//! From a command to the RPCs that carry it out, one question at a time.
//!
//! [`question`] says what to ask next, from the task and the tree alone; [`absorb`] takes the
//! answer into the tree and moves the task on. Between the two, only the task and the tree are
//! kept, so any node can go on after any question.

use std::collections::HashSet;

use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, ParameterValue, SetParameterAttribute};
use serde_json::{Value as Json, json};

use super::change::Changes;
use super::facts::Facts;
use super::secrecy::Secrecy;
use super::transfer;
use crate::model::command::{Assignment, Command, value_kind};
use crate::model::identity::DeviceId;
use crate::model::task::{ParameterFault, Progress, Stage, Task, TaskFault};
use crate::model::tree::{MAX_NODES, Node, Tree};

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
        (Command::DeleteObject { path }, _, CpeMessage::DeleteObjectResponse { status }) => {
            retain(view, |name| !name.starts_with(path));
            Absorbed::Done(json!({ "status": status }))
        }
        (
            Command::GetAttributes { .. },
            _,
            CpeMessage::GetParameterAttributesResponse(attributes),
        ) => {
            let rows = attributes.iter().map(|attribute| {
                json!({
                    "path": attribute.name,
                    "notification": attribute.notification,
                    "access_list": attribute.access_list,
                })
            });
            Absorbed::Done(json!({ "attributes": rows.collect::<Vec<_>>() }))
        }
        (Command::SetAttributes { .. }, _, CpeMessage::SetParameterAttributesResponse)
        | (Command::ScheduleInform { .. }, _, CpeMessage::ScheduleInformResponse) => {
            Absorbed::Done(json!({}))
        }
        (Command::Reboot {}, _, CpeMessage::RebootResponse)
        | (Command::FactoryReset {}, _, CpeMessage::FactoryResetResponse) => Absorbed::Wait,
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

fn batch(progress: &Progress) -> usize {
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

fn absorb_names(
    task: &mut Task,
    parameters: &[regia_cwmp::ParameterInfo],
    view: &mut View<'_>,
) -> Absorbed {
    let asked = match task.progress.stage {
        Stage::Walk => next_object(task, view).unwrap_or_else(|| scope(task, view)),
        _ => scope(task, view),
    };
    let walking = task.progress.stage == Stage::Walk;
    let named: HashSet<&str> = parameters
        .iter()
        .map(|parameter| parameter.name.as_str())
        .collect();
    // What the device no longer names is gone. Walking sees one level, so it judges the children
    // of that level, each with all below it.
    retain(view, |path| {
        path.len() <= asked.len()
            || !path.starts_with(&asked)
            || named.contains(if walking {
                first_level(path, &asked)
            } else {
                path
            })
    });
    for parameter in parameters
        .iter()
        .filter(|parameter| parameter.name.starts_with(&asked))
    {
        if view.tree.nodes.len() >= MAX_NODES {
            return Absorbed::Failed(ours(
                "The device names more parameters than a tree may hold.",
            ));
        }
        view.tree
            .nodes
            .entry(parameter.name.clone())
            .or_default()
            .writable = Some(parameter.writable);
    }
    if walking {
        task.progress.after = asked;
        if next_object(task, view).is_some() {
            return Absorbed::Continue;
        }
    }
    task.progress = Progress {
        stage: Stage::Values,
        instance: task.progress.instance,
        status: task.progress.status,
        ..Progress::default()
    };
    Absorbed::Continue
}

/// Removes the paths that do not hold.
fn retain(view: &mut View<'_>, holds: impl Fn(&str) -> bool) {
    let View { tree, changes, .. } = view;
    tree.nodes.retain(|path, _| {
        let stays = holds(path);
        if !stays {
            changes.gone(path);
        }
        stays
    });
}

/// The child of `object` on the way to `path`: an object with its dot, or a parameter.
fn first_level<'a>(path: &'a str, object: &str) -> &'a str {
    let dot = path.get(object.len()..).and_then(|rest| rest.find('.'));
    dot.and_then(|dot| path.get(..=object.len() + dot))
        .unwrap_or(path)
}

fn absorb_values(task: &mut Task, values: &[ParameterValue], view: &mut View<'_>) -> Absorbed {
    let asked = next_parameters(task, view);
    observe(values, view, |name| {
        asked
            .binary_search_by(|path| path.as_str().cmp(name))
            .is_ok()
    });
    task.progress.answered += values.len();
    task.progress.read += asked.len();
    if let Some(last) = asked.last() {
        task.progress.after.clone_from(last);
    }
    task.progress.batch = (batch(&task.progress) * 2).min(LARGEST_BATCH);
    Absorbed::Continue
}

fn absorb_listed(task: &mut Task, values: &[ParameterValue], view: &mut View<'_>) -> Absorbed {
    let size = batch(&task.progress);
    let asked: Vec<String> = listed(task)
        .into_iter()
        .skip(task.progress.read)
        .take(size)
        .collect();
    observe(values, view, |name| {
        asked
            .iter()
            .any(|path| name == path || (path.ends_with('.') && name.starts_with(path.as_str())))
    });
    compare(task, &asked, values, view.secrecy);
    task.progress.read += asked.len();
    task.progress.batch = (size * 2).min(LARGEST_BATCH);
    Absorbed::Continue
}

/// Notes which of the asked parameters did not come, and which came back other than they were set.
fn compare(task: &mut Task, asked: &[String], values: &[ParameterValue], secrecy: &Secrecy) {
    let came = |path: &String| values.iter().find(|value| value.name == *path);
    let silent = asked
        .iter()
        .filter(|path| !path.ends_with('.') && came(path).is_none());
    task.progress.missing.extend(silent.cloned());
    task.progress.answered += values.len();
    let Command::Set { values: wanted } = &task.command else {
        return;
    };
    let differs = wanted
        .iter()
        .filter(|wanted| asked.contains(&wanted.path))
        .filter(|wanted| {
            // Devices do not tell their secrets.
            !secrecy.covers(&wanted.path)
                && came(&wanted.path).is_some_and(|value| !same(&wanted.value, &value.value))
        });
    task.progress
        .differs
        .extend(differs.map(|wanted| wanted.path.clone()));
}

/// Whether two texts are one value; a boolean is a word or a digit (TR-106 3.2).
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| match text.trim() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        text => text.to_owned(),
    };
    one == other || plain(one) == plain(other)
}

fn listed(task: &Task) -> Vec<String> {
    match &task.command {
        Command::Get { paths } => paths.clone(),
        Command::Set { values } => values.iter().map(|value| value.path.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Takes values into the tree; those that nobody asked for are left out.
fn observe(values: &[ParameterValue], view: &mut View<'_>, asked: impl Fn(&str) -> bool) {
    for value in values.iter().filter(|value| asked(&value.name)) {
        note_value(value, view);
    }
}

/// Takes one value into the tree and the facts.
pub fn note_value(value: &ParameterValue, view: &mut View<'_>) {
    if view.tree.nodes.len() >= MAX_NODES && !view.tree.nodes.contains_key(&value.name) {
        return;
    }
    view.facts.observe(&value.name, &value.value);
    let node: &mut Node = view.tree.nodes.entry(value.name.clone()).or_default();
    if let Some(kept) = &mut node.value
        && view
            .secrecy
            .same(view.device, &value.name, kept, &value.value)
    {
        kept.seen_at = view.now;
        return;
    }
    // A device answers an empty text for a secret that it does not tell: what was set stays.
    if value.value.is_empty() && node.value.as_ref().is_some_and(|kept| kept.sealed) {
        return;
    }
    let kind = value.kind.name();
    let kept = view
        .secrecy
        .keep(view.device, &value.name, &value.value, kind, view.now);
    let before = node.value.replace(kept);
    view.changes.value(&value.name, before, view.now);
}

/// What a fault means: smaller questions where that can help, the end of the task otherwise.
fn absorb_fault(task: &mut Task, fault: &CpeFault, view: &mut View<'_>) -> Absorbed {
    const INTERNAL_ERROR: u32 = 9002;
    const RESOURCES_EXCEEDED: u32 = 9004;
    const INVALID_NAME: u32 = 9005;
    let too_much = matches!(fault.code, INTERNAL_ERROR | RESOURCES_EXCEEDED);
    let reading =
        task.progress.stage == Stage::Values || matches!(task.command, Command::Get { .. });
    if task.progress.stage == Stage::Start
        && too_much
        && matches!(task.command, Command::Refresh { .. })
    {
        task.progress.stage = Stage::Walk;
        return Absorbed::Continue;
    }
    if task.progress.stage == Stage::Walk && (too_much || fault.code == INVALID_NAME) {
        return skip_object(task, view);
    }
    if !reading || !(too_much || fault.code == INVALID_NAME) {
        return Absorbed::Failed(told(fault));
    }
    let asked = asked_now(task, view);
    if asked > 1 {
        task.progress.batch = asked.div_ceil(2);
        return Absorbed::Continue;
    }
    skip_parameter(task, fault, view)
}

/// How many paths the question that was just refused named.
fn asked_now(task: &Task, view: &View<'_>) -> usize {
    match task.command {
        Command::Get { .. } | Command::Set { .. } => listed(task)
            .len()
            .saturating_sub(task.progress.read)
            .min(batch(&task.progress)),
        _ => next_parameters(task, view).len(),
    }
}

/// Leaves out an object that the device does not let us look into.
fn skip_object(task: &mut Task, view: &View<'_>) -> Absorbed {
    let object = next_object(task, view).unwrap_or_else(|| scope(task, view));
    task.progress.missing.push(object.clone());
    let was_first = task.progress.after.is_empty();
    task.progress.after = object;
    if was_first {
        return Absorbed::Failed(ours(
            "The device names neither the whole tree nor its first level.",
        ));
    }
    if next_object(task, view).is_none() {
        task.progress = Progress {
            stage: Stage::Values,
            missing: std::mem::take(&mut task.progress.missing),
            instance: task.progress.instance,
            status: task.progress.status,
            ..Progress::default()
        };
    }
    Absorbed::Continue
}

/// Leaves out the one parameter that the device cannot or will not read.
fn skip_parameter(task: &mut Task, fault: &CpeFault, view: &mut View<'_>) -> Absorbed {
    match task.command {
        Command::Get { .. } | Command::Set { .. } => {
            let paths = listed(task);
            let Some(path) = paths.get(task.progress.read) else {
                return Absorbed::Failed(told(fault));
            };
            task.progress.missing.push(path.clone());
            task.progress.read += 1;
            if matches!(task.command, Command::Get { .. })
                && task.progress.missing.len() == paths.len()
            {
                return Absorbed::Failed(told(fault));
            }
        }
        _ => {
            let Some(path) = next_parameters(task, view).into_iter().next() else {
                return Absorbed::Failed(told(fault));
            };
            retain(view, |name| name != path);
            task.progress.missing.push(path.clone());
            task.progress.after = path;
        }
    }
    task.progress.batch = 1;
    Absorbed::Continue
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
