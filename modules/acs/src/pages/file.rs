//! `/acs/files/{id}`: what a file is, whom it fits, who has it

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::tasks::TaskRow;
use super::{cursor, go, render};
use crate::context::Context;
use crate::flows::files::{self, Fitting};
use crate::flows::{deliver, inspect};
use crate::model::file::{File, FileId};

#[derive(Template)]
#[template(path = "file.html")]
struct FilePage {
    page: Page,
    list: Listing,
    file: File,
    /// Whose it is: the serial number of the device that sent it.
    sender: String,
    wanted: bool,
    /// Lists of devices that run the version: name and address.
    running: Vec<(String, String)>,
    rows: Vec<TaskRow>,
    next: Option<String>,
    classes: String,
    hardware: String,
}

impl FilePage {
    fn action(&self, verb: &str) -> String {
        format!("/acs/files/{}/{verb}", self.file.id)
    }
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
    page: Page,
) -> Result<Response, Problem> {
    let file = files::get(&context, &principal, id).await?;
    let page = page.titled(&file.draft.name);
    let title = page.t("acs.files.title").to_string();
    let page = page.below(title, "/acs/files");
    let list = page.listing("-created");
    let after = cursor(list.get("after"))?;
    let found = deliver::of_file(&context, &principal, id, after, Limit::default()).await?;
    let sender = match file.draft.device {
        Some(device) => {
            let device = inspect::device(&context, &principal, device).await?;
            device.identity.serial_number
        }
        None => String::new(),
    };
    let rows = found.items.into_iter();
    let rows = rows.map(|shipment| TaskRow::shipped(shipment, &page));
    render(&FilePage {
        rows: rows.collect(),
        running: running(&file, &page),
        wanted: files::is_wanted(&context, &principal, id).await?,
        sender,
        classes: file.draft.product_classes.join(", "),
        hardware: file.draft.hardware_versions.join(", "),
        next: found.next,
        list,
        file,
        page,
    })
}

/// The lists of devices that run the file's version, one for each product class that it fits.
fn running(file: &File, page: &Page) -> Vec<(String, String)> {
    let draft = &file.draft;
    if draft.target_version.is_empty() {
        return Vec::new();
    }
    let exact = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let all = format!(
        "/acs/devices?software_version={}",
        exact(&draft.target_version)
    );
    if draft.product_classes.is_empty() {
        return vec![(page.t("acs.files.all_running").to_string(), all)];
    }
    let of = |class: &String| {
        let list = format!("{all}&product_class={}", exact(class));
        (class.clone(), list)
    };
    draft.product_classes.iter().map(of).collect()
}

/// Whom a file fits, as a form says it: lists are separated by commas.
#[derive(Debug, Deserialize)]
pub(super) struct FittingForm {
    version: String,
    oui: String,
    product_class: String,
    hardware_version: String,
}

fn listed(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) async fn change(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
    Form(form): Form<FittingForm>,
) -> Result<Response, Problem> {
    let fitting = Fitting {
        target_version: Some(form.version.trim().to_owned()),
        oui: Some(form.oui.trim().to_owned()),
        product_classes: Some(listed(&form.product_class)),
        hardware_versions: Some(listed(&form.hardware_version)),
    };
    files::change(&context, &principal, id, fitting).await?;
    Ok(go(&format!("/acs/files/{id}")))
}

pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
) -> Result<Response, Problem> {
    files::delete(&context, &principal, id).await?;
    Ok(go("/acs/files"))
}
