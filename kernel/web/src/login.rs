//! The mechanics of logging in and out; the login page itself is the console's.

use std::time::Duration;

use axum::extract::{FromRequest, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use http::{HeaderName, HeaderValue, StatusCode};
use regia_access::{Access, LoginAttempt, LoginOutcome, LoginToken};
use regia_secrets::Secret;
use serde::Deserialize;

use crate::guard::same_origin;
use crate::problem::whole_seconds;
use crate::{Caller, Form, Peer, Problem, TraceId, cookie, local_path};

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
    /// Logged in: sends the browser on, with its cookie.
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
    /// After too many failures: when to try again, in seconds. None: wrong name or password.
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

impl<S: Send + Sync> FromRequest<S> for LoginForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // Another site must not log somebody in as somebody else.
        if !same_origin(request.headers()) {
            let detail = "The form was sent by another site.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "web.csrf", detail));
        }
        let peer = request.extensions().get().copied().unwrap_or(Peer::LOCAL);
        let trace_id = request
            .extensions()
            .get::<TraceId>()
            .map(ToString::to_string);
        let user_agent = request
            .headers()
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().to_owned();
        let previous = cookie::read(request.headers(), peer.tls)
            .and_then(|cookie| LoginToken::parse(cookie.expose()));
        let Form(Fields {
            name,
            password,
            next,
        }) = Form::from_request(request, state).await?;
        let address = peer.address.ip().to_canonical();
        let attempt = LoginAttempt {
            name,
            password,
            address,
            user_agent,
            trace_id,
            previous,
        };
        Ok(Self {
            attempt,
            next: local_path(&next).to_owned(),
            tls: peer.tls,
        })
    }
}

impl LoginForm {
    /// Checks name and password.
    ///
    /// # Errors
    /// When the database fails or too many log in at once.
    pub async fn log_in(self, access: &Access) -> Result<LoginAnswer, Problem> {
        let Self { attempt, next, tls } = self;
        let retry_after = match access.login(&attempt).await? {
            LoginOutcome::Welcome { token, .. } => return Ok(welcome(&token, &next, tls)),
            LoginOutcome::Refused => None,
            LoginOutcome::Limited { retry_after } => Some(retry_after),
        };
        Ok(LoginAnswer::Refused(Refused {
            name: attempt.name,
            next,
            retry_after_seconds: retry_after.map(|wait: Duration| whole_seconds(wait)),
        }))
    }
}

fn welcome(token: &LoginToken, next: &str, tls: bool) -> LoginAnswer {
    let mut response = Redirect::to(next).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie::carry(token, tls) {
        headers.insert(SET_COOKIE, cookie);
    }
    LoginAnswer::Welcome(response)
}

/// Ends the login and sends the browser to the login page.
pub(crate) async fn log_out(
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
    if let Some(cookie) = cookie::clear(peer.tls) {
        headers.insert(SET_COOKIE, cookie);
    }
    Ok(response)
}
