//! The mechanics of logging in and out; the login page itself is the console's.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use regia_access::Principal;
use regia_http::{Form, Problem, TraceId, whole_seconds};
use regia_identity::{
    Access, Browser, CodeAttempt, CodeOutcome, HalfLoginToken, LoginAttempt, LoginOutcome,
    LoginToken,
};
use regia_listener::Peer;
use regia_secrets::Secret;
use regia_security::{Event, Kind};
use serde::Deserialize;

use crate::csrf::same_origin;
use crate::guard::{login_address, with_next};
use crate::{Caller, cookie, local_path, watch};

/// Forgets what the browser stored of the pages, and the pages themselves.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The fields of the login form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    name: String,
    password: Secret,
    #[serde(default)]
    next: String,
}

/// A posted login form: `name`, `password`, and `next`, where to go on.
#[derive(Debug)]
pub struct LoginForm {
    attempt: LoginAttempt,
    next: String,
    tls: bool,
}

/// How it went.
#[derive(Debug)]
pub enum LoginAnswer {
    /// Sends the browser on, with its cookie: to where it wanted to go, or to the next step.
    Welcome(Response),
    /// Not logged in: show the form again.
    Refused(Refused),
}

/// Why the form is shown again, and what it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The name that was given.
    pub name: String,
    /// Where to go on afterwards; a page of ours.
    pub next: String,
    /// After too many failures: when to try again, in seconds. None: what was given is wrong.
    pub retry_after_seconds: Option<u64>,
}

impl Refused {
    /// The status of the page that shows the form again.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.retry_after_seconds {
            Some(_) => StatusCode::TOO_MANY_REQUESTS,
            None => StatusCode::UNAUTHORIZED,
        }
    }
}

/// Refuses what another site sent, for forms that are open to everybody: another site must not log
/// somebody in as somebody else.
///
/// # Errors
/// The refusal.
pub fn refuse_other_sites(request: &Request) -> Result<(), Problem> {
    if same_origin(request.headers()) {
        return Ok(());
    }
    let detail = "The form was sent by another site.";
    Err(Problem::new(StatusCode::FORBIDDEN, "web.csrf", detail))
}

/// A step of a login as the security log has it.
fn event(kind: Kind, browser: &Browser, detail: String) -> Event {
    Event {
        address: Some(browser.address),
        route: "POST /login".to_owned(),
        detail,
        trace_id: browser.trace_id.clone().unwrap_or_default(),
        ..Event::new(kind)
    }
}

fn browser(request: &Request) -> (Browser, bool) {
    let peer = request.extensions().get().copied().unwrap_or(Peer::LOCAL);
    let user_agent = request
        .headers()
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let browser = Browser {
        address: peer.address.ip().to_canonical(),
        user_agent: user_agent.unwrap_or_default().to_owned(),
        trace_id: request
            .extensions()
            .get::<TraceId>()
            .map(ToString::to_string),
        previous: cookie::read(request.headers(), peer.tls)
            .and_then(|cookie| LoginToken::parse(cookie.expose())),
    };
    (browser, peer.tls)
}

impl<S: Send + Sync> FromRequest<S> for LoginForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        refuse_other_sites(&request)?;
        let (browser, tls) = browser(&request);
        let Form(Fields {
            name,
            password,
            next,
        }) = Form::from_request(request, state).await?;
        let attempt = LoginAttempt {
            name,
            password,
            browser,
        };
        Ok(Self {
            attempt,
            next: local_path(&next).to_owned(),
            tls,
        })
    }
}

impl LoginForm {
    /// Checks name and password. Where a code is needed, the browser goes to [`CODE_PAGE`].
    ///
    /// # Errors
    /// When the database fails or too many log in at once.
    pub async fn log_in(self, access: &Access) -> Result<LoginAnswer, Problem> {
        let Self { attempt, next, tls } = self;
        let note = |kind, principal: Option<&Principal>| {
            // Of a name that may be a password only the beginning.
            let detail = match kind {
                Kind::Login => String::new(),
                _ => Event::shortened(&attempt.name),
            };
            let event = event(kind, &attempt.browser, detail);
            access.security().note(watch::by(event, principal));
        };
        let retry_after = match access.login(&attempt).await? {
            LoginOutcome::Welcome { token, principal } => {
                note(Kind::Login, Some(&principal));
                return Ok(LoginAnswer::Welcome(welcome(&token, &next, tls)));
            }
            LoginOutcome::CodeNeeded { half } => {
                return Ok(LoginAnswer::Welcome(ask_for_code(&half, &next, tls)));
            }
            LoginOutcome::Refused => {
                note(Kind::LoginFailed, None);
                None
            }
            LoginOutcome::Limited { retry_after } => {
                note(Kind::LoginLimited, None);
                Some(retry_after)
            }
        };
        Ok(LoginAnswer::Refused(Refused {
            name: attempt.name,
            next,
            retry_after_seconds: retry_after.map(|wait: Duration| whole_seconds(wait)),
        }))
    }
}

