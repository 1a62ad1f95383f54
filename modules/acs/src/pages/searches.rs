//! `/acs/searches` and what one search found

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use regia_access::Principal;
use regia_console::Page;
use regia_console::export::Format;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::indexed::{said, tabs};
use super::{cursor, export, go, render};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{index, search};
use crate::model::index::{IndexState, Match, ParameterFilter};
use crate::model::search::{Hit, MAX_HITS, Search, SearchId, SearchState};
use crate::rules::index::key;

type Shared = State<Arc<Context>>;

/// What to search for, as the form holds it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wish {
    #[serde(default)]
    path: String,
    #[serde(default)]
    matching: String,
    #[serde(default)]
    value: String,
}

#[derive(Template)]
#[template(path = "searches.html")]
struct SearchesPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    next: Option<String>,
    topics: String,
    wish: Wish,
    ways: [(&'static str, String); 2],
    /// What is wrong with the path and with the value.
    errors: (String, String),
    indexed: Vec<String>,
    tabs: Vec<(String, &'static str, &'static str)>,
}

struct Row {
    search: Search,
    tone: &'static str,
    state: &'static str,
    running: bool,
    /// Message that says how the value is compared.
    matching: String,
}

impl Row {
    fn new(search: Search) -> Self {
        let (tone, state) = match search.state {
            SearchState::Running => ("info", "acs.search.states.running"),
            SearchState::Done => ("ok", "acs.search.states.done"),
            SearchState::Cancelled => ("idle", "acs.search.states.cancelled"),
        };
        Self {
            tone,
            state,
            running: search.state == SearchState::Running,
            matching: format!("acs.search.match.{}", search.matching.as_str()),
            search,
        }
    }
}

/// The ways of comparing, for a choice; the usual one is empty, so that addresses stay short.
pub(super) fn ways(page: &Page) -> [(&'static str, String); 2] {
    [
        ("", "acs.search.match.equals"),
        ("prefix", "acs.search.match.prefix"),
    ]
    .map(|(value, key)| (value, page.t(key).to_string()))
}

pub(super) async fn list(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let list = page.listing("");
    let text = |name: &str| list.value(name).to_owned();
    let wish = Wish {
        path: text("path"),
        matching: text("matching"),
        value: text("value"),
    };
    show(&context, &principal, page, wish, None).await
}

async fn show(
    context: &Context,
    principal: &Principal,
    page: Page,
    wish: Wish,
    refused: Option<AcsError>,
) -> Result<Response, Problem> {
    let page = page.headed("acs.search.title");
    let list = page.listing("");
    let after = cursor(list.get("after"))?;
    let found = search::list(context, principal, after, Limit::default()).await?;
    let indexed = index::list(context, principal).await?;
    let rows: Vec<Row> = found.items.into_iter().map(Row::new).collect();
    let running = rows.iter().filter(|row| row.running);
    let topics: Vec<_> = running
        .map(|row| format!("search:{}", row.search.id))
        .collect();
    let is_refused = refused.is_some();
    let errors = match refused {
        Some(error @ AcsError::Field("value", _)) => (String::new(), said(&page, error)),
        Some(error) => (said(&page, error), String::new()),
        None => Default::default(),
    };
    let ready = indexed
        .into_iter()
        .filter(|one| one.state == IndexState::Ready);
    let shown = render(&SearchesPage {
        topics: topics.join(" "),
        indexed: ready.map(|one| one.path).collect(),
        ways: ways(&page),
        tabs: tabs(&page),
        next: found.next,
        rows,
        wish,
        errors,
        list,
        page,
    })?;
    Ok(match is_refused {
        true => (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response(),
        false => shown,
    })
}

/// Starts a search; an indexed parameter needs none, the list of devices answers at once.
pub(super) async fn start(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
    Form(wish): Form<Wish>,
) -> Result<Response, Problem> {
    let wanted = ParameterFilter {
        path: wish.path.trim().to_owned(),
        matching: Match::parse(&wish.matching),
        value: wish.value.clone(),
    };
    let indexed = index::list(&context, &principal).await?;
    let ready = |path: &str| {
        let mut indexed = indexed.iter();
        indexed.any(|one| one.path == path && one.state == IndexState::Ready)
    };
    let path = key(&wanted.path);
    if !wanted.value.trim().is_empty() && ready(path) {
        let matching = (wanted.matching == Match::Prefix).then_some("prefix");
        let devices = Listing::new("/acs/devices", "", "");
        return Ok(go(&devices.link(&[
            ("parameter", Some(path)),
            ("matching", matching),
            ("value", Some(&wanted.value)),
        ])));
    }
    match search::start(&context, &principal, &wanted).await {
        Ok(id) => Ok(go(&format!("/acs/searches/{id}"))),
        Err(error @ (AcsError::Field(..) | AcsError::TooManySearches)) => {
            show(&context, &principal, page, wish, Some(error)).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    page: Page,
    list: Listing,
    row: Row,
    hits: Vec<Hit>,
    total: Matches,
    next: Option<String>,
    /// What it hears of.
    topic: String,
    /// How fast it is and how long it takes, while it runs.
    pace: String,
    /// Whether it ended because it found too many.
    full: bool,
    most: i64,
}

pub(super) async fn one(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
    page: Page,
) -> Result<Response, Problem> {
    let list = page.listing("").kept_as(&[Format::Csv]);
    if list.file().is_some() {
        return Ok(export::hits(context, &principal, id).await?);
    }
    let search = search::get(&context, &principal, id).await?;
    let after = cursor(list.get("after"))?;
    let found = search::hits(&context, &principal, id, after, Limit::default()).await?;
    let searches = page.t("acs.search.title").to_string();
    let page = page.titled(&search.path).below(searches, "/acs/searches");
    let row = Row::new(search);
    render(&SearchPage {
        topic: format!("search:{}", row.search.id),
        pace: pace(&row.search, &page),
        full: row.search.hits >= MAX_HITS,
        total: Matches::Exactly(row.search.hits.unsigned_abs()),
        most: MAX_HITS,
        hits: found.items,
        next: found.next,
        list,
        row,
        page,
    })
}

/// How fast a running search is, and how long it will take.
fn pace(search: &Search, page: &Page) -> String {
    let seconds = (page.now() - search.created_at).whole_seconds();
    if search.state != SearchState::Running || search.scanned == 0 || seconds < 1 {
        return String::new();
    }
    let rate = page.locale.decimal(search.scanned as f64 / seconds as f64);
    let left = (search.total - search.scanned).max(0) * seconds / search.scanned;
    let rate = page
        .t("console.progress.rate")
        .arg("rate", rate)
        .to_string();
    let left = page
        .t("console.progress.left")
        .arg("time", page.duration(left));
    format!("{rate} · {left}")
}

pub(super) async fn cancel(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
) -> Result<Response, Problem> {
    search::cancel(&context, &principal, id).await?;
    Ok(go(&format!("/acs/searches/{id}")))
}
