//! The guard before everything that is not open: it finds out who asks, and refuses requests that
//! another site made in the name of somebody logged in.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regia_access::{Origin, Principal};
use regia_clock::Clock;
use regia_http::{Asked, Problem, TraceId, is_event_stream};
use regia_identity::{Access, Authenticated};
use regia_keys::Keys;
use regia_listener::Peer;
use regia_secrets::Secret;
use regia_security::{Event, Kind};

use crate::csrf::{self, same_origin};
use crate::{Language, Limiter, cookie, language, local_path, watch};

/// Everything below is the API, which takes keys and never redirects.
const API: &str = "/api/";

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// Makes htmx go to another page.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
/// The page that an htmx request came from.
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");

/// How long a stream of events goes on before its login is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// What the guard needs.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Which people may ask.
    pub access: Access,
    /// Which scripts may ask.
    pub keys: Keys,
    /// Says when a stream of events is looked at again.
    pub clock: Clock,
    /// How often.
    pub limiter: Limiter,
    /// What is read of a form to find its CSRF token.
    pub max_body_bytes: usize,
    /// Where a second factor is set up.
    pub enrolment: &'static str,
}

/// Who asks; handlers take it as an argument and hand it to their flow.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

/// A CSRF token for the forms of a page, in the hidden field [`regia_http::CSRF_FIELD`] or the
/// header [`crate::CSRF_HEADER`].
#[derive(Debug, Clone)]
pub struct Csrf(pub String);

/// The login of a request, from which its CSRF tokens are made.
#[derive(Clone)]
struct Login(Arc<(Access, Authenticated)>);

/// Lets the request through with its principal, or answers for it.
pub async fn guard(State(guard): State<Arc<Guard>>, mut request: Request, next: Next) -> Response {
    let kept_out = guard.access.security().banned(peer(&request).address.ip());
    if let Some(left) = kept_out.filter(|_| !guard.claims_key(&request)) {
        return watch::banned(left).into_response();
    }
    match guard.admit(&mut request).await {
        Ok(principal) => {
            request.extensions_mut().insert(Caller(principal.clone()));
            let (peer, unkept) = (peer(&request), unkept_language(&request));
            let mut response = guard.limiter.admit(&principal, request, next).await;
            // What was shown to somebody logged in is not kept for whoever comes after them.
            response
                .headers_mut()
                .entry(CACHE_CONTROL)
                .or_insert(HeaderValue::from_static("no-store"));
            if let Some(tag) = unkept {
                language::remind(&mut response, &tag, peer);
            }
            response.extensions_mut().insert(Caller(principal.clone()));
            if is_event_stream(&response) {
                response = guard.while_valid(response, principal);
            }
            response
        }
        // A wrong key opens nothing that the address is kept out of.
        Err(_) if let Some(left) = kept_out => watch::banned(left).into_response(),
        Err(response) => {
            let peer = peer(&request);
            guard.limiter.admit_stranger(peer, *response).await
        }
    }
}

impl Guard {
    /// Whether the request claims to have an API key: whoever has a valid one is never kept out.
    fn claims_key(&self, request: &Request) -> bool {
        request.uri().path().starts_with(API) && api_key(request.headers()).is_some()
    }

    async fn admit(&self, request: &mut Request) -> Result<Principal, Box<Response>> {
        let refuse = |problem: Problem| Box::new(problem.into_response());
        let is_api = request.uri().path().starts_with(API);
        let key = is_api.then(|| api_key(request.headers())).flatten();
        let cookie = cookie::read(request.headers(), peer(request).tls);
        let origin = origin(request);
        if let Some(key) = key {
            return self.by_key(key, origin).await.map_err(refuse);
        }
        let claimed = cookie.is_some();
        let login = self.by_cookie(cookie, origin).await.map_err(refuse)?;
        if claimed && login.is_none() {
            self.note_cookie(request);
        }
        match login {
            Some(login) if login.must_enrol && !self.enrols(request) => {
                Err(Box::new(self.ask_to_enrol(request)))
            }
            Some(login) => self.by_login(login, request).await.map_err(refuse),
            None if is_api => Err(refuse(nobody())),
            None => Err(Box::new(ask_to_log_in(request))),
        }
    }

