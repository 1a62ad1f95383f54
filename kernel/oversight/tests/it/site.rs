//! The server with what is watched and nothing else, on a database of its own.

use std::sync::OnceLock;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, Method, Request};
use regia_access::{Access, AccessSettings, ApiKeySettings, Seed};
use regia_audit::{Actor, Entry, Trail, record};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::{Console, Parts};
use regia_ident::TerritoryId;
use regia_keys::Keys;
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_oversight::{MESSAGES, NAVIGATION, Oversight};
use regia_secrets::{KeyRing, Secret};
use regia_telemetry::metrics::PrometheusHandle;
use regia_testkit::TestDb;
use regia_web::login::{LoginAnswer, LoginForm};
use regia_web::{Csrf, ErrorPage, Limiter, Problem, WebApp, WebSettings};
use serde_json::{Value, json};
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse battery";
const API_KEY: &str = "a key for scripts";

/// What the pages of the tests lead to.
const LINKS: [regia_oversight::ObjectLink; 1] = [("device", "/acs/devices/")];

pub(crate) struct Site {
    pub db: TestDb,
    pub trail: Trail,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A browser that is logged in.
pub(crate) struct Browser {
    cookie: String,
    csrf: String,
}

async fn log_in(access: Access, form: LoginForm) -> Result<Response, Problem> {
    Ok(match form.log_in(&access).await? {
        LoginAnswer::Welcome(response) => response,
        LoginAnswer::Refused(refused) => refused.status().into_response(),
    })
}

impl Site {
    pub(crate) async fn new() -> Self {
        let clock = Clock::system();
        let (db, chance) = (TestDb::new().await, Chance::from_system());
        let keys = KeyRing::from_hex(&Secret::from("aa".repeat(32)), &[]).unwrap();
        let settings = AccessSettings::default();
        let access = Access::new(db.store(), &keys, settings, clock.clone(), chance.clone());
        let access = access.unwrap();
        let seed = Seed {
            admin_password: Some(PASSWORD.into()),
        };
        access.seed(seed).await.unwrap();
        let api_keys = Keys::new(regia_keys::Parts {
            store: db.store(),
            keys: &keys,
            settings: ApiKeySettings::default(),
            chance: chance.clone(),
            permissions: Vec::new(),
        });
        api_keys.seed(Some(API_KEY.into())).await.unwrap();
        let section = "[administration]\nsection = \"Administration\"";
        let messages = MESSAGES.into_iter().chain([(Locale::En, section)]);
        let console = Console::new(Parts {
            messages: messages.collect(),
            navigation: NAVIGATION.into(),
            search: None,
            clock: clock.clone(),
            live: Live::new(chance.clone()),
        })
        .unwrap();
        let trail = Trail::new(db.store(), clock.clone(), 30);
        let oversight = Oversight::new(trail.clone(), &LINKS);
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
        let router = app.into_router();
        Self { db, trail, router }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// With the API key.
    pub(crate) async fn api(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(HOST, "regia.test")
            .header("authorization", format!("Bearer {API_KEY}"))
            .header(CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.api(Method::GET, path, "").await
    }

    /// A page, as a person asks for it.
    pub(crate) async fn page(&self, browser: &Browser, path: &str) -> Answer {
        let request = Request::builder()
            .uri(path)
            .header(HOST, "regia.test")
            .header(ACCEPT, "text/html")
            .header(COOKIE, &browser.cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// A form of a page.
    pub(crate) async fn post(&self, browser: &Browser, path: &str, form: &str) -> Answer {
        let form = format!("{form}&csrf={}", browser.csrf);
        self.post_open(path, &form, &browser.cookie).await
    }

    async fn post_open(&self, path: &str, form: &str, cookie: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, "regia.test")
            .header("origin", "http://regia.test")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn log_in(&self) -> Browser {
        let form = format!("name=admin&password={PASSWORD}");
        let answer = self.post_open("/login", &form, "").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let set = answer.headers.get(SET_COOKIE).unwrap().to_str().unwrap();
        let cookie = set.split(';').next().unwrap().to_owned();
        let mut browser = Browser {
            cookie,
            csrf: String::new(),
        };
        browser.csrf = self.page(&browser, "/token").await.body;
        browser
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

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// One field of each line.
    pub(crate) fn all(&self, field: &str) -> Vec<String> {
        let items = self.json()["items"].as_array().unwrap().clone();
        let text = |item: &Value| item[field].as_str().unwrap_or_default().to_owned();
        items.iter().map(text).collect()
    }
}

/// One recorder a process.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| regia_telemetry::metrics::install().unwrap())
        .clone()
}
