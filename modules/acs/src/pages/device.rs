//! `/acs/devices/{id}` and its parts

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_console::history::Happening;
use regia_console::listing::{Listing, Matches};
use regia_console::tree::{Leaf, Row, rows};
use regia_store::page::Limit;
use regia_web::{Caller, Path, Problem, Query};
use serde::Deserialize;

use super::frame::DeviceFrame;
use super::parameter;
use super::tasks::{self, TaskRow};
use super::{cursor, render};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::inspect;
use crate::model::device::Device;
use crate::model::identity::DeviceId;
use crate::model::tree::{Node, Tree};
use crate::rules::popular::{self, Host};
use crate::rules::secrecy::MASK;
use crate::store::task::TaskFilter;
use crate::store::timeline::Entry;

#[derive(Template)]
#[template(path = "device_overview.html")]
struct OverviewPage {
    page: Page,
    frame: DeviceFrame,
    common: Vec<Field>,
    hosts: Vec<Host>,
    tags: String,
}

/// A common setting, ready to show.
struct Field {
    label: &'static str,
    path: String,
    text: String,
    uptime: Option<u64>,
    secret: bool,
    writable: bool,
}

pub(super) async fn overview(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let tree = inspect::tree(&context, &principal, id).await?;
    let common = popular::common(&tree).iter().map(field).collect();
    let hosts = popular::hosts(&tree);
    let tags = device.tags.join(", ");
    let (page, frame) = framed(&context, &principal, page, device).await?;
    render(&OverviewPage {
        page,
        frame,
        common,
        hosts,
        tags,
    })
}

fn field(common: &popular::Common<'_>) -> Field {
    let text = shown(common.node);
    let uptime = (common.label == "acs.common.uptime")
        .then(|| text.parse().ok())
        .flatten();
    Field {
        label: common.label,
        path: common.path.to_owned(),
        uptime,
        text,
        secret: is_secret(common.node),
        writable: common.node.writable == Some(true),
    }
}

pub(super) fn is_secret(node: &Node) -> bool {
    node.value.as_ref().is_some_and(|value| value.sealed)
}

/// A value as it may be shown.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        Some(value) if value.sealed => MASK.to_owned(),
        Some(value) => value.text.clone(),
        None => String::new(),
    }
}

/// A device's page knows whether the device was handed to whoever looks, and offers what that allows.
pub(super) async fn framed(
    context: &Context,
    principal: &Principal,
    page: Page,
    device: Device,
) -> Result<(Page, DeviceFrame), AcsError> {
    let level = inspect::handed_level(context, principal, device.id).await?;
    let page = page.handed(level).titled(&device.identity.serial_number);
    let devices = page.t("acs.devices").to_string();
    let page = page.below(devices, "/acs/devices");
    let frame = DeviceFrame::new(device, &page);
    Ok((page, frame))
}

#[derive(Template)]
#[template(path = "device_parameters.html")]
struct ParametersPage {
    page: Page,
    frame: DeviceFrame,
    list: Listing,
    rows: Vec<Row>,
    search: String,
    shown: usize,
    total: usize,
    fewer_past: bool,
}

/// Parameters on one page: a tree of this size is still a quick page.
const MAX_SHOWN: usize = 2_000;

/// What a person looks for in a tree.
#[derive(Debug, Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

pub(super) async fn parameters(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(Search { q: search }): Query<Search>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let tree = inspect::tree(&context, &principal, id).await?;
    let history = inspect::histories(&context, &principal, id).await?;
    let mut leaves = leaves(&tree, &search.to_lowercase());
    let total = leaves.len();
    leaves.truncate(MAX_SHOWN);
    let fewer_past = parameter::add_past(&mut leaves, &tree, &history);
    let shown = total.min(MAX_SHOWN);
    // Matches are shown open, the whole tree closed below its first level.
    let levels = if search.is_empty() { 1 } else { usize::MAX };
    let rows = rows(leaves, levels);
    let (page, frame) = framed(&context, &principal, page, device).await?;
    render(&ParametersPage {
        list: page.listing(""),
        page,
        frame,
        rows,
        search,
        shown,
        total,
        fewer_past,
    })
}