    /// A login that has ended, or was never one.
    fn note_cookie(&self, request: &Request) {
        let Origin { address, trace_id } = origin(request);
        self.access.security().note(Event {
            address,
            trace_id: trace_id.unwrap_or_default(),
            ..Event::new(Kind::BadCookie)
        });
    }

    /// Whether the request sets up a second factor, or logs out.
    fn enrols(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let below = path.strip_prefix(self.enrolment);
        path == "/logout" || below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A page leads to where the second factor is set up; everything else is refused.
    fn ask_to_enrol(&self, request: &Request) -> Response {
        let asked = Asked::of(request);
        let problem = Problem::new(
            StatusCode::FORBIDDEN,
            "access.second_factor_required",
            "A second factor must be set up first.",
        )
        .hint("Set one up in the console, under My account.");
        match (asked.partial, asked.page) {
            (true, _) => problem
                .header(HX_REDIRECT, HeaderValue::from_static(self.enrolment))
                .into_response(),
            (false, true) => Redirect::to(self.enrolment).into_response(),
            (false, false) => problem.into_response(),
        }
    }

    /// A stream may outlive the login that began it; it is looked at again as events go out.
    fn while_valid(&self, response: Response, principal: Principal) -> Response {
        let guard = self.clone();
        let clock = self.clock.clone();
        let mut looked = clock.instant();
        let still = move |_: &Result<Bytes, axum::Error>| {
            let due = clock.instant() >= looked + LOOK_AGAIN;
            if due {
                looked = clock.instant();
            }
            let (guard, principal) = (guard.clone(), principal.clone());
            async move { !due || guard.still_valid(&principal).await }
        };
        response.map(|body| Body::from_stream(body.into_data_stream().take_while(still)))
    }

    /// A database that is away for a moment ends nobody's stream.
    async fn still_valid(&self, principal: &Principal) -> bool {
        match principal {
            Principal::User { .. } => self.access.still_valid(principal).await.unwrap_or(true),
            Principal::ApiKey { .. } => self.keys.still_valid(principal).await.unwrap_or(true),
            Principal::System(_) => true,
        }
    }

    async fn by_key(
        &self,
        key: Result<Secret, Problem>,
        origin: Origin,
    ) -> Result<Principal, Problem> {
        let found = self.keys.authenticate(&key?, origin).await?;
        found.ok_or_else(unknown_key)
    }

    async fn by_cookie(
        &self,
        cookie: Option<Secret>,
        origin: Origin,
    ) -> Result<Option<Authenticated>, Problem> {
        match cookie {
            Some(cookie) => Ok(self
                .access
                .authenticate_cookie(cookie.expose(), origin)
                .await?),
            None => Ok(None),
        }
    }

    async fn by_login(
        &self,
        login: Authenticated,
        request: &mut Request,
    ) -> Result<Principal, Problem> {
        self.check_csrf(&login, request).await?;
        let principal = login.principal.clone();
        let language = Language(login.language.clone());
        request.extensions_mut().insert(language);
        let login = Login(Arc::new((self.access.clone(), login)));
        request.extensions_mut().insert(login);
        Ok(principal)
    }

    async fn check_csrf(
        &self,
        login: &Authenticated,
        request: &mut Request,
    ) -> Result<(), Problem> {
        if request.method().is_safe() {
            return Ok(());
        }
        if !same_origin(request.headers()) {
            return Err(csrf::refusal("The request comes from another site."));
        }
        match csrf::token_of(request, self.max_body_bytes).await? {
            Some(token) if self.access.csrf_matches(&login.token, &token) => Ok(()),
            Some(_) => Err(csrf::refusal(
                "The request's CSRF token belongs to another login.",
            )),
            None => Err(csrf::refusal("The request has no CSRF token.")),
        }
    }
}

/// The key of a request, if it claims to have one. Two that differ are refused: whichever were taken,
/// somebody would take the other for the one that counts.
fn api_key(headers: &HeaderMap) -> Option<Result<Secret, Problem>> {
    let plain = headers.get_all(X_API_KEY).iter().map(bare);
    let bearer = headers.get_all(AUTHORIZATION).iter().map(|value| {
        let (scheme, key) = bare(value)?.split_once(' ')?;
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        is_bearer.then(|| key.trim())
    });
    // What else is in Authorization may be for a proxy before us.
    let bearer = bearer.filter(|key| key.is_some() || !headers.contains_key(X_API_KEY));
    let mut given: Vec<Option<&str>> = plain.chain(bearer).collect();
    given.dedup();
    match *given {
        [] => None,
        [Some(key)] => Some(Ok(key.into())),
        [None] => Some(Err(unknown_key())),
        _ => Some(Err(two_keys())),
    }
}

fn bare(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(str::trim)
}

fn two_keys() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "access.two_keys",
        "The request carries two credentials that differ.",
    )
    .hint("Send one API key: as Authorization: Bearer KEY or as X-API-Key: KEY.")
}

