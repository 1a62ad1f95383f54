//! The server with its administration and nothing else, on a database of its own.

use std::sync::OnceLock;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, Method, Request};
use regia_access::{Access, AccessSettings, ApiKeySettings, Permission, Seed, SystemRole};
use regia_administration::{Administration, ENROLMENT, MESSAGES, NAVIGATION, PERMISSIONS};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::{Console, Parts};
use regia_credentials::OneTimeKey;
use regia_ident::TerritoryId;
use regia_keys::{KEY_READ, KEY_WRITE, Keys};
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_secrets::{KeyRing, Secret};
use regia_telemetry::metrics::PrometheusHandle;
use regia_territories::Territories;
use regia_testkit::TestDb;
use regia_web::login::{CODE_PAGE, CodeForm, LoginAnswer, LoginForm};
use regia_web::{CSRF_HEADER, Csrf, ErrorPage, Limiter, Problem, WebApp, WebSettings};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const OTHER_PASSWORD: &str = "stapler anchovy lantern";
pub(crate) const API_KEY: &str = "a key for scripts";
/// What a module could declare.
pub(crate) const THING_READ: Permission = Permission::new("test.thing.read", SystemRole::Viewer);
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

pub(crate) struct Site {
    pub db: TestDb,
    pub clock: Clock,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A browser that is logged in.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub cookie: String,
    pub csrf: String,
}

async fn log_in(access: Access, form: LoginForm) -> Result<Response, Problem> {
    Ok(answer(form.log_in(&access).await?))
}

async fn take_code(access: Access, form: CodeForm) -> Result<Response, Problem> {
    Ok(answer(form.log_in(&access).await?))
}

