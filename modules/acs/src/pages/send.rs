//! `/acs/devices/{id}/upgrade` and `/acs/devices/{id}/send`: files for one device, those that fit it
//! first, and what their buttons post

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::{Denied, Principal};
use regia_console::Page;
use regia_console::history::Change;
use regia_console::listing::Listing;
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem, Query};
use serde::Deserialize;

use super::device::framed;
use super::frame::DeviceFrame;
use super::{go, render};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{files, inspect, operate};
use crate::model::command::Command;
use crate::model::device::Device;
use crate::model::file::{DOWNLOAD_TYPES, File, FileId};
use crate::model::identity::DeviceId;
use crate::model::task::TaskState;
use crate::permissions;
use crate::store::file::FileFilter;
use crate::store::task::TaskFilter;

const FIRMWARE: &str = DOWNLOAD_TYPES[0];

#[derive(Template)]
#[template(path = "device_send.html")]
struct SendPage {
    page: Page,
    frame: DeviceFrame,
    list: Listing,
    search: String,
    upgrade: bool,
    open: bool,
    choices: Vec<Choice>,
}

/// A file that could be sent.
struct Choice {
    file: File,
    /// What of the device does not fit; empty when the file is for it.
    misfit: String,
    same: bool,
    changes: Vec<Change>,
}

impl Choice {
    fn dialog(&self) -> String {
        format!("send-{}", self.file.id)
    }

    /// What must be typed before a file for other devices is sent.
    fn phrase<'a>(&self, device: &'a Device) -> &'a str {
        if self.misfit.is_empty() {
            ""
        } else {
            &device.identity.serial_number
        }
    }
}

/// Which files.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn upgrade(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(search): Query<Search>,
    page: Page,
) -> Result<Response, Problem> {
    choose(&context, &principal, id, search, (page, true)).await
}

pub(super) async fn others(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(search): Query<Search>,
    page: Page,
) -> Result<Response, Problem> {
    choose(&context, &principal, id, search, (page, false)).await
}

async fn choose(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    Search { q: search }: Search,
    (page, upgrade): (Page, bool),
) -> Result<Response, Problem> {
    let may = context.begin_on(principal, &permissions::FILE_SEND, id);
    drop(may.await?);
    let device = inspect::device(context, principal, id).await?;
    let (page, frame) = framed(context, principal, page, device).await?;
    if !page.may(permissions::FILE_SEND) {
        let permission = permissions::FILE_SEND.name;
        return Err(AcsError::from(Denied { permission }).into());
    }
    let device = &frame.device;
    let all = FileFilter {
        name_prefix: Some(search.clone()).filter(|search| !search.is_empty()),
        file_type: upgrade.then(|| FIRMWARE.to_owned()),
        not_type: (!upgrade).then(|| FIRMWARE.to_owned()),
        by_devices: Some(false),
        ..FileFilter::default()
    };
    let fitting = FileFilter {
        oui: Some(device.identity.oui.clone()),
        product_class: Some(device.identity.product_class.clone()),
        hardware_version: Some(device.hardware_version.clone()),
        ..all.clone()
    };
    let limit = Limit::default();
    let mut found = files::list(context, principal, &fitting, None, limit).await?;
    let newest = files::list(context, principal, &all, None, limit).await?;
    let others = newest.items.into_iter();
    let others = others.filter(|file| !file.draft.mismatches(device).is_empty());
    found.items.extend(others);
    let choices = found.items.into_iter();
    let choices = choices.map(|file| choice(file, device, &page)).collect();
    let open = is_open(context, principal, id).await?;
    render(&SendPage {
        list: page.listing(""),
        page,
        frame,
        search,
        upgrade,
        open,
        choices,
    })
}

fn choice(file: File, device: &Device, page: &Page) -> Choice {
    let target = &file.draft.target_version;
    let told = |text: &str, otherwise: &str| match text {
        "" => page.t(otherwise).to_string(),
        text => text.to_owned(),
    };
    let changes = vec![Change {
        name: page.t("acs.send.version").to_string(),
        before: Some(told(&device.software_version, "acs.send.unknown")),
        after: Some(told(target, "acs.send.no_change")),
    }];
    Choice {
        misfit: file.draft.mismatches(device).join(", "),
        same: !target.is_empty() && *target == device.software_version,
        changes,
        file,
    }
}

/// Whether the last file for this device is still on its way.
async fn is_open(context: &Context, principal: &Principal, id: DeviceId) -> Result<bool, AcsError> {
    let filter = TaskFilter {
        device: Some(id),
        kind: Some("download".to_owned()),
        ..TaskFilter::default()
    };
    let one = Limit::try_from(1).unwrap_or_default();
    let last = inspect::tasks(context, principal, &filter, None, one).await?;
    let open = |state| {
        matches!(
            state,
            TaskState::Queued | TaskState::Sent | TaskState::Waiting | TaskState::Uncertain
        )
    };
    Ok(last.items.first().is_some_and(|task| open(task.state)))
}

/// Which file; with the serial number where it is for other devices.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    file: FileId,
    #[serde(default)]
    confirmation: String,
}

pub(super) async fn send(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Chosen { file, confirmation }): Form<Chosen>,
) -> Result<Response, Problem> {
    let confirmation = confirmation.trim();
    let command = Command::Download {
        file,
        target_file_name: String::new(),
        delay_seconds: 0,
        confirm: (!confirmation.is_empty()).then(|| confirmation.to_owned()),
    };
    queue(&context, &principal, id, command).await
}

/// Which file of the device; those of the newer types have a number.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    kind: String,
    #[serde(default)]
    number: String,
}

pub(super) async fn fetch(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Wanted { kind, number }): Form<Wanted>,
) -> Result<Response, Problem> {
    let number = number.trim();
    let file_type = if number.is_empty() {
        kind
    } else {
        format!("{kind} {number}")
    };
    let command = Command::Upload {
        file_type,
        delay_seconds: 0,
    };
    queue(&context, &principal, id, command).await
}

async fn queue(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    command: Command,
) -> Result<Response, Problem> {
    let lifetime = operate::DEFAULT_LIFETIME_SECONDS;
    operate::queue(context, principal, id, command, lifetime).await?;
    Ok(go(&format!("/acs/devices/{id}/tasks")))
}
