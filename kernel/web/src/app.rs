//! The router of the whole server: what is open, what is guarded, and what is around both.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use regia_clock::{Chance, Clock};
use regia_guard::{Guard, Limiter, guard, limit, login, watch};
use regia_http::{API, Json, describe};
use regia_identity::Access;
use regia_keys::Keys;
use regia_lifecycle::Lifecycle;
use regia_telemetry::metrics::PrometheusHandle;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::forwarded;
use crate::headers::SWAGGER_POLICY;
use crate::observe::{ErrorPage, Observer, observe};
use crate::shed::{Room, shed};
use crate::{WebSettings, health};

const DESCRIPTION: &str = "/api/openapi.json";

/// Everything that console and API are made of.
#[expect(
    missing_debug_implementations,
    reason = "a router of operations has none"
)]
pub struct WebApp {
    /// Operations of all modules, without `/api/v1`. Guarded: keys and logins.
    pub api: OpenApiRouter,
    /// Pages of all modules. Guarded: logins.
    pub pages: Router,
    /// What anybody may ask, so often: the login page.
    pub open: Router,
    /// What anybody may read: style sheets, scripts.
    pub assets: Router,
    /// Writes the page of a problem.
    pub error_page: ErrorPage,
    /// Which people may ask.
    pub access: Access,
    /// Which scripts may ask.
    pub keys: Keys,
    /// How often.
    pub limiter: Limiter,
    /// The page where a second factor is set up, with what is below it: all that is open to a login
    /// without one where one is required.
    pub enrolment: &'static str,
    /// Readiness, and the end of event streams.
    pub lifecycle: Lifecycle,
    /// The answer of `/metrics`.
    pub metrics: PrometheusHandle,
    /// Limits.
    pub settings: WebSettings,
    /// Measures requests.
    pub clock: Clock,
    /// Names requests.
    pub chance: Chance,
}

impl WebApp {
    /// Puts it together.
    ///
    /// # Panics
    /// When two parts claim the same address.
    pub fn into_router(self) -> Router {
        let WebSettings {
            max_body_bytes,
            max_concurrent,
            max_concurrent_open,
            ..
        } = self.settings;
        let proxies = self.settings.proxies();
        let security = self.access.security();
        let (api, description) = OpenApiRouter::new().nest(API, self.api).split_for_parts();
        let guarded = Router::new()
            .route("/logout", post(login::log_out))
            .with_state(self.access.clone())
            .merge(self.pages)
            .merge(api)
            .fallback(async || StatusCode::NOT_FOUND)
            .layer(from_fn_with_state(
                Arc::new(Guard {
                    access: self.access,
                    keys: self.keys,
                    clock: self.clock.clone(),
                    limiter: self.limiter.clone(),
                    max_body_bytes,
                    enrolment: self.enrolment,
                }),
                guard,
            ))
            .layer(from_fn_with_state(
                Room::new("guarded", max_concurrent),
                shed,
            ));
        let open = self
            .open
            .merge(documents(describe(description)))
            .layer(from_fn_with_state(self.limiter, limit::strangers))
            .layer(from_fn_with_state(security.clone(), watch::keep_out))
            .layer(from_fn_with_state(
                Room::new("open", max_concurrent_open),
                shed,
            ));
        let observer = Observer {
            clock: self.clock,
            chance: self.chance,
            stopping: self.lifecycle.stopping(),
            error_page: self.error_page,
            security: security.clone(),
        };
        let router = guarded
            .merge(open)
            .merge(self.assets)
            .merge(health::router(&self.lifecycle, self.metrics))
            .layer(DefaultBodyLimit::max(max_body_bytes))
            .layer(from_fn_with_state(Arc::new(observer), observe))
            .layer(CompressionLayer::new().compress_when(packed()));
        match proxies {
            Some(proxies) => {
                let state = Arc::new((proxies, security));
                router.layer(from_fn_with_state(state, forwarded::unwrap))
            }
            None => router,
        }
    }
}

/// What is sent gzipped: not the files of devices, which are packed already and whose length a browser
/// shall know.
fn packed() -> impl Predicate {
    DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream"))
}

/// The API's description, and Swagger UI to read it.
fn documents(description: OpenApi) -> Router {
    let description = Arc::new(description);
    let answer = async move || Json(Arc::clone(&description));
    let swagger = Router::from(SwaggerUi::new("/api/docs").config(Config::from(DESCRIPTION)));
    let relaxed = async |mut response: Response| {
        let policy = HeaderValue::from_static(SWAGGER_POLICY);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
        response
    };
    Router::new()
        .merge(swagger)
        .layer(map_response(relaxed))
        .route(DESCRIPTION, get(answer))
}
