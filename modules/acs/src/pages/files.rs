//! `/acs/files`, and the page that takes a new one

mod export;

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_console::export::Format;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Problem};

use super::{allowed, cursor, render};
use crate::context::Context;
use crate::flows::{census, deliver, files};
use crate::model::file::{DOWNLOAD_TYPES, File, UPLOAD_TYPES};
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::store::file::FileFilter;

/// Files are counted up to here.
const MOST_COUNTED: i64 = 1_000;

#[derive(Template)]
#[template(path = "files.html")]
struct FilesPage {
    page: Page,
    list: Listing,
    rows: Vec<File>,
    total: Matches,
    next: Option<String>,
    types: Vec<(&'static str, String)>,
    classes: Vec<(String, String)>,
    origins: Vec<(&'static str, String)>,
    senders: HashMap<DeviceId, String>,
    chips: Vec<(String, String, String)>,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("acs.files.title");
    let list = listing(&page);
    let filter = filter_of(&list);
    let after = cursor(list.get("after"))?;
    if list.file().is_some() {
        // Once a file has begun it can no longer be refused.
        allowed(&principal, &permissions::FILE_READ)?;
        return Ok(export::files(context, principal, filter));
    }
    let found = files::list(&context, &principal, &filter, after, Limit::default()).await?;
    let counted = files::count(&context, &principal, &filter, MOST_COUNTED + 1).await?;
    let total = Matches::counted(counted, MOST_COUNTED);
    let senders = deliver::senders(&context, &principal, &found.items).await?;
    let summary = census::summary(&context, &principal).await?;
    let word = |key: &str| page.t(key).to_string();
    render(&FilesPage {
        types: types(),
        classes: classes(&list, summary.classes.iter().map(|(class, _)| class)),
        origins: vec![
            ("people", word("acs.files.by_people")),
            ("devices", word("acs.files.by_devices")),
        ],
        chips: chips(&list, &page),
        senders,
        rows: found.items,
        next: found.next,
        total,
        list,
        page,
    })
}

fn listing(page: &Page) -> Listing {
    let column = |name, key| (name, page.t(key).to_string());
    let columns = [
        column("hardware", "acs.files.hardware"),
        column("sha256", "acs.files.sha256"),
    ];
    let list = page.listing("-uploaded").offering(columns);
    list.kept_as(&[Format::Csv])
}

/// What the address asks for.
fn filter_of(list: &Listing) -> FileFilter {
    let text = |name: &str| list.get(name).map(str::to_owned);
    FileFilter {
        name_prefix: text("q"),
        file_type: text("type"),
        product_class: text("product_class"),
        by_devices: list.get("from").map(|from| from == "devices"),
        device: list
            .get("device")
            .and_then(|device| device.parse().ok())
            .map(DeviceId),
        ..FileFilter::default()
    }
}

/// Every type that files have, as CWMP spells it.
fn types() -> Vec<(&'static str, String)> {
    let more = UPLOAD_TYPES
        .into_iter()
        .filter(|known| !DOWNLOAD_TYPES.contains(known));
    let types = DOWNLOAD_TYPES.into_iter().chain(more);
    types.map(|known| (known, known.to_owned())).collect()
}

/// The product classes of most devices, and the one that is asked for.
fn classes<'a>(
    list: &Listing,
    frequent: impl Iterator<Item = &'a String>,
) -> Vec<(String, String)> {
    let mut classes: Vec<String> = frequent
        .filter(|class| !class.is_empty())
        .cloned()
        .collect();
    if let Some(asked) = list.get("product_class")
        && !classes.iter().any(|class| class == asked)
    {
        classes.push(asked.to_owned());
    }
    classes
        .into_iter()
        .map(|class| (class.clone(), class))
        .collect()
}

/// The filters in force that have no field of their own in the bar.
fn chips(list: &Listing, page: &Page) -> Vec<(String, String, String)> {
    let odd = |name: &str, value: &str| {
        name == "device" || (name == "type" && !types().iter().any(|(known, _)| *known == value))
    };
    list.filters()
        .filter(|(name, value)| odd(name, value))
        .map(|(name, value)| {
            let label = page.t(&format!("acs.files.{name}")).to_string();
            (name.to_owned(), label, value.to_owned())
        })
        .collect()
}

impl FilesPage {
    /// The serial number of a device that sent a file.
    fn sender(&self, device: &DeviceId) -> &str {
        self.senders.get(device).map_or("", String::as_str)
    }
}

#[derive(Template)]
#[template(path = "file_new.html")]
struct NewPage {
    page: Page,
    types: Vec<(&'static str, &'static str)>,
    max_bytes: u64,
}

pub(super) async fn new(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    allowed(&principal, &permissions::FILE_WRITE)?;
    let page = page.headed("acs.files.new");
    let files = page.t("acs.files.title").to_string();
    render(&NewPage {
        page: page.below(files, "/acs/files"),
        types: DOWNLOAD_TYPES.map(|known| (known, known)).to_vec(),
        max_bytes: context.settings.files.max_bytes,
    })
}
