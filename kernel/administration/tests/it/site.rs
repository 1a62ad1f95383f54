//! The server with its administration and nothing else, on a database of its own.

use std::ops::Deref;
use std::time::Duration;

use axum::body::Body;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::header::{CONTENT_TYPE, COOKIE, HOST};
use http::{Method, Request};
use regia_access::{AccessSettings, ApiKeySettings, Permission, SystemRole};
use regia_account::{Account, ENROLMENT};
use regia_administration::{Administration, MESSAGES, NAVIGATION, PERMISSIONS};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::{Console, Parts, explain_denials};
use regia_credentials::OneTimeKey;
use regia_identity::Access;
use regia_keys::{KEY_READ, KEY_WRITE, Keys};
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_roles::Roles;
use regia_territories::Territories;
pub(crate) use regia_testkit::in_process::{Answer, Browser};
use regia_testkit::in_process::{Server, recorder};
use regia_testkit::{TestDb, ring};
use regia_users::Seed;
use regia_web::login::{CODE_PAGE, CodeForm, LoginAnswer, LoginForm};
use regia_web::{CSRF_HEADER, Csrf, ErrorPage, Limiter, Problem, WebApp, WebSettings};
use serde_json::{Value, json};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const OTHER_PASSWORD: &str = "stapler anchovy lantern";
pub(crate) const API_KEY: &str = "a key for scripts";
/// What a module could declare.
pub(crate) const THING_READ: Permission =
    Permission::new("test.thing.read", SystemRole::Viewer, "See things.");
const JSON: &str = "application/json";

pub(crate) struct Site {
    pub db: TestDb,
    pub clock: Clock,
    server: Server,
}

impl Deref for Site {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
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

/// The login of the console, which the application draws.
fn door(access: &Access) -> Router {
    let (first, second) = (access.clone(), access.clone());
    Router::new()
        .route(
            "/login",
            get(async || "login").post(async move |form| log_in(first, form).await),
        )
        .route(
            CODE_PAGE,
            get(async || "code").post(async move |form| take_code(second, form).await),
        )
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(AccessSettings::default()).await
    }

    pub(crate) async fn with(settings: AccessSettings) -> Self {
        // The database's clock is the machine's, so the codes' is too.
        let clock = Clock::by_hand(Clock::system().now());
        let (db, chance) = (TestDb::new().await, Chance::from_system());
        let keys = ring("aa", &[]);
        let access =
            Access::new(db.store(), &keys, settings, clock.clone(), chance.clone()).unwrap();
        let seed = Seed {
            admin_password: Some(PASSWORD.into()),
        };
        access.users().seed(seed).await.unwrap();
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
            messages: [MESSAGES.as_slice(), &regia_account::MESSAGES].concat(),
            navigation: NAVIGATION.into(),
            search: None,
            clock: clock.clone(),
            live: Live::new(chance.clone()),
        });
        let console = console.unwrap();
        let account = Account::new(access.clone());
        let administration = Administration::new(
            access.clone(),
            Territories::new(db.store(), access.users().clone()),
            Roles::new(db.store(), access.mandates().clone()),
            api_keys.clone(),
        );
        let token = Router::new().route("/token", get(async |Csrf(token): Csrf| token));
        let limits = LimitsSettings::default();
        let app = WebApp {
            api: account.api().merge(administration.api()),
            pages: account
                .pages()
                .merge(administration.pages())
                .merge(token)
                .layer(from_fn(explain_denials))
                .layer(Extension(console.clone())),
            open: account.open(console).merge(door(&access)),
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
        let server = Server::new(app.into_router());
        Self { db, clock, server }
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
        let address = format!("/api/v1/access{path}");
        self.script(key, method, &address, json).await
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
        self.db.run(statement).await;
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

/// The app reads the key as a person would type it.
pub(crate) fn key_of(text: &str) -> OneTimeKey {
    OneTimeKey::from_text(text).unwrap()
}
