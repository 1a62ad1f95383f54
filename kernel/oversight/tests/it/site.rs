//! The server with what is watched and nothing else, on a database of its own.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{ACCEPT, COOKIE, HOST};
use http::{Method, Request};
use regia_access::{AccessSettings, ApiKeySettings};
use regia_audit::{Actor, Entry, Trail, record};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::{Console, Parts};
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_keys::Keys;
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_oversight::{MESSAGES, NAVIGATION, ObjectLink, ObjectPage, Oversight};
use regia_security::{BanSettings, Bans, SecurityLog};
pub(crate) use regia_testkit::in_process::{Answer, Browser};
use regia_testkit::in_process::{Server, recorder};
use regia_testkit::{TestDb, ring};
use regia_users::Seed;
use regia_web::login::{LoginAnswer, LoginForm};
use regia_web::{Csrf, ErrorPage, Limiter, Peer, Problem, WebApp, WebSettings};
use serde_json::json;

const PASSWORD: &str = "correct horse battery";
pub(crate) const API_KEY: &str = "a key for scripts";

/// Trusted, so never kept out.
pub(crate) const PROXY: &str = "203.0.113.9";

/// What the pages of the tests lead to.
const LINKS: [ObjectLink; 1] = [("device", ObjectPage::Own("/acs/devices/"))];

pub(crate) struct Site {
    pub db: TestDb,
    pub trail: Trail,
    pub bans: Bans,
    pub log: SecurityLog,
    server: Server,
}

impl Deref for Site {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

async fn log_in(access: Access, form: LoginForm) -> Result<Response, Problem> {
    Ok(match form.log_in(&access).await? {
        LoginAnswer::Welcome(response) => response,
        LoginAnswer::Refused(refused) => refused.status().into_response(),
    })
}

/// A console with these pages alone; the section of the rail is named elsewhere.
fn console(clock: &Clock, chance: &Chance) -> Console {
    let section = "[administration]\nsection = \"Administration\"";
    let messages = MESSAGES.into_iter().chain([(Locale::En, section)]);
    Console::new(Parts {
        messages: messages.collect(),
        navigation: NAVIGATION.into(),
        search: None,
        clock: clock.clone(),
        live: Live::new(chance.clone()),
    })
    .unwrap()
}

impl Site {
    pub(crate) async fn new() -> Self {
        let clock = Clock::system();
        let (db, chance) = (TestDb::new().await, Chance::from_system());
        let keys = ring("aa", &[]);
        let settings = AccessSettings::default();
        let access = Access::new(db.store(), &keys, settings, clock.clone(), chance.clone());
        let access = access.unwrap();
        let seed = Seed {
            admin_password: Some(PASSWORD.into()),
        };
        access.users().seed(seed).await.unwrap();
        let api_keys = Keys::new(regia_keys::Parts {
            store: db.store(),
            keys: &keys,
            settings: ApiKeySettings::default(),
            chance: chance.clone(),
            permissions: Vec::new(),
        });
        api_keys.seed(Some(API_KEY.into())).await.unwrap();
        let console = console(&clock, &chance);
        let trail = Trail::new(db.store(), clock.clone(), 30);
        let proxy: IpAddr = PROXY.parse().unwrap();
        let rules = BanSettings::default();
        let bans = Bans::new(db.store(), clock.clone(), rules, move |address| {
            address == proxy
        });
        let log = SecurityLog::new(db.store(), clock.clone(), 30, bans.clone());
        access.watch(log.clone());
        let oversight = Oversight::new(trail.clone(), bans.clone(), db.store(), &LINKS);
        let door = access.clone();
        let open = Router::new().route(
            "/login",
            get(async || "login").post(async move |form| log_in(door, form).await),
        );
        let token = Router::new().route("/token", get(async |Csrf(token): Csrf| token));
        let limits = LimitsSettings::default();
        let app = WebApp {
            api: oversight.api(),
            pages: oversight.pages().merge(token).layer(Extension(console)),
            open,
            error_page: ErrorPage::new(|problem, _, _| {
                format!("{} {}", problem.code(), problem.detail())
            }),
            assets: Router::new(),
            limiter: Limiter::new(Limits::in_process(&limits, clock.clone()), &limits),
            access,
            keys: api_keys,
            enrolment: "/none",
            lifecycle: Lifecycle::new(),
            metrics: recorder(),
            settings: WebSettings::default(),
            clock,
            chance,
        };
        let server = Server::new(app.into_router());
        Self {
            db,
            trail,
            bans,
            log,
            server,
        }
    }

    /// With the API key.
    pub(crate) async fn api(&self, method: Method, path: &str, body: &str) -> Answer {
        let address = format!("/api/v1{path}");
        self.script(API_KEY, method, &address, body).await
    }

    /// From somewhere else, with a key.
    pub(crate) async fn with_key(&self, address: &str, path: &str, key: &str) -> Answer {
        let request = Request::builder()
            .uri(format!("/api/v1{path}"))
            .header(HOST, "regia.test")
            .header("x-api-key", key)
            .extension(peer(address));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// From somewhere else, with a cookie.
    pub(crate) async fn with_cookie(&self, address: &str, path: &str, cookie: &str) -> Answer {
        let request = Request::builder()
            .uri(path)
            .header(HOST, "regia.test")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookie)
            .extension(peer(address));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A login that does not succeed.
    pub(crate) async fn guess(&self, name: &str, password: &str) -> u16 {
        self.try_log_in(name, password).await.status
    }

    /// A form as another site would send it.
    pub(crate) async fn post_without_token(&self, browser: &Browser) -> Answer {
        let path = "/administration/audit/verify";
        self.post_open(path, "day=2026-01-01", &browser.cookie)
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.api(Method::GET, path, "").await
    }

    pub(crate) async fn log_in(&self) -> Browser {
        self.server.log_in("admin", PASSWORD).await
    }

    /// Changes by somebody, the first one oldest.
    pub(crate) async fn changes(&self, tenant: i64, objects: &[&'static str]) {
        for object in objects {
            let mut tx = self.db.store().begin(TerritoryId(tenant)).await.unwrap();
            let actor = Actor {
                kind: "user",
                id: Some(2),
                name: "=maria",
                address: Some("192.0.2.7".parse().unwrap()),
                trace_id: Some("0123456789abcdef"),
            };
            let entry = Entry {
                before: Some(json!({ "notes": "" })),
                after: Some(json!({ "notes": "roof" })),
                ..Entry::new("acs.device.annotate", *object)
            };
            record(&mut tx, actor, entry).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
}

fn peer(address: &str) -> Peer {
    Peer {
        address: SocketAddr::new(address.parse().unwrap(), 4_711),
        tls: false,
    }
}
