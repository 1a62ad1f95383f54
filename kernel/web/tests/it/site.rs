//! A small module behind the real guard, on a real database.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{ACCEPT, COOKIE, HOST};
use http::{HeaderName, Method, Request, StatusCode};
use regia_access::{AccessSettings, ApiKeySettings};
use regia_clock::{Chance, Clock};
use regia_fault::{Category, Fault};
use regia_identity::Access;
use regia_keys::Keys;
use regia_lifecycle::{Latch, Lifecycle};
use regia_limits::{Limits, LimitsSettings};
pub(crate) use regia_testkit::in_process::{Answer, Browser};
use regia_testkit::in_process::{Server, recorder};
use regia_testkit::{TestDb, ring};
use regia_users::Seed;
use regia_web::login::{LoginAnswer, LoginForm};
use regia_web::{
    CSRF_HEADER, Caller, Csrf, ErrorPage, Form, Json, Limiter, Path, Peer, Problem, Query, WebApp,
    WebSettings, limit,
};
use serde::{Deserialize, Serialize};
use time::macros::datetime;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const API_KEY: &str = "a key for scripts";
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    size: u32,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Label {
    text: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[serde(default)]
    tag: Vec<String>,
    limit: Option<u8>,
}

/// Makes a thing.
#[utoipa::path(post, path = "/things", request_body = Thing, responses((status = 201, body = Thing),
    (status = 409, description = "There is one already.")))]
async fn make_thing(_: Caller, Json(thing): Json<Thing>) -> impl IntoResponse {
    (StatusCode::CREATED, Json(thing))
}

/// Says what was asked.
#[utoipa::path(get, path = "/things/{id}", params(("id" = i64, Path), Filter),
    responses((status = 200, body = String)))]
async fn get_thing(
    Caller(principal): Caller,
    Path(id): Path<i64>,
    Query(filter): Query<Filter>,
) -> Json<String> {
    Json(format!(
        "{principal} asks for {id} {:?} {:?}",
        filter.tag, filter.limit
    ))
}

/// Fails.
#[utoipa::path(get, path = "/failures/{kind}", params(("kind" = String, Path)),
    responses((status = 200)))]
async fn fail(Path(kind): Path<String>) -> Result<(), Response> {
    match &*kind {
        "panic" => panic!("on purpose"),
        "internal" => Err(Problem::from(Fault::internal("row 7 is odd")).into_response()),
        "busy" => {
            let fault = Fault::new(Category::Conflict, "test.busy", "It is busy.").hint("Wait.");
            Err(Problem::from(fault).into_response())
        }
        _ => Err((StatusCode::GONE, "words of somebody else").into_response()),
    }
}

async fn read_form(Form(fields): Form<Fields>) -> String {
    format!("{} {:?}", fields.name, fields.choice)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    #[serde(default)]
    choice: Vec<u8>,
}

async fn log_in(State(access): State<Access>, form: LoginForm) -> Result<Response, Problem> {
    Ok(match form.log_in(&access).await? {
        LoginAnswer::Welcome(response) => response,
        LoginAnswer::Refused(refused) => {
            (refused.status(), Html(format!("{refused:?}"))).into_response()
        }
    })
}

/// As many events as are asked for.
async fn events() -> impl IntoResponse {
    let hello = || Ok::<_, std::io::Error>(Event::default().data("hello"));
    Sse::new(futures_util::stream::repeat_with(hello))
}

/// Says that it began, and waits.
async fn wait(gate: &Semaphore) -> &'static str {
    gate.acquire().await.unwrap().forget();
    "done"
}

pub(crate) struct Site {
    pub db: TestDb,
    pub clock: Clock,
    keys: Keys,
    pub lifecycle: Lifecycle,
    pub router: Router,
    pub latch: Latch,
    /// Lets requests of `/wait` go on.
    pub gate: Arc<Semaphore>,
}

