//! The answers to questions for names and values: into the tree, and the task one step on.

use std::collections::HashSet;

use regia_cwmp::{CpeFault, ParameterInfo, ParameterValue};

use super::{
    Absorbed, LARGEST_BATCH, View, batch, next_object, next_parameters, ours, scope, told,
};
use crate::model::command::Command;
use crate::model::task::{Progress, Stage, Task};
use crate::model::tree::{MAX_NODES, Node};
use crate::rules::secrecy::Secrecy;

pub(super) fn absorb_names(
    task: &mut Task,
    parameters: &[ParameterInfo],
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
    let (wanted, unasked): (Vec<_>, Vec<_>) = parameters
        .iter()
        .partition(|parameter| parameter.name.starts_with(&asked));
    view.changes.leave_out(unasked.len());
    for parameter in wanted {
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
pub(super) fn retain(view: &mut View<'_>, holds: impl Fn(&str) -> bool) {
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

pub(super) fn absorb_values(
    task: &mut Task,
    values: &[ParameterValue],
    view: &mut View<'_>,
) -> Absorbed {
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

pub(super) fn absorb_listed(
    task: &mut Task,
    values: &[ParameterValue],
    view: &mut View<'_>,
) -> Absorbed {
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
    let (wanted, unasked): (Vec<_>, Vec<_>) = values.iter().partition(|value| asked(&value.name));
    view.changes.leave_out(unasked.len());
    for value in wanted {
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
    let kept = view.secrecy.keep(view.device, value, view.now);
    let before = node.value.replace(kept);
    view.changes.value(&value.name, before, view.now);
}

/// What a fault means: smaller questions where that can help, the end of the task otherwise.
pub(super) fn absorb_fault(task: &mut Task, fault: &CpeFault, view: &mut View<'_>) -> Absorbed {
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