/// Where the code is asked for.
pub const CODE_PAGE: &str = "/login/code";

/// The login of a request that waits for its code; none when there is none any more.
#[derive(Debug, Clone)]
pub struct HalfLogin(pub Option<HalfLoginToken>);

impl<S: Sync> FromRequestParts<S> for HalfLogin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(cookie::read_half(&parts.headers, Peer::of(parts).tls)))
    }
}

/// The fields of the code form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFields {
    code: Secret,
    #[serde(default)]
    next: String,
}

/// A posted code form: `code`, and `next`, where to go on.
#[derive(Debug)]
pub struct CodeForm {
    half: Option<HalfLoginToken>,
    code: Secret,
    browser: Browser,
    next: String,
    tls: bool,
}

impl<S: Send + Sync> FromRequest<S> for CodeForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        refuse_other_sites(&request)?;
        let (browser, tls) = browser(&request);
        let half = cookie::read_half(request.headers(), tls);
        let Form(CodeFields { code, next }) = Form::from_request(request, state).await?;
        Ok(Self {
            half,
            code,
            browser,
            next: local_path(&next).to_owned(),
            tls,
        })
    }
}

impl CodeForm {
    /// Checks the code. A login that waits no more begins again with the password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_in(self, access: &Access) -> Result<LoginAnswer, Problem> {
        let Self {
            half,
            code,
            browser,
            next,
            tls,
        } = self;
        let over = || {
            let mut response = Redirect::to(&login_address(&next)).into_response();
            forget_half(&mut response, tls);
            LoginAnswer::Welcome(response)
        };
        let Some(half) = half else {
            return Ok(over());
        };
        let attempt = CodeAttempt {
            half,
            code,
            browser,
        };
        let note = |kind, principal: Option<&Principal>| {
            let event = event(kind, &attempt.browser, String::new());
            access.security().note(watch::by(event, principal));
        };
        let retry_after = match access.login_code(&attempt).await? {
            CodeOutcome::Welcome { token, principal } => {
                note(Kind::Login, Some(&principal));
                let mut response = welcome(&token, &next, tls);
                forget_half(&mut response, tls);
                return Ok(LoginAnswer::Welcome(response));
            }
            CodeOutcome::Over => return Ok(over()),
            CodeOutcome::Refused => {
                note(Kind::CodeFailed, None);
                None
            }
            CodeOutcome::Limited { retry_after } => {
                note(Kind::LoginLimited, None);
                Some(retry_after)
            }
        };
        Ok(LoginAnswer::Refused(Refused {
            name: String::new(),
            next,
            retry_after_seconds: retry_after.map(|wait: Duration| whole_seconds(wait)),
        }))
    }
}

fn welcome(token: &LoginToken, next: &str, tls: bool) -> Response {
    let mut response = Redirect::to(next).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(headers, cookie::carry(token, tls));
    response
}

fn ask_for_code(half: &HalfLoginToken, next: &str, tls: bool) -> Response {
    let mut response = Redirect::to(&with_next(CODE_PAGE, next)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(headers, cookie::carry_half(half, tls));
    response
}

fn forget_half(response: &mut Response, tls: bool) {
    set(response.headers_mut(), cookie::clear_half(tls));
}

fn set(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
}

/// Gives the browser the new token of its login.
pub fn renew(response: &mut Response, token: &LoginToken, peer: Peer) {
    set(response.headers_mut(), cookie::carry(token, peer.tls));
}

/// Ends the login and sends the browser to the login page.
///
/// # Errors
/// When the database fails.
pub async fn log_out(
    State(access): State<Access>,
    peer: Peer,
    Caller(principal): Caller,
) -> Result<Response, Problem> {
    access.logout(&principal).await?;
    let mut response = Redirect::to("/login").into_response();
    let headers = response.headers_mut();
    headers.insert(
        CLEAR_SITE_DATA,
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    set(headers, cookie::clear(peer.tls));
    Ok(response)
}
