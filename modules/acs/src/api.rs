//! REST under `/api/v1/acs`.

use std::sync::Arc;

use axum::middleware::from_fn;
use regia_store::page::Cursor;
use regia_web::limit;
use serde::de::DeserializeOwned;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::context::Context;
use crate::fault::AcsError;

mod bulks;
mod credentials;
mod devices;
mod files;
mod grants;
mod imports;
mod index;
mod onboarding;
mod parameters;
mod samples;
mod searches;
mod tasks;
mod timeline;
mod trace;

/// The content of a file, which the pages offer too.
pub(crate) use files::content::content as file_content;

/// The module's API.
pub fn router(context: Arc<Context>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(devices::list::list))
        .routes(routes!(
            devices::get::get,
            devices::change::change,
            devices::delete::delete
        ))
        .routes(routes!(devices::readmit::readmit))
        .routes(routes!(devices::retire::retire))
        .routes(routes!(devices::place::place))
        .routes(routes!(devices::move_all::move_all).layer(from_fn(limit::bulk)))
        .routes(routes!(grants::list::list))
        .routes(routes!(grants::give::give).layer(from_fn(limit::bulk)))
        .routes(routes!(grants::take_back::take_back).layer(from_fn(limit::bulk)))
        .routes(routes!(devices::twins::twins))
        .routes(routes!(devices::merge::merge))
        .routes(routes!(devices::distinct::distinct))
        .routes(routes!(parameters::list::list))
        .routes(routes!(parameters::reveal::reveal))
        .routes(routes!(timeline::list::list))
        .routes(routes!(tasks::list::list))
        .routes(routes!(tasks::create::create))
        .routes(routes!(tasks::get::get))
        .routes(routes!(tasks::cancel::cancel))
        .routes(routes!(tasks::retry::retry))
        .routes(routes!(tasks::settle::settle))
        .routes(routes!(tasks::transfer::transfer))
        .routes(routes!(files::list::list))
        .routes(routes!(
            files::get::get,
            files::create::create,
            files::change::change,
            files::delete::delete
        ))
        .routes(routes!(files::content::content))
        .routes(routes!(files::transfers::transfers))
        .routes(routes!(credentials::list::list, credentials::add::add))
        .routes(routes!(credentials::retire::retire))
        .routes(routes!(parameters::history::history))
        .routes(routes!(index::list::list, index::mark::mark))
        .routes(routes!(index::unmark::unmark))
        .routes(routes!(searches::list::list, searches::start::start).layer(from_fn(limit::bulk)))
        .routes(routes!(searches::get::get))
        .routes(routes!(searches::hits::hits))
        .routes(routes!(searches::cancel::cancel))
        .routes(routes!(bulks::list::list, bulks::begin::begin).layer(from_fn(limit::bulk)))
        .routes(routes!(bulks::get::get))
        .routes(routes!(bulks::stop::stop))
        .routes(routes!(bulks::retry::retry).layer(from_fn(limit::bulk)))
        .routes(routes!(imports::upload::upload).layer(from_fn(limit::bulk)))
        .routes(routes!(imports::list::list))
        .routes(routes!(imports::get::get, imports::discard::discard))
        .routes(routes!(imports::rows::rows))
        .routes(routes!(imports::apply::apply))
        .routes(routes!(imports::stop::stop))
        .routes(routes!(onboarding::show::show, onboarding::choose::choose))
        .routes(routes!(samples::list::list))
        .routes(routes!(
            trace::get::get,
            trace::start::start,
            trace::stop::stop
        ))
        .routes(routes!(trace::text::text))
        .with_state(context)
}

/// Where a list goes on: `next` of the page before, as its reader gives it back.
///
/// # Errors
/// When no page handed it out.
pub(crate) fn cursor<K: DeserializeOwned>(text: Option<&str>) -> Result<Option<K>, AcsError> {
    Ok(text.map(Cursor::parse).transpose()?)
}