/// What somebody chose, where their browser does not keep it yet.
fn unkept_language(request: &Request) -> Option<String> {
    let Language(chosen) = request.extensions().get()?;
    let chosen = chosen.clone()?;
    (language::kept(request.headers()).as_ref() != Some(&chosen)).then_some(chosen)
}

fn nobody() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "access.nobody",
        "Nobody is logged in.",
    )
    .hint("Send an API key as Authorization: Bearer KEY.")
    .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn unknown_key() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "access.unknown_key",
        "The API key is not valid.",
    )
    .hint("Check it: it may have expired, or have been replaced or revoked. Its owner can make another under My account.")
    // RFC 6750, section 3.1
    .header(
        WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer error=\"invalid_token\""),
    )
}

/// A page sends the person to the login page, and back afterwards.
fn ask_to_log_in(request: &Request) -> Response {
    let asked = Asked::of(request);
    if asked.partial {
        let current = request
            .headers()
            .get(HX_CURRENT_URL)
            .and_then(|url| url.to_str().ok());
        let response = Problem::new(
            StatusCode::UNAUTHORIZED,
            "access.nobody",
            "You are no longer logged in.",
        );
        let to = login_address(&path_of(current.unwrap_or_default()));
        return match HeaderValue::try_from(to) {
            Ok(to) => response.header(HX_REDIRECT, to).into_response(),
            Err(_) => response.into_response(),
        };
    }
    if !asked.page {
        return nobody().into_response();
    }
    let next = match request.method().is_safe() {
        true => request
            .uri()
            .path_and_query()
            .map_or("/", |next| next.as_str()),
        false => "/",
    };
    Redirect::to(&login_address(next)).into_response()
}

pub(crate) fn login_address(next: &str) -> String {
    with_next("/login", next)
}

/// A step of the login that leads to a page of ours.
pub(crate) fn with_next(step: &str, next: &str) -> String {
    match local_path(next) {
        "/" => step.to_owned(),
        next => format!(
            "{step}?next={}",
            utf8_percent_encode(next, NON_ALPHANUMERIC)
        ),
    }
}

/// Path and query of an address.
fn path_of(url: &str) -> String {
    let Ok(uri) = url.parse::<http::Uri>() else {
        return String::new();
    };
    uri.path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn peer(request: &Request<Body>) -> Peer {
    request.extensions().get().copied().unwrap_or(Peer::LOCAL)
}

fn origin(request: &Request) -> Origin {
    Origin {
        address: Some(peer(request).address.ip().to_canonical()),
        trace_id: request
            .extensions()
            .get::<TraceId>()
            .map(ToString::to_string),
    }
}

/// Refused where no guard stands before the route.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(nobody)
    }
}

/// Refused where nobody is logged in with a browser.
impl<S: Sync> FromRequestParts<S> for Csrf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Login(login) = parts.extensions.get().ok_or_else(nobody)?;
        let (access, authenticated) = &**login;
        Ok(Self(access.csrf_token(&authenticated.token)))
    }
}
