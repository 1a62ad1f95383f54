//! Every component on one page, to look at: `cargo run -p regia-console --example gallery`, then
//! `http://127.0.0.1:4600/?theme=dark`, also `/login` and `/fault`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    reason = "made-up content of known size"
)]

mod sample;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::middleware::map_response;
use axum::response::{Html, Response};
use axum::routing::{get, post};
use http::{HeaderValue, Uri};
use regia_clock::{Chance, Clock};
use regia_console::chart::{Chart, Shares};
use regia_console::export::Format;
use regia_console::history::{Change, Happening};
use regia_console::listing::{Listing, Matches};
use regia_console::live::{self, Live};
use regia_console::locale::Locale;
use regia_console::navigation::NavItem;
use regia_console::tree::Row;
use regia_console::{Console, Page, Parts, Theme, Visitor, assets};
use regia_lifecycle::Lifecycle;
use time::OffsetDateTime;

type Failure = Box<dyn std::error::Error>;

#[derive(Template)]
#[template(path = "gallery.html")]
struct Gallery {
    page: Page,
    soon: OffsetDateTime,
    touched: u64,
    tabs: Vec<(&'static str, &'static str, &'static str)>,
    list: Listing,
    statuses: Vec<(&'static str, &'static str)>,
    models: Vec<(&'static str, &'static str)>,
    channels: Vec<(&'static str, &'static str)>,
    permissions: Vec<(&'static str, &'static str, bool)>,
    chips: Vec<(&'static str, &'static str, &'static str)>,
    tones: Vec<(&'static str, &'static str)>,
    devices: Vec<sample::Device>,
    total: Matches,
    lines: Chart,
    stacked: Chart,
    firmware: Shares,
    spread: Shares,
    tree: Vec<Row>,
    happenings: Vec<Happening>,
    changes: Vec<Change>,
    trace: &'static str,
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    page: Page,
    refusal: Option<&'static str>,
    name: &'static str,
    next: &'static str,
}

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault {
    page: Page,
    status: u16,
    sentence: &'static str,
    hint: Option<&'static str>,
    original: Option<&'static str>,
    again: bool,
}

#[derive(Template)]
#[template(path = "fault_part.html")]
struct FaultPart {
    page: Page,
    sentence: &'static str,
    hint: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "answers.html")]
struct Answers {
    page: Page,
    found: Vec<(String, &'static str)>,
}

static TOUCHED: AtomicU64 = AtomicU64::new(0);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let lifecycle = Lifecycle::new();
    let live = Live::new(Chance::from_system());
    live.start(&lifecycle, None);
    let console = Console::new(Parts {
        messages: vec![(Locale::En, sample::MESSAGES)],
        navigation: navigation(),
        search: Some("/search"),
        clock: Clock::system(),
        live: live.clone(),
    })?;
    let router = Router::new()
        .route("/", get(gallery))
        .route("/login", get(login))
        .route("/fault", get(fault))
        .route("/search", get(search))
        .route("/touch", post(touch))
        .route("/broken", post(broken))
        .with_state(console)
        .merge(assets::router())
        .merge(live::router(live, &lifecycle))
        .layer(map_response(strict));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:4600").await?;
    Ok(axum::serve(listener, router).await?)
}

/// The policy of the real server, so that what it forbids is seen here.
async fn strict(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("default-src 'self'; img-src 'self' data:");
    response
        .headers_mut()
        .insert(http::header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn navigation() -> Vec<NavItem> {
    let item = |section, label, href, icon| NavItem {
        section,
        label,
        href,
        icon,
        permission: None,
    };
    vec![
        item(
            "gallery.devices",
            "gallery.overview",
            "/overview",
            "overview",
        ),
        item("gallery.devices", "gallery.list", "/", "device"),
        item("gallery.devices", "gallery.tasks", "/tasks", "task"),
        item("gallery.devices", "gallery.files", "/files", "file"),
        item("console.operations", "gallery.health", "/health", "health"),
        item("console.operations", "gallery.audit", "/audit", "audit"),
        item(
            "console.operations",
            "gallery.settings",
            "/settings",
            "settings",
        ),
    ]
}

fn page(console: Console, uri: &Uri) -> Page {
    let theme = uri
        .query()
        .and_then(|query| query.strip_prefix("theme="))
        .unwrap_or_default();
    let visitor = Visitor {
        name: Some("admin".into()),
        authority: None,
        csrf: "token".into(),
        trace: "4f0c2a91be44d7e0a1b2c3d4e5f60718".into(),
    };
    Page::new(console, uri, Locale::En, Theme::parse(theme), visitor)
}

async fn gallery(State(console): State<Console>, uri: Uri) -> Result<Html<String>, String> {
    let page = page(console, &uri)
        .below("Devices", "/devices")
        .titled("Casa Rossi, Via Po 14");
    let now = page.now();
    let gallery = Gallery {
        touched: TOUCHED.load(Relaxed),
        soon: now - time::Duration::minutes(3),
        tabs: vec![
            ("Overview", "/", ""),
            ("Parameters", "/parameters", "1,274"),
            ("Tasks", "/tasks", "3"),
            ("Timeline", "/timeline", ""),
            ("Protocol trace", "/trace", ""),
        ],
        list: Listing::new(
            "/",
            "status=online&tag=vip&sort=-seen&columns=address",
            "serial",
        )
        .offering([("address", "Address".into()), ("uptime", "Uptime".into())])
        .kept_as(&[Format::Csv, Format::Jsonl]),
        statuses: vec![("online", "online"), ("offline", "offline")],
        models: vec![("a", "BM632w"), ("b", "F@ST 5366 LTE-A")],
        channels: vec![("auto", "Automatic"), ("1", "1"), ("6", "6")],
        permissions: vec![
            (
                "wifi.network.read",
                "See networks and who is in them.",
                true,
            ),
            (
                "wifi.network.write",
                "Name networks and set their keys.",
                false,
            ),
        ],
        chips: vec![("status", "Status", "online"), ("tag", "Tag", "vip")],
        tones: vec![
            ("ok", "Done"),
            ("warn", "Uncertain"),
            ("bad", "Failed"),
            ("info", "Running"),
            ("accent", "New"),
            ("idle", "Waiting"),
        ],
        devices: sample::devices(now),
        total: Matches::Exactly(12_158),
        lines: sample::lines(now),
        stacked: sample::stacked(now),
        firmware: sample::firmware(),
        spread: sample::spread(),
        tree: sample::tree(),
        happenings: sample::happenings(now),
        changes: sample::changes(),
        trace: sample::TRACE,
        page,
    };
    gallery
        .render()
        .map(Html)
        .map_err(|error| error.to_string())
}

async fn touch(State(console): State<Console>) {
    TOUCHED.fetch_add(1, Relaxed);
    if let Ok(topic) = "gallery".parse() {
        console.live().publish(topic);
    }
}

async fn broken(State(console): State<Console>, uri: Uri) -> Result<Html<String>, String> {
    let part = FaultPart {
        page: page(console, &uri),
        sentence: "The device is busy.",
        hint: Some("Wait for its session to end."),
    };
    part.render().map(Html).map_err(|error| error.to_string())
}

async fn search(State(console): State<Console>, uri: Uri) -> Result<Html<String>, String> {
    let wanted = uri
        .query()
        .and_then(|query| query.strip_prefix("q="))
        .unwrap_or_default();
    let devices = sample::devices(OffsetDateTime::UNIX_EPOCH).into_iter();
    let found = devices
        .filter(|device| device.serial.contains(&wanted.to_uppercase()))
        .map(|device| (device.serial, device.state))
        .take(8)
        .collect();
    let answers = Answers {
        page: page(console, &uri),
        found,
    };
    answers
        .render()
        .map(Html)
        .map_err(|error| error.to_string())
}

async fn login(State(console): State<Console>, uri: Uri) -> Result<Html<String>, String> {
    let page = page(console, &uri).headed("console.login.title");
    let refusal = Some("Wrong user name or password.");
    let login = Login {
        page,
        refusal,
        name: "admin",
        next: "/",
    };
    login.render().map(Html).map_err(|error| error.to_string())
}

async fn fault(State(console): State<Console>, uri: Uri) -> Result<Html<String>, String> {
    let fault = Fault {
        page: page(console, &uri).headed("console.error.not_found"),
        status: 404,
        sentence: "There is no device 4711.",
        hint: Some("It may have been deleted; the timeline of deleted devices keeps 90 days."),
        original: None,
        again: true,
    };
    fault.render().map(Html).map_err(|error| error.to_string())
}