fn answer(answer: LoginAnswer) -> Response {
    match answer {
        LoginAnswer::Welcome(response) => response,
        LoginAnswer::Refused(refused) => refused.status().into_response(),
    }
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(AccessSettings::default()).await
    }

    pub(crate) async fn with(settings: AccessSettings) -> Self {
        // The database's clock is the machine's, so the codes' is too.
        let clock = Clock::by_hand(Clock::system().now());
        let (db, chance) = (TestDb::new().await, Chance::from_system());
        let keys = KeyRing::from_hex(&Secret::from("aa".repeat(32)), &[]).unwrap();
        let access =
            Access::new(db.store(), &keys, settings, clock.clone(), chance.clone()).unwrap();
        let seed = Seed {
            admin_password: Some(PASSWORD.into()),
        };
        access.seed(seed).await.unwrap();
        let permissions: Vec<Permission> = PERMISSIONS
            .into_iter()
            .chain([THING_READ, KEY_READ, KEY_WRITE])
            .collect();
        let access = access.knowing(permissions.iter().copied().collect());
        let api_keys = Keys::new(regia_keys::Parts {
            store: db.store(),
            keys: &keys,
            settings: ApiKeySettings::default(),
            chance: chance.clone(),
            permissions,
        });
        api_keys.seed(Some(API_KEY.into())).await.unwrap();
        let console = Console::new(Parts {
            messages: MESSAGES.into(),
            navigation: NAVIGATION.into(),
            search: None,
            clock: clock.clone(),
            live: Live::new(chance.clone()),
        });
        let console = console.unwrap();
        let territories = Territories::new(db.store(), access.clone());
        let administration = Administration::new(access.clone(), territories, api_keys.clone());
        let (first, second) = (access.clone(), access.clone());
        let door = Router::new()
            .route(
                "/login",
                get(async || "login").post(async move |form| log_in(first, form).await),
            )
            .route(
                CODE_PAGE,
                get(async || "code").post(async move |form| take_code(second, form).await),
            );
        let token = Router::new().route("/token", get(async |Csrf(token): Csrf| token));
        let limits = LimitsSettings::default();
        let app = WebApp {
            api: administration.api(),
            pages: administration
                .pages()
                .merge(token)
                .layer(Extension(console.clone())),
            open: administration.open(console).merge(door),
            error_page: ErrorPage::new(|problem, _, _| {
                format!("{} {}", problem.code(), problem.detail())
            }),
            assets: Router::new(),
            limiter: Limiter::new(Limits::in_process(&limits, clock.clone()), &limits),
            access,
            keys: api_keys,
            enrolment: ENROLMENT,
            lifecycle: Lifecycle::new(),
            metrics: recorder(),
            settings: WebSettings::default(),
            clock: clock.clone(),
            chance,
        };
        let router = app.into_router();
        Self { db, clock, router }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// With the API key of the installation.
    pub(crate) async fn api(&self, method: Method, path: &str, json: &str) -> Answer {
        self.with_key(API_KEY, method, path, json).await
    }

    /// With an API key.
    pub(crate) async fn with_key(
        &self,
        key: &str,
        method: Method,
        path: &str,
        json: &str,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/access{path}"))
            .header(HOST, "regia.test")
            .header("authorization", format!("Bearer {key}"))
            .header(CONTENT_TYPE, JSON);
        self.send(request.body(Body::from(json.to_owned())).unwrap())
            .await
    }

    /// With a login.
    pub(crate) async fn as_person(
        &self,
        browser: &Browser,
        method: Method,
        path: &str,
        json: &str,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1/access{path}"))
            .header(HOST, "regia.test")
            .header(COOKIE, &browser.cookie)
            .header(CSRF_HEADER, &browser.csrf)
            .header(CONTENT_TYPE, JSON);
        self.send(request.body(Body::from(json.to_owned())).unwrap())
            .await
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

    /// A form that is open to everybody.
    pub(crate) async fn post_open(&self, path: &str, form: &str, cookie: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, "regia.test")
            .header("origin", "http://regia.test")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, FORM);
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn log_in(&self, name: &str, password: &str) -> Browser {
        let answer = self.try_log_in(name, password).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.browser(answer.cookie("regia")).await
    }

    pub(crate) async fn try_log_in(&self, name: &str, password: &str) -> Answer {
        let form = format!("name={name}&password={password}");
        self.post_open("/login", &form, "").await
    }

    /// With the token that this login's forms carry.
    pub(crate) async fn browser(&self, cookie: String) -> Browser {
        let mut browser = Browser {
            cookie,
            csrf: String::new(),
        };
        browser.csrf = self.page(&browser, "/token").await.body;
        browser
    }

    /// A user who has used their invitation, and may do nothing.
    pub(crate) async fn join(&self, name: &str) -> i64 {
        self.join_with(name, &json!([])).await
    }

    /// A user who has used their invitation, with these roles.
    pub(crate) async fn join_with(&self, name: &str, mandates: &Value) -> i64 {
        let user = json!({ "name": name, "mandates": mandates });
        let made = self.api(Method::POST, "/users", &user.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.json()["id"].as_i64().unwrap();
        let path = self.invitation(id).await;
        let form = format!("password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
        let done = self.post_open(&path, &form, "").await;
        assert_eq!(done.status, 200, "{}", done.body);
        id
    }

    /// Where an invitation leads.
    pub(crate) async fn invitation(&self, id: i64) -> String {
        let path = format!("/users/{id}/invite");
        let link = self.api(Method::POST, &path, "").await;
        assert_eq!(link.status, 201, "{}", link.body);
        link.json()["path"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        let mut tx = self.db.store().upkeep(TerritoryId::ROOT).await.unwrap();
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits for the app's next code.
    pub(crate) fn next_code(&self, key: &OneTimeKey) -> String {
        self.clock.advance(Duration::from_secs(30));
        self.code(key)
    }

    pub(crate) fn code(&self, key: &OneTimeKey) -> String {
        key.code_at(self.clock.now()).unwrap()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        let code = self.json()["code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }

    /// The same; no code where all is well.
    pub(crate) fn problem_or_ok(&self) -> (u16, String) {
        match self.status {
            200..300 => (self.status, String::new()),
            _ => self.problem(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// `name=value` of a cookie that was set.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all(SET_COOKIE).iter();
        let mut set = set.map(|value| value.to_str().unwrap());
        let found = set.find(|value| value.starts_with(&format!("{name}=")));
        let found = found.unwrap_or_else(|| panic!("no cookie {name}: {:?}", self.headers));
        found.split(';').next().unwrap().to_owned()
    }
}

/// The app reads the key as a person would type it.
pub(crate) fn key_of(text: &str) -> OneTimeKey {
    OneTimeKey::from_text(text).unwrap()
}

/// One recorder a process.
fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| regia_telemetry::metrics::install().unwrap())
        .clone()
}