fn pages(gate: Arc<Semaphore>) -> Router {
    Router::new()
        .route("/", get(async |Csrf(token): Csrf| token))
        .route("/form", get(async || "form").post(read_form))
        .route("/large", post(read_form).layer(DefaultBodyLimit::max(1024)))
        .route("/failures/{kind}", get(fail))
        .route("/events", get(events))
        .route("/wait", get(async move || wait(&gate).await))
        .route(
            "/bulk",
            get(async || "list")
                .post(async || "begun")
                .layer(from_fn(limit::bulk)),
        )
        .route("/list", get(async || "list").layer(from_fn(limit::export)))
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(LimitsSettings::default(), WebSettings::default()).await
    }

    pub(crate) async fn with(limits: LimitsSettings, settings: WebSettings) -> Self {
        let clock = Clock::by_hand(datetime!(2026-03-04 05:06 UTC));
        let db = TestDb::new().await;
        let keys = ring("aa", &[]);
        let chance = Chance::from_system();
        let access = Access::new(
            db.store(),
            &keys,
            AccessSettings::default(),
            clock.clone(),
            chance.clone(),
        )
        .unwrap();
        let gate = Arc::new(Semaphore::new(0));
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
        let lifecycle = Lifecycle::new();
        let latch = lifecycle.latch("test");
        let app = WebApp {
            api: OpenApiRouter::new()
                .routes(routes!(make_thing))
                .routes(routes!(get_thing))
                .routes(routes!(fail)),
            pages: pages(Arc::clone(&gate)),
            open: Router::new()
                .route("/login", get(async || "the login page").post(log_in))
                .with_state(access.clone()),
            error_page: ErrorPage::new(|problem, _, partial| {
                let trace = problem.trace_id().unwrap_or_default();
                format!(
                    "<p>{} {} {trace} {partial}</p>",
                    problem.code(),
                    problem.detail()
                )
            }),
            assets: Router::new().route("/assets/style", get(async || "style")),
            limiter: Limiter::new(Limits::in_process(&limits, clock.clone()), &limits),
            access,
            keys: api_keys.clone(),
            enrolment: "/enrol",
            lifecycle: lifecycle.clone(),
            metrics: recorder(),
            settings: WebSettings {
                max_body_bytes: MAX_BODY_BYTES,
                ..settings
            },
            clock: clock.clone(),
            chance,
        };
        Self {
            db,
            clock,
            keys: api_keys,
            lifecycle,
            router: app.into_router(),
            latch,
            gate,
        }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Server::new(self.router.clone()).send(request).await
    }

    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.send(request(Method::GET, address, &[], "")).await
    }

    pub(crate) async fn with_key(&self, method: Method, address: &str, json: &str) -> Answer {
        let bearer = format!("Bearer {API_KEY}");
        let headers = [
            ("authorization", &*bearer),
            ("content-type", "application/json"),
        ];
        self.send(request(method, address, &headers, json)).await
    }

    pub(crate) async fn post_login(&self, form: &str, headers: &[(&'static str, &str)]) -> Answer {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(request(Method::POST, "/login", &all, form)).await
    }

    pub(crate) async fn log_in(&self) -> Browser {
        let form = format!("name=admin&password={PASSWORD}");
        let answer = self.post_login(&form, &[]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.cookie("regia");
        let csrf = self
            .send(request(Method::GET, "/", &[("cookie", &cookie)], ""))
            .await
            .body;
        Browser { cookie, csrf }
    }

    /// Another key that may do everything, of a user.
    pub(crate) async fn key_of(&self, user: i64, text: &str) {
        self.keys.seed(Some(text.into())).await.unwrap();
        let statement = format!(
            "update access.api_key set user_id = {user}, name = 'another'
             where key_id = (select max(key_id) from access.api_key)"
        );
        self.db.own(&statement).await;
    }

    /// A login without a look at any page.
    pub(crate) async fn cookie_of_admin(&self) -> String {
        let form = format!("name=admin&password={PASSWORD}");
        self.post_login(&form, &[]).await.cookie("regia")
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        self.db.run(statement).await;
    }
}

pub(crate) fn request(
    method: Method,
    address: &str,
    headers: &[(&'static str, &str)],
    body: &str,
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header(HOST, "regia.test");
    for (name, value) in headers {
        request = request.header(HeaderName::from_static(name), *value);
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

/// A page asked for by a person.
pub(crate) fn page(address: &str, cookie: &str) -> Request<Body> {
    let headers = [
        (ACCEPT.as_str(), "text/html,*/*"),
        (COOKIE.as_str(), cookie),
    ];
    let mut request = Request::builder().uri(address).header(HOST, "regia.test");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.body(Body::empty()).unwrap()
}

/// The same request as it comes over TLS.
pub(crate) fn over_tls(mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(Peer {
        tls: true,
        ..Peer::LOCAL
    });
    request
}

pub(crate) const CSRF: &str = CSRF_HEADER;

pub(crate) const SOON: Duration = Duration::from_secs(20);
