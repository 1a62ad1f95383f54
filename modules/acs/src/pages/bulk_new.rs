//! `/acs/tasks/bulks/new`: what to do with many devices, and what it will change

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::{Permission, Principal};
use regia_console::Page;
use regia_console::history::Change;
use regia_web::{Caller, Form, Problem, Query};
use serde::Deserialize;

use super::{allowed, go, render, selected};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::bulk::{self, Wish};
use crate::flows::{inspect, many, operate};
use crate::model::bulk::{BulkId, MAX_DEVICES, Selection};
use crate::model::command::{Assignment, Command};
use crate::model::device::Device;
use crate::model::identity::DeviceId;
use crate::model::tree::Tree;
use crate::permissions;
use crate::rules::secrecy::MASK;
use crate::store::device::DeviceFilter;

/// What can be done with a selection, with the message on its button, and what it takes.
pub(super) const BULK_KINDS: [(&str, &str, Permission); 5] = [
    ("refresh", "acs.list.refresh", permissions::BULK_RUN),
    ("reboot", "acs.list.reboot", permissions::BULK_RUN),
    ("set", "acs.bulk.set", permissions::BULK_RUN),
    ("move", "acs.many.move.button", permissions::DEVICE_MOVE),
    ("hand", "acs.many.hand.open", permissions::DEVICE_GRANT),
];

/// Devices whose values are shown before a bulk begins: each tree is read.
const SHOWN: usize = 20;

/// Parameters that one form sets.
const ROWS: usize = 4;

/// A selection, a command, and perhaps its values and how many devices were confirmed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Draft {
    kind: String,
    #[serde(default)]
    id: Vec<DeviceId>,
    /// The filters of the list, when every row that matches is meant.
    matching: Option<String>,
    #[serde(default)]
    path: Vec<String>,
    #[serde(default)]
    value: Vec<String>,
    #[serde(default, rename = "type")]
    types: Vec<String>,
    #[serde(default)]
    confirmation: String,
}

impl Draft {
    fn selection(&self) -> Selection<DeviceFilter> {
        selected::selection(&self.id, self.matching.as_deref())
    }

    /// Path, value and type of each row that names a parameter.
    fn rows(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.path.iter().enumerate().filter_map(|(at, path)| {
            let path = path.trim();
            let value = self.value.get(at).map_or("", String::as_str);
            let kind = self.types.get(at).map_or("", String::as_str);
            (!path.is_empty()).then_some((path, value, kind))
        })
    }

    fn command(&self) -> Result<Command, AcsError> {
        let assignment = |(path, value, kind): (&str, &str, &str)| Assignment {
            path: path.to_owned(),
            value: value.to_owned(),
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            sealed: false,
        };
        let command = match self.kind.as_str() {
            "refresh" => Command::Refresh {
                path: String::new(),
            },
            "reboot" => Command::Reboot {},
            "set" => Command::Set {
                values: self.rows().map(assignment).collect(),
            },
            _ => return Err(AcsError::Field("kind", "refresh, reboot or set")),
        };
        bulk::check(&command)?;
        Ok(command)
    }

    /// The address at which this selection is looked at again.
    fn address(&self) -> String {
        let devices = selected::query(&self.id, self.matching.as_deref());
        match self.kind.as_str() {
            "move" | "hand" => format!("/acs/devices/{}?{devices}", self.kind),
            kind => format!(
                "/acs/tasks/bulks/new?kind={}&{devices}",
                selected::encoded(kind)
            ),
        }
    }
}

type Shared = State<Arc<Context>>;

/// What the buttons below a list post: the next page has an address of its own.
pub(super) async fn choose(
    State(context): Shared,
    Caller(principal): Caller,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    if draft.kind != "refresh" {
        return Ok(go(&draft.address()));
    }
    // Reading changes nothing: no questions.
    begun(&start(&context, &principal, &draft, None).await?)
}

fn begun(id: &BulkId) -> Result<Response, Problem> {
    Ok(go(&format!("/acs/tasks/bulks/{id}")))
}

async fn start(
    context: &Context,
    principal: &Principal,
    draft: &Draft,
    expected: Option<usize>,
) -> Result<BulkId, AcsError> {
    let wish = Wish {
        command: draft.command()?,
        selection: draft.selection(),
        expected,
        lifetime_seconds: operate::DEFAULT_LIFETIME_SECONDS,
    };
    bulk::begin(context, principal, wish).await
}