fn leaves(tree: &Tree, search: &str) -> Vec<Leaf> {
    tree.nodes
        .iter()
        .filter(|(path, _)| !path.ends_with('.'))
        .filter(|(path, node)| inspect::matches(path, node, search))
        .map(|(path, node)| Leaf {
            path: path.clone(),
            value: shown(node),
            kind: node
                .value
                .as_ref()
                .map(|value| value.kind.clone())
                .unwrap_or_default(),
            writable: node.writable == Some(true),
            hidden: is_secret(node),
            ..Leaf::default()
        })
        .collect()
}

#[derive(Template)]
#[template(path = "device_tasks.html")]
struct DeviceTasksPage {
    page: Page,
    frame: DeviceFrame,
    list: Listing,
    rows: Vec<TaskRow>,
    total: Matches,
    next: Option<String>,
    with_device: bool,
}

pub(super) async fn tasks(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let list = page.listing("-created");
    let filter = TaskFilter {
        device: Some(id),
        ..TaskFilter::default()
    };
    let after = cursor(list.get("after"))?;
    let found = inspect::tasks(&context, &principal, &filter, after, Limit::default()).await?;
    let total = tasks::total(&context, &principal, &filter).await?;
    let (page, frame) = framed(&context, &principal, page, device).await?;
    let rows = tasks::rows(&context, &principal, found.items, &page).await?;
    render(&DeviceTasksPage {
        page,
        frame,
        list,
        rows,
        total,
        next: found.next,
        with_device: false,
    })
}

#[derive(Template)]
#[template(path = "device_timeline.html")]
struct TimelinePage {
    page: Page,
    frame: DeviceFrame,
    list: Listing,
    happenings: Vec<Happening>,
    next: Option<String>,
}

pub(super) async fn timeline(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let list = page.listing("-happened");
    let after = cursor(list.get("after"))?;
    let found = inspect::timeline(&context, &principal, id, after, Limit::default()).await?;
    let (page, frame) = framed(&context, &principal, page, device).await?;
    let happenings = found
        .items
        .iter()
        .map(|entry| happening(entry, &page))
        .collect();
    render(&TimelinePage {
        page,
        frame,
        list,
        happenings,
        next: found.next,
    })
}

fn happening(entry: &Entry, page: &Page) -> Happening {
    let text = |name: &str| entry.detail.get(name).and_then(|value| value.as_str());
    let (tone, icon) = match entry.kind.as_str() {
        "registered" => ("info", "device"),
        "quarantined" | "task_uncertain" => ("warn", "warn"),
        "task_done" => ("ok", "ok"),
        "task_failed" => ("bad", "bad"),
        _ => ("idle", "clock"),
    };
    let command = text("command").map(|name| page.t(&format!("acs.command.{name}")).to_string());
    let key = format!("acs.happened.{}", entry.kind);
    let title = page
        .t(&key)
        .arg("command", command.unwrap_or_default())
        .to_string();
    let events = entry
        .detail
        .get("events")
        .and_then(|events| events.as_array());
    let events = events
        .into_iter()
        .flatten()
        .filter_map(|event| event.as_str());
    let fault = entry
        .detail
        .get("fault")
        .and_then(|fault| fault.get("text"));
    let detail = fault
        .and_then(|fault| fault.as_str())
        .or_else(|| text("text"))
        .or_else(|| text("from"));
    let detail = match detail {
        Some(detail) => page.reason(detail),
        None => events.collect::<Vec<_>>().join(", "),
    };
    Happening {
        at: entry.happened_at,
        tone,
        icon,
        title,
        detail,
        href: None,
    }
}
