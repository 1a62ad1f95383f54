//! `/acs/devices`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_console::export::Format;
use regia_console::listing::{Listing, Matches};
use regia_store::page::{Limit, Page as Found};
use regia_web::{Caller, Problem};

use super::bulk_new::BULK_KINDS;
use super::indexed::said;
use super::{allowed, cursor, export, frame, render, searches};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::index;
use crate::flows::inspect::{self, Part};
use crate::model::device::{Device, Standing};
use crate::model::index::{IndexState, Match, ParameterFilter};
use crate::permissions;
use crate::store::device::{DeviceFilter, Sort};

/// Devices are counted up to here.
const MOST_COUNTED: i64 = 10_000;

/// Filters that have no choice in the bar and stay in force when another is set.
const KEPT: [&str; 5] = [
    "oui",
    "manufacturer",
    "product_class",
    "software_version",
    "tag",
];

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    total: Matches,
    next: Option<String>,
    states: Vec<(&'static str, String)>,
    standings: Vec<(&'static str, String)>,
    doubles: Vec<(&'static str, String)>,
    chips: Vec<(String, String, String)>,
    /// What whoever looks may do with a selection.
    bulk_kinds: Vec<(&'static str, &'static str)>,
    /// Indexed parameters, and the ways to compare.
    parameters: Vec<(String, String)>,
    ways: [(&'static str, String); 2],
    /// Why the parameter cannot be searched, and where it can.
    refused: Option<(String, String)>,
}

struct Row {
    device: Device,
    tone: &'static str,
    state: &'static str,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("acs.devices");
    let list = listing(&page);
    let filter = filter_of(&list);
    let (sort, after) = (sort_of(&list), cursor(list.get("after"))?);
    if list.file().is_some() {
        // Once a file has begun it can no longer be refused.
        allowed(&principal, &permissions::DEVICE_READ)?;
        return Ok(export::devices(context, principal, filter, sort));
    }
    let part = Part {
        sort,
        after,
        limit: Limit::default(),
    };
    let (found, total, refused) = match find(&context, &principal, &filter, part).await {
        Ok((found, total)) => (found, total, None),
        Err(error @ (AcsError::NotIndexed(_) | AcsError::IndexState(..))) => {
            let none = Found {
                items: Vec::new(),
                next: None,
            };
            let refused = (said(&page, error), background(&list));
            (none, Matches::Exactly(0), Some(refused))
        }
        Err(error) => return Err(error.into()),
    };
    // Whoever has single devices in their hands only has no indexes.
    let parameters = match allowed(&principal, &permissions::INDEX_READ) {
        Ok(()) => parameters(&context, &principal, &page).await?,
        Err(_) => Vec::new(),
    };
    let row = |device: Device| {
        let (tone, state) = frame::state(&device, &page);
        Row {
            device,
            tone,
            state,
        }
    };
    let rows = found.items.into_iter().map(row).collect();
    let word = |key: &str| page.t(key).to_string();
    render(&DevicesPage {
        states: vec![
            ("true", word("acs.state.online")),
            ("false", word("acs.state.offline")),
        ],
        doubles: vec![("true", word("acs.twin.suspected"))],
        standings: Standing::ALL
            .map(|standing| {
                (
                    standing.as_str(),
                    word(&format!("acs.standing.{}", standing.as_str())),
                )
            })
            .to_vec(),
        chips: chips(&list, &page),
        bulk_kinds: BULK_KINDS
            .into_iter()
            .filter(|(_, _, permission)| page.may(permission))
            .map(|(kind, label, _)| (kind, label))
            .collect(),
        parameters,
        ways: searches::ways(&page),
        refused,
        next: found.next,
        rows,
        total,
        list,
        page,
    })
}

fn listing(page: &Page) -> Listing {
    let column = |name, key| (name, page.t(key).to_string());
    let columns = [
        column("registered", "acs.list.registered"),
        column("tags", "acs.list.tags"),
    ];
    let list = page.listing("-registered").offering(columns);
    list.kept_as(&[Format::Csv])
}

/// A page of devices, and how many there are in all.
async fn find(
    context: &Context,
    principal: &Principal,
    filter: &DeviceFilter,
    part: Part,
) -> Result<(Found<Device>, Matches), AcsError> {
    let found = inspect::devices(context, principal, filter, part).await?;
    let counted = inspect::count(context, principal, filter, MOST_COUNTED + 1).await?;
    Ok((found, Matches::counted(counted, MOST_COUNTED)))
}

/// The indexed parameters, for a choice.
async fn parameters(
    context: &Context,
    principal: &Principal,
    page: &Page,
) -> Result<Vec<(String, String)>, AcsError> {
    let indexed = index::list(context, principal).await?;
    let ready = indexed
        .into_iter()
        .filter(|one| one.state == IndexState::Ready);
    let any = (String::new(), page.t("console.list.any").to_string());
    Ok(std::iter::once(any)
        .chain(ready.map(|one| (one.path.clone(), one.path)))
        .collect())
}

/// Where a parameter that is no filter is searched.
fn background(list: &Listing) -> String {
    Listing::new("/acs/searches", "", "").link(&[
        ("path", list.get("parameter")),
        ("matching", list.get("matching")),
        ("value", list.get("value")),
    ])
}

/// What the address asks for.
pub(super) fn filter_of(list: &Listing) -> DeviceFilter {
    let text = |name: &str| list.get(name).map(str::to_owned);
    DeviceFilter {
        serial: None,
        serial_prefix: text("q"),
        oui: text("oui"),
        manufacturer: text("manufacturer"),
        product_class: text("product_class"),
        software_version: text("software_version"),
        tag: text("tag"),
        standing: list.get("standing").and_then(Standing::parse),
        online: list.get("online").map(|value| value == "true"),
        doubled: list.is("doubled", "true"),
        parameter: parameter_of(list),
    }
}

/// The indexed parameter that is asked for; none without a value.
fn parameter_of(list: &Listing) -> Option<ParameterFilter> {
    Some(ParameterFilter {
        path: list.get("parameter")?.to_owned(),
        matching: Match::parse(list.value("matching")),
        value: list.get("value")?.to_owned(),
    })
}

fn sort_of(list: &Listing) -> Sort {
    if list.sort().0 == "serial" {
        Sort::Serial
    } else {
        Sort::Newest
    }
}

/// The filters in force that have no field of their own in the bar.
fn chips(list: &Listing, page: &Page) -> Vec<(String, String, String)> {
    let parameter = parameter_of(list).map(|wanted| {
        let matching = format!("acs.search.match.{}", wanted.matching.as_str());
        let label = format!("{} {}", wanted.path, page.t(&matching));
        ("parameter matching value".to_owned(), label, wanted.value)
    });
    let others = [
        ("oui", "acs.device.oui"),
        ("manufacturer", "acs.list.manufacturer"),
        ("product_class", "acs.list.product_class"),
        ("software_version", "acs.list.software"),
        ("tag", "acs.list.tag"),
    ]
    .into_iter()
    .filter_map(|(name, label)| {
        Some((
            name.to_owned(),
            page.t(label).to_string(),
            list.get(name)?.to_owned(),
        ))
    });
    parameter.into_iter().chain(others).collect()
}
