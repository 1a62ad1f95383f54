//! The search of the top bar: a page of answers, and the list alone while somebody types.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::get;
use http::HeaderMap;
use regia_acs::Acs;
use regia_console::Page;
use regia_console::search::Answers;
use regia_fault::Fault;
use regia_web::{Caller, Problem};

/// Where the search is.
pub(crate) const PATH: &str = "/search";

/// Characters of a question; serial numbers have at most 64.
const MAX_CHARS: usize = 100;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    page: Page,
    text: &'a str,
    groups: Vec<Answers>,
}

#[derive(Template)]
#[template(path = "search_part.html")]
struct SearchPart<'a> {
    page: Page,
    text: &'a str,
    groups: Vec<Answers>,
}

/// `GET /search?q=`, for those who are logged in.
pub(crate) fn router(acs: Acs) -> Router {
    Router::new().route(PATH, get(show)).with_state(acs)
}

async fn show(
    State(acs): State<Acs>,
    Caller(principal): Caller,
    headers: HeaderMap,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("console.search");
    let list = page.listing("");
    let text: String = list.value("q").trim().chars().take(MAX_CHARS).collect();
    let text = text.as_str();
    let part = headers.contains_key("hx-request");
    let devices = acs.search(&principal, &page, text).await?;
    // Whoever typed or scanned a whole name wants the thing itself.
    if let Some(exact) = devices.items.iter().find(|answer| answer.title == text)
        && !part
    {
        return Ok(Redirect::to(&exact.href).into_response());
    }
    let pages = page.find_pages(text);
    let actions = page.find_actions(&regia_acs::ACTIONS, text);
    let mut groups = vec![devices, pages, actions];
    groups.retain(|group| !group.items.is_empty());
    let html = if part {
        SearchPart { page, text, groups }.render()
    } else {
        SearchPage { page, text, groups }.render()
    };
    Ok(Html(html.map_err(Fault::internal)?).into_response())
}
