//! The console's screens of this module.

mod access;
mod bulk_new;
mod bulks;
mod charts;
mod device;
mod devices;
mod export;
mod file;
mod files;
mod find;
mod frame;
mod home;
mod imports;
mod indexed;
mod many;
mod many_hand;
mod many_move;
#[cfg(test)]
mod offered;
mod onboarding;
mod parameter;
mod rpc;
mod searches;
mod selected;
mod send;
mod shipments;
mod tasks;
mod trace;
mod twins;
mod verbs;
#[cfg(test)]
mod words;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use regia_access::{Permission, Principal};
use regia_console::answer::{go, render};
use regia_console::locale::Locale;
use regia_console::messages::MessageFile;
use regia_console::navigation::NavItem;
use regia_web::limit;

use crate::api::cursor;
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::task::TaskState;
use crate::permissions;

pub use find::ACTIONS;
pub(crate) use find::devices as find_devices;

/// The module's pages.
pub fn router(context: Arc<Context>) -> Router {
    Router::new()
        .route("/acs", get(home::show))
        .route(
            "/acs/devices",
            get(devices::show).layer(from_fn(limit::export)),
        )
        .route(
            "/acs/tasks/bulks",
            get(bulks::list)
                .post(bulk_new::begin)
                .layer(from_fn(limit::bulk)),
        )
        .route("/acs/tasks/bulks/choose", post(bulk_new::choose))
        .route("/acs/tasks/bulks/new", get(bulk_new::ask))
        .route("/acs/tasks/bulks/preview", post(bulk_new::preview))
        .route("/acs/tasks/bulks/{id}", get(bulks::show))
        .route("/acs/tasks/bulks/{id}/stop", post(bulks::stop))
        .route(
            "/acs/tasks/bulks/{id}/retry",
            post(bulks::retry).layer(from_fn(limit::bulk)),
        )
        .merge(of_many_devices())
        .route(
            "/acs/devices/imports",
            get(imports::list)
                .post(imports::upload)
                .layer(from_fn(limit::bulk)),
        )
        .route(
            "/acs/devices/imports/paste",
            post(imports::paste).layer(from_fn(limit::bulk)),
        )
        .route(
            "/acs/devices/imports/{id}",
            get(imports::show).layer(from_fn(limit::export)),
        )
        .route("/acs/devices/imports/{id}/apply", post(imports::apply))
        .route("/acs/devices/imports/{id}/stop", post(imports::stop))
        .route("/acs/devices/imports/{id}/discard", post(imports::discard))
        .route(
            "/acs/onboarding",
            get(onboarding::show).post(onboarding::choose),
        )
        .route("/acs/files", get(files::show).layer(from_fn(limit::export)))
        .route("/acs/files/new", get(files::new))
        .route("/acs/files/{id}", get(file::show))
        .route("/acs/files/{id}/content", get(crate::api::file_content))
        .route("/acs/files/{id}/edit", post(file::change))
        .route("/acs/files/{id}/delete", post(file::delete))
        .route("/acs/tasks", get(tasks::show))
        .route("/acs/tasks/{id}/cancel", post(verbs::cancel))
        .route("/acs/tasks/{id}/retry", post(verbs::retry))
        .route("/acs/tasks/{id}/settle", post(verbs::settle))
        .route(
            "/acs/searches",
            get(searches::list)
                .post(searches::start)
                .layer(from_fn(limit::bulk)),
        )
        .route("/acs/searches/indexed", get(indexed::show))
        .route("/acs/searches/indexed/mark", post(indexed::mark))
        .route("/acs/searches/indexed/unmark", post(indexed::unmark))
        .route(
            "/acs/searches/{id}",
            get(searches::one).layer(from_fn(limit::export)),
        )
        .route("/acs/searches/{id}/cancel", post(searches::cancel))
        .merge(of_device())
        .with_state(context)
}

/// What is done to many devices at once by the rows about them.
fn of_many_devices() -> Router<Arc<Context>> {
    let places = post(many_move::place).layer(from_fn(limit::bulk));
    let hands = post(many_hand::hand).layer(from_fn(limit::bulk));
    let backs = post(many_hand::take_back).layer(from_fn(limit::bulk));
    Router::new()
        .route("/acs/devices/move", places.get(many_move::ask))
        .route("/acs/devices/hand", hands.get(many_hand::ask))
        .route("/acs/devices/take-back", backs.get(many_hand::ask_back))
}

