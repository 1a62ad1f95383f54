//! `/acs/devices/{id}/twins`: rows that may be the same device, and what to do about them

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_console::history::Change;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::{frame, go, render};
use crate::context::Context;
use crate::flows::inspect;
use crate::flows::twin::{self, Merge};
use crate::model::device::Device;
use crate::model::identity::DeviceId;

#[derive(Template)]
#[template(path = "twins.html")]
struct TwinsPage {
    page: Page,
    device: Device,
    rows: Vec<Row>,
    choices: Vec<Choice>,
}

/// A row that may be the device.
struct Row {
    device: Device,
    tone: &'static str,
    state: &'static str,
}

/// One way to make one of two rows.
struct Choice {
    /// Names its dialog.
    dialog: String,
    into: Device,
    from: Device,
    /// What must be typed.
    phrase: String,
    changes: Vec<Change>,
    /// The one that called last lives on: what one wants, as a rule.
    usual: bool,
}

impl Choice {
    fn new(into: &Device, from: &Device, page: &Page) -> Self {
        let mut tags = into.tags.clone();
        tags.extend(
            from.tags
                .iter()
                .filter(|tag| !into.tags.contains(tag))
                .cloned(),
        );
        let parts = [into.notes.as_str(), from.notes.as_str()];
        let notes: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let change = |key: &str, before: String, after: String| Change {
            name: page.t(key).to_string(),
            before: (!before.is_empty()).then_some(before),
            after: (!after.is_empty()).then_some(after),
        };
        Self {
            dialog: format!("into-{}-{}", into.id, from.id),
            phrase: from.identity.to_string(),
            changes: [
                change("acs.list.tags", into.tags.join(", "), tags.join(", ")),
                change("acs.device.notes", into.notes.clone(), notes.join("\n\n")),
            ]
            .into_iter()
            .filter(|change| change.before != change.after)
            .collect(),
            usual: into.last_inform_at > from.last_inform_at,
            into: into.clone(),
            from: from.clone(),
        }
    }

    /// Where it is posted to.
    fn action(&self) -> String {
        format!("/acs/devices/{}/merge", self.into.id)
    }
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let others = twin::others(&context, &principal, id).await?;
    let devices = page.t("acs.devices").to_string();
    let page = page
        .headed("acs.twin.title")
        .below(devices, "/acs/devices")
        .below(&device.identity.serial_number, format!("/acs/devices/{id}"));
    let mut choices = Vec::new();
    for other in &others {
        choices.push(Choice::new(&device, other, &page));
        choices.push(Choice::new(other, &device, &page));
    }
    choices.sort_by_key(|choice| !choice.usual);
    let row = |device: Device| {
        let (tone, state) = frame::state(&device, &page);
        Row {
            device,
            tone,
            state,
        }
    };
    let rows = std::iter::once(device.clone()).chain(others).map(row);
    render(&TwinsPage {
        rows: rows.collect(),
        choices,
        device,
        page,
    })
}

/// The row that goes away, and its identity as it was typed.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    other: DeviceId,
    #[serde(default)]
    confirmation: String,
}

pub(super) async fn merge(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let wish = Merge {
        into: id,
        from: typed.other,
        confirmation: typed.confirmation,
    };
    twin::merge(&context, &principal, wish).await?;
    Ok(go(&format!("/acs/devices/{id}")))
}

pub(super) async fn distinct(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    twin::distinct(&context, &principal, id).await?;
    Ok(go(&format!("/acs/devices/{id}")))
}
