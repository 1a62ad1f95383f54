//! `/acs/devices/{id}/parameters/edit`: one parameter, what it was, and what can be done with it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_console::tree::{Leaf, Past};
use regia_web::{Caller, Form, Path, Problem, Query};
use serde::Deserialize;
use time::OffsetDateTime;

use super::device::{framed, is_secret, shown};
use super::frame::DeviceFrame;
use super::{go, render};
use crate::context::Context;
use crate::flows::{inspect, operate};
use crate::model::command::{Command, NotificationChange};
use crate::model::history::{History, Previous};
use crate::model::identity::DeviceId;
use crate::model::tree::{Node, Tree};
use crate::rules::secrecy::MASK;

/// Changes on one page of parameters: beyond them a tree is no quick page any more.
const MAX_PAST: usize = 1_000;

/// Characters of a past value that are shown in a line.
const MAX_PAST_CHARS: usize = 200;

#[derive(Template)]
#[template(path = "device_edit.html")]
struct EditPage {
    page: Page,
    frame: DeviceFrame,
    path: String,
    kind: String,
    before: String,
    value: String,
    secret: bool,
    writable: bool,
    past: Vec<Past>,
    notifications: [(&'static str, String); 3],
}

/// Which parameter.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    path: String,
}

/// What the device does when a value changes.
#[derive(Debug, Deserialize)]
pub(super) struct Notify {
    path: String,
    notification: u8,
}

type Shared = State<Arc<Context>>;

pub(super) async fn edit(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(Which { path }): Query<Which>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let tree = inspect::tree(&context, &principal, id).await?;
    let past = inspect::history(&context, &principal, id, &path).await?;
    let node = tree.nodes.get(&path).cloned().unwrap_or_default();
    let page = page.part_of(format!("/acs/devices/{id}/parameters"));
    let (page, frame) = framed(&context, &principal, page, device).await?;
    let secret = is_secret(&node);
    let before = shown(&node);
    let value = if secret {
        String::new()
    } else {
        before.clone()
    };
    render(&EditPage {
        past: changes(&past, &before),
        notifications: notifications(&page),
        page,
        frame,
        path,
        kind: kind(&node),
        before,
        value,
        secret,
        writable: node.writable != Some(false),
    })
}

pub(super) async fn reveal(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
    Form(Which { path }): Form<Which>,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let before = operate::reveal(&context, &principal, id, &path).await?;
    let tree = inspect::tree(&context, &principal, id).await?;
    let past = inspect::history(&context, &principal, id, &path).await?;
    let node = tree.nodes.get(&path).cloned().unwrap_or_default();
    let page = page.part_of(format!("/acs/devices/{id}/parameters"));
    let (page, frame) = framed(&context, &principal, page, device).await?;
    render(&EditPage {
        past: changes(&past, MASK),
        notifications: notifications(&page),
        page,
        frame,
        path,
        kind: kind(&node),
        value: before.clone(),
        before,
        secret: true,
        writable: node.writable == Some(true),
    })
}

pub(super) async fn notify(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Notify { path, notification }): Form<Notify>,
) -> Result<Response, Problem> {
    let attributes = vec![NotificationChange { path, notification }];
    let command = Command::SetAttributes { attributes };
    let lifetime = operate::DEFAULT_LIFETIME_SECONDS;
    operate::queue(&context, &principal, id, command, lifetime).await?;
    Ok(go(&format!("/acs/devices/{id}/tasks")))
}

pub(super) async fn attributes(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Which { path }): Form<Which>,
) -> Result<Response, Problem> {
    let command = Command::GetAttributes { paths: vec![path] };
    let lifetime = operate::DEFAULT_LIFETIME_SECONDS;
    operate::queue(&context, &principal, id, command, lifetime).await?;
    Ok(go(&format!("/acs/devices/{id}/tasks")))
}

fn kind(node: &Node) -> String {
    node.value
        .as_ref()
        .map_or_else(|| "string".to_owned(), |value| value.kind.clone())
}

/// TR-069 A.3.2.4.
fn notifications(page: &Page) -> [(&'static str, String); 3] {
    [
        ("0", "acs.notification.off"),
        ("1", "acs.notification.passive"),
        ("2", "acs.notification.active"),
    ]
    .map(|(value, key)| (value, page.t(key).to_string()))
}

/// Adds to parameters what they were before; whether some of it was left out.
pub(super) fn add_past(leaves: &mut [Leaf], tree: &Tree, history: &History) -> bool {
    let (mut room, mut fewer) = (MAX_PAST, false);
    for leaf in leaves {
        let past = history.of(&leaf.path);
        if past.len() > room {
            fewer = true;
            continue;
        }
        if !past.is_empty() {
            let present = tree.nodes.get(&leaf.path).map(shown).unwrap_or_default();
            leaf.past = changes(past, &present);
            room -= past.len();
        }
    }
    fewer
}

/// Replaced values as changes: each was followed by the one after it, the last by the present one.
fn changes(past: &[Previous], present: &str) -> Vec<Past> {
    let mut after = short(present);
    let mut changes = Vec::with_capacity(past.len());
    for previous in past {
        let before = if previous.value.sealed {
            MASK.to_owned()
        } else {
            short(&previous.value.text)
        };
        changes.push(Past {
            at: OffsetDateTime::from_unix_timestamp(previous.replaced_at)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            before: before.clone(),
            after: std::mem::replace(&mut after, before),
        });
    }
    changes
}

fn short(text: &str) -> String {
    match text.char_indices().nth(MAX_PAST_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tree::Value;

    #[test]
    fn each_change_leads_to_the_next_and_secrets_stay_hidden() {
        let previous = |text: &str, sealed, replaced_at| Previous {
            value: Value {
                text: text.to_owned(),
                kind: "string".to_owned(),
                sealed,
                seen_at: 0,
            },
            replaced_at,
        };
        let past = [
            previous("b", false, 30),
            previous("sealed", true, 20),
            previous(&"x".repeat(300), false, 10),
        ];
        let told: Vec<(String, String)> = changes(&past, "c")
            .into_iter()
            .map(|change| (change.before, change.after))
            .collect();
        let long = "x".repeat(200) + "…";
        let expected = [("b", "c"), (MASK, "b"), (&long, MASK)];
        let expected = expected.map(|(one, two)| (one.to_owned(), two.to_owned()));
        assert_eq!(told, expected);
    }
}