#[derive(Template)]
#[template(path = "bulk_new.html")]
struct NewPage {
    page: Page,
    draft: Draft,
    /// How many devices are selected; nothing when they are too many.
    count: Option<usize>,
    /// What to fill in, before anything is shown.
    rows: Vec<(usize, String, String, String)>,
    types: Vec<(&'static str, String)>,
    shown: Option<Shown>,
    most: usize,
}

/// What a command will change.
struct Shown {
    devices: Vec<Device>,
    changes: Vec<Change>,
    same: usize,
    unknown: usize,
}

/// How many devices are meant; nothing when they are too many, 0 when there are none.
async fn counted(
    context: &Context,
    principal: &Principal,
    draft: &Draft,
) -> Result<Option<Vec<DeviceId>>, AcsError> {
    let ids = many::numbers(context, principal, draft.selection(), MAX_DEVICES).await?;
    if ids.len() > MAX_DEVICES {
        return Ok(None);
    }
    Ok(Some(many::seen(context, principal, &ids).await?))
}

pub(super) async fn ask(
    State(context): Shared,
    Caller(principal): Caller,
    Query(draft): Query<Draft>,
    page: Page,
) -> Result<Response, Problem> {
    allowed(&principal, &permissions::BULK_RUN)?;
    let ids = counted(&context, &principal, &draft).await?;
    let shown = match &ids {
        Some(ids) if draft.kind != "set" && !ids.is_empty() => {
            let first = ids.get(..SHOWN.min(ids.len())).unwrap_or_default();
            let devices = bulk::sample(&context, &principal, first).await?;
            Some(Shown {
                devices,
                changes: Vec::new(),
                same: 0,
                unknown: 0,
            })
        }
        _ => None,
    };
    show(page, draft, ids.map(|ids| ids.len()), shown)
}

pub(super) async fn preview(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    allowed(&principal, &permissions::BULK_RUN)?;
    let command = draft.command()?;
    let ids = bulk::targets(&context, &principal, draft.selection()).await?;
    let first = ids.get(..SHOWN.min(ids.len())).unwrap_or_default();
    let devices = bulk::sample(&context, &principal, first).await?;
    let mut trees = HashMap::new();
    for device in &devices {
        trees.insert(
            device.id,
            inspect::tree(&context, &principal, device.id).await?,
        );
    }
    let shown = changes(&context, &command, devices, &trees);
    show(page, draft, Some(ids.len()), Some(shown))
}

fn show(
    page: Page,
    draft: Draft,
    count: Option<usize>,
    shown: Option<Shown>,
) -> Result<Response, Problem> {
    let devices = page.t("acs.devices").to_string();
    let title = format!("acs.bulk.new_{}", draft.kind);
    let page = page.headed(&title).below(devices, "/acs/devices");
    let row = |at: usize| {
        let of = |list: &[String]| list.get(at).cloned().unwrap_or_default();
        (at + 1, of(&draft.path), of(&draft.value), of(&draft.types))
    };
    let rows = (0..ROWS.max(draft.path.len())).map(row).collect();
    let mut types = vec![("", page.t("acs.bulk.type_seen").to_string())];
    types.extend(TYPES.map(|kind| (kind, kind.to_owned())));
    render(&NewPage {
        rows,
        types,
        shown,
        count,
        draft,
        page,
        most: MAX_DEVICES,
    })
}

/// The types that settings have in practice (TR-106 3.2).
const TYPES: [&str; 5] = ["string", "boolean", "unsignedInt", "int", "dateTime"];

/// Old and new value of each device, as far as the old one is known.
fn changes(
    context: &Context,
    command: &Command,
    devices: Vec<Device>,
    trees: &HashMap<DeviceId, Tree>,
) -> Shown {
    let values: &[Assignment] = match command {
        Command::Set { values } => values,
        _ => &[],
    };
    let mut shown = Shown {
        devices: Vec::new(),
        changes: Vec::new(),
        same: 0,
        unknown: 0,
    };
    for device in &devices {
        for value in values {
            let known = trees
                .get(&device.id)
                .and_then(|tree| tree.nodes.get(&value.path));
            let known = known.and_then(|node| node.value.as_ref());
            match known {
                Some(known)
                    if context
                        .secrecy
                        .same(device.id, &value.path, known, &value.value) =>
                {
                    shown.same += 1;
                }
                Some(_) => {}
                None => shown.unknown += 1,
            }
            let secret = context.secrecy.covers(&value.path);
            let mask = |text: &str| {
                if secret {
                    MASK.to_owned()
                } else {
                    text.to_owned()
                }
            };
            shown.changes.push(Change {
                name: format!("{} · {}", device.identity.serial_number, value.path),
                before: known.map(|known| mask(&known.text)),
                after: Some(mask(&value.value)),
            });
        }
    }
    shown.devices = devices;
    shown
}

pub(super) async fn begin(
    State(context): Shared,
    Caller(principal): Caller,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let Ok(expected) = draft.confirmation.trim().parse() else {
        let reason = "type the number of devices";
        return Err(AcsError::Field("confirmation", reason).into());
    };
    begun(&start(&context, &principal, &draft, Some(expected)).await?)
}
