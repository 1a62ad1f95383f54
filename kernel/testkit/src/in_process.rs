//! A server in process, asked as browsers and scripts ask it.

use std::sync::OnceLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::request::Builder;
use http::{HeaderMap, Method, Request};
use regia_telemetry::metrics::PrometheusHandle;
use serde_json::Value;
use tower::ServiceExt as _;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// All of its body.
    pub body: String,
}

/// What a browser keeps of a login.
#[derive(Debug, Clone)]
pub struct Browser {
    /// `name=value`.
    pub cookie: String,
    /// The token of its forms.
    pub csrf: String,
}

/// A server without a listener. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Server(Router);

impl Server {
    /// A server that answers with these routes. A login takes `/login`, and `/token`, which answers the
    /// token of its forms.
    #[must_use]
    pub const fn new(router: Router) -> Self {
        Self(router)
    }

    /// Asks, and reads the answer to its end.
    ///
    /// # Panics
    /// When the answer breaks off.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let Ok(response) = self.0.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await;
        let body = body.unwrap_or_else(|error| panic!("the answer breaks off: {error}"));
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// As a script with a key.
    pub async fn script(&self, key: &str, method: Method, address: &str, json: &str) -> Answer {
        let request = to(address)
            .method(method)
            .header(AUTHORIZATION, format!("Bearer {key}"))
            .header(CONTENT_TYPE, JSON);
        self.send(with(request, json)).await
    }

    /// A page, as a person asks for it.
    pub async fn page(&self, browser: &Browser, address: &str) -> Answer {
        let request = to(address)
            .header(ACCEPT, "text/html")
            .header(COOKIE, &browser.cookie);
        self.send(with(request, "")).await
    }

    /// A form of a page.
    pub async fn post(&self, browser: &Browser, address: &str, form: &str) -> Answer {
        let form = format!("{form}&csrf={}", browser.csrf);
        self.post_open(address, &form, &browser.cookie).await
    }

    /// A form that is open to everybody.
    pub async fn post_open(&self, address: &str, form: &str, cookie: &str) -> Answer {
        let request = to(address)
            .method(Method::POST)
            .header(ORIGIN, "http://regia.test")
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, FORM);
        self.send(with(request, form)).await
    }

    /// Name and password, as the login page sends them.
    pub async fn try_log_in(&self, name: &str, password: &str) -> Answer {
        let form = format!("name={name}&password={password}");
        self.post_open("/login", &form, "").await
    }

    /// A login of somebody without a second factor.
    ///
    /// # Panics
    /// When it does not succeed.
    pub async fn log_in(&self, name: &str, password: &str) -> Browser {
        let answer = self.try_log_in(name, password).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        self.browser(answer.cookie("regia")).await
    }

    /// A cookie with the token that this login's forms carry.
    pub async fn browser(&self, cookie: String) -> Browser {
        let mut browser = Browser {
            cookie,
            csrf: String::new(),
        };
        browser.csrf = self.page(&browser, "/token").await.body;
        browser
    }
}

impl Answer {
    /// The body.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Status and code of a problem; its form is checked on the way.
    ///
    /// # Panics
    /// When it is none as RFC 9457 has it.
    #[must_use]
    pub fn problem(&self) -> (u16, String) {
        let json = self.json();
        let text = |field: &str| json.get(field).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(self.header(CONTENT_TYPE), PROBLEM, "{}", self.body);
        assert_eq!(json.get("status"), Some(&self.status.into()));
        assert_eq!(text("trace_id"), self.header("x-trace-id"));
        assert_eq!(text("trace_id").len(), 32);
        let code = text("code");
        assert_eq!(text("type"), format!("urn:regia:problem:{code}"));
        let is_text = |field: &str| json.get(field).is_some_and(Value::is_string);
        assert!(is_text("title") && is_text("detail"), "{}", self.body);
        (self.status, code.to_owned())
    }

    /// The same; no code where all is well.
    #[must_use]
    pub fn problem_or_ok(&self) -> (u16, String) {
        match self.status {
            200..300 => (self.status, String::new()),
            _ => self.problem(),
        }
    }

    /// One field of each item of a list.
    ///
    /// # Panics
    /// When it is no list.
    #[must_use]
    pub fn all(&self, field: &str) -> Vec<String> {
        let list = self.json();
        let Some(items) = list.get("items").and_then(Value::as_array) else {
            panic!("no list: {}", self.body)
        };
        let text = |item: &Value| {
            let text = item.get(field).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        items.iter().map(text).collect()
    }

    /// A header; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: impl AsRef<str>) -> &str {
        let value = self.headers.get(name.as_ref());
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// `name=value` of a cookie that was set.
    ///
    /// # Panics
    /// When it was not.
    #[must_use]
    pub fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all(SET_COOKIE).iter();
        let mut set = set.filter_map(|value| value.to_str().ok());
        let found = set.find(|value| value.starts_with(&format!("{name}=")));
        let found = found.unwrap_or_else(|| panic!("no cookie {name}: {:?}", self.headers));
        found.split(';').next().unwrap_or_default().to_owned()
    }
}

/// A request to the server under test.
fn to(address: &str) -> Builder {
    Request::builder().uri(address).header(HOST, "regia.test")
}

fn with(request: Builder, body: &str) -> Request<Body> {
    let request = request.body(Body::from(body.to_owned()));
    request.unwrap_or_else(|error| panic!("the test asks for something impossible: {error}"))
}

/// The recorder of metrics: one a process.
///
/// # Panics
/// When another one is in place.
pub fn recorder() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || {
        let installed = regia_telemetry::metrics::install();
        installed.unwrap_or_else(|error| panic!("another recorder is in place: {error}"))
    };
    HANDLE.get_or_init(install).clone()
}