/// The parts of one device, and what can be asked of it.
fn of_device() -> Router<Arc<Context>> {
    Router::new()
        .route("/acs/devices/{id}/twins", get(twins::show))
        .route("/acs/devices/{id}/merge", post(twins::merge))
        .route("/acs/devices/{id}/distinct", post(twins::distinct))
        .route("/acs/devices/{id}", get(device::overview))
        .route("/acs/devices/{id}/parameters", get(device::parameters))
        .route("/acs/devices/{id}/parameters/edit", get(parameter::edit))
        .route("/acs/devices/{id}/tasks", get(device::tasks))
        .route("/acs/devices/{id}/timeline", get(device::timeline))
        .route("/acs/devices/{id}/refresh", post(verbs::refresh))
        .route("/acs/devices/{id}/reboot", post(verbs::reboot))
        .route(
            "/acs/devices/{id}/factory-reset",
            post(verbs::factory_reset),
        )
        .route("/acs/devices/{id}/set", post(verbs::set))
        .route("/acs/devices/{id}/reveal", post(parameter::reveal))
        .route("/acs/devices/{id}/notify", post(parameter::notify))
        .route("/acs/devices/{id}/attributes", post(parameter::attributes))
        .route("/acs/devices/{id}/rpc", post(rpc::send))
        .route("/acs/devices/{id}/trace", get(trace::show))
        .route("/acs/devices/{id}/trace/message", get(trace::message))
        .route("/acs/devices/{id}/trace/text", get(trace::text))
        .route("/acs/devices/{id}/trace/start", post(trace::start))
        .route("/acs/devices/{id}/trace/stop", post(trace::stop))
        .route("/acs/devices/{id}/access", get(access::show))
        .route("/acs/devices/{id}/move", post(access::place))
        .route("/acs/devices/{id}/hand", post(access::hand))
        .route("/acs/devices/{id}/take-back", post(access::take_back))
        .route("/acs/devices/{id}/annotate", post(verbs::annotate))
        .route("/acs/devices/{id}/retire", post(verbs::retire))
        .route("/acs/devices/{id}/readmit", post(verbs::readmit))
        .route("/acs/devices/{id}/delete", post(verbs::delete))
        .route("/acs/devices/{id}/upgrade", get(send::upgrade))
        .route("/acs/devices/{id}/send", get(send::others).post(send::send))
        .route("/acs/devices/{id}/fetch", post(send::fetch))
}

/// The module's words.
pub const MESSAGES: [MessageFile; 3] = [
    (Locale::En, include_str!("../messages/en.toml")),
    (Locale::It, include_str!("../messages/it.toml")),
    (Locale::It, include_str!("../messages/faults.it.toml")),
];

/// The module's part of the rail.
pub const NAVIGATION: [NavItem; 5] = [
    NavItem {
        section: "acs.section",
        label: "acs.home.title",
        href: "/acs",
        icon: "overview",
        permission: Some(permissions::OVERVIEW_READ),
    },
    NavItem {
        section: "acs.section",
        label: "acs.devices",
        href: "/acs/devices",
        icon: "device",
        permission: Some(permissions::DEVICE_READ),
    },
    NavItem {
        section: "acs.section",
        label: "acs.tasks",
        href: "/acs/tasks",
        icon: "task",
        permission: Some(permissions::TASK_READ),
    },
    NavItem {
        section: "acs.section",
        label: "acs.files.title",
        href: "/acs/files",
        icon: "file",
        permission: Some(permissions::FILE_READ),
    },
    NavItem {
        section: "acs.section",
        label: "acs.search.title",
        href: "/acs/searches",
        icon: "search",
        permission: Some(permissions::SEARCH_READ),
    },
];

/// Whether the principal may do this anywhere.
fn allowed(principal: &Principal, permission: &Permission) -> Result<(), AcsError> {
    principal.scope(permission)?;
    Ok(())
}

const fn task_tone(state: TaskState) -> &'static str {
    match state {
        TaskState::Queued => "idle",
        TaskState::Sent | TaskState::Waiting => "info",
        TaskState::Done => "ok",
        TaskState::Failed => "bad",
        TaskState::Uncertain => "warn",
        TaskState::Cancelled | TaskState::Expired => "idle",
    }
}
