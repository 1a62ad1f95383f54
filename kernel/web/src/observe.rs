//! What happens around every request: a name, a log line, metrics, contained panics, and problems
//! in the form that whoever asked can read.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt, StreamExt};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use regia_clock::{Chance, Clock};
use regia_fault::Fault;
use regia_guard::watch;
use regia_http::{Asked, Problem, TraceId, is_event_stream};
use regia_listener::Peer;
use regia_security::{Event, SecurityLog};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{headers, signals};

pub(crate) const X_TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// Writes the page of a problem. Gets the request's headers (for its language) and whether htmx
/// asked for a part of a page only.
#[derive(Clone)]
pub struct ErrorPage(Arc<Render>);

type Render = dyn Fn(&Problem, &HeaderMap, bool) -> String + Send + Sync;

impl ErrorPage {
    /// Answers HTML.
    pub fn new(
        render: impl Fn(&Problem, &HeaderMap, bool) -> String + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(render))
    }
}

impl fmt::Debug for ErrorPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErrorPage")
    }
}

/// The page of a problem that was written where it is known who asked: an extension of the answer,
/// in place of the error page.
#[derive(Debug, Clone)]
pub struct ProblemPage(pub String);

/// What the observer needs.
#[derive(Debug)]
pub(crate) struct Observer {
    pub clock: Clock,
    pub chance: Chance,
    pub stopping: CancellationToken,
    pub error_page: ErrorPage,
    pub security: SecurityLog,
}

/// What is said about a request after it is gone.
struct Facts {
    method: Method,
    path: String,
    route: String,
    peer: Peer,
    trace: TraceId,
    asked: Asked,
    headers: HeaderMap,
    started: Instant,
}

pub(crate) async fn observe(
    State(observer): State<Arc<Observer>>,
    mut request: Request,
    next: Next,
) -> Response {
    let facts = Facts::note(&observer, &request);
    request.extensions_mut().insert(facts.trace.clone());
    let span = tracing::info_span!("request", trace.id = %facts.trace);
    async {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        let response = answered.unwrap_or_else(|panic| contain(panic.as_ref()));
        observer.finish(response, &facts)
    }
    .instrument(span)
    .await
}

impl Facts {
    fn note(observer: &Observer, request: &Request) -> Self {
        let asked = Asked::of(request);
        let matched = request.extensions().get::<MatchedPath>();
        let route = matched.map_or("unmatched", MatchedPath::as_str).to_owned();
        // A token in an address opens something: it stays out of the log.
        let path = match route.contains("{token}") {
            true => route.clone(),
            false => request.uri().path().to_owned(),
        };
        Self {
            method: request.method().clone(),
            path,
            route,
            peer: request.extensions().get().copied().unwrap_or(Peer::LOCAL),
            trace: TraceId::draw(&observer.chance),
            asked,
            headers: if asked.page {
                request.headers().clone()
            } else {
                HeaderMap::new()
            },
            started: observer.clock.instant(),
        }
    }
}

impl Observer {
    fn finish(&self, mut response: Response, facts: &Facts) -> Response {
        let problem = problem_of(&mut response);
        facts.report(response.status(), problem.as_deref(), self.clock.instant());
        self.tell(&response, problem.as_deref(), facts);
        if let Some(problem) = problem {
            self.write(&mut response, Problem::clone(&problem), facts);
        }
        let headers = response.headers_mut();
        if let Ok(trace) = HeaderValue::from_str(facts.trace.as_str()) {
            headers.insert(X_TRACE_ID, trace);
        }
        headers::secure(headers);
        if is_event_stream(&response) {
            self.until_stop(response)
        } else {
            response
        }
    }

    /// Somebody may have tried something.
    fn tell(&self, response: &Response, problem: Option<&Problem>, facts: &Facts) {
        let Some(problem) = problem else { return };
        let Some(kind) = watch::kind_of(problem.code()) else {
            return;
        };
        let event = Event {
            address: Some(facts.peer.address.ip().to_canonical()),
            route: format!("{} {}", facts.method, facts.route),
            detail: problem.detail().to_owned(),
            trace_id: facts.trace.to_string(),
            ..Event::new(kind)
        };
        self.security
            .note(watch::by(event, watch::caller(response)));
    }

    fn write(&self, response: &mut Response, mut problem: Problem, facts: &Facts) {
        problem.set_trace_id(facts.trace.to_string());
        response.headers_mut().remove(CONTENT_LENGTH);
        if facts.asked.page {
            let ErrorPage(render) = &self.error_page;
            let written = response.extensions_mut().remove::<ProblemPage>();
            let page = match written.filter(|_| !facts.asked.partial) {
                Some(ProblemPage(page)) => page,
                None => render(&problem, &facts.headers, facts.asked.partial),
            };
            *response.body_mut() = Body::from(page);
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html);
        } else {
            *response.body_mut() = problem.json();
        }
    }

    /// A stream of events never ends by itself, and a stop waits for open answers.
    fn until_stop(&self, response: Response) -> Response {
        let stopping = self.stopping.clone().cancelled_owned();
        response.map(|body| Body::from_stream(body.into_data_stream().take_until(stopping)))
    }
}

/// The problem of an answer; an error without words becomes one.
fn problem_of(response: &mut Response) -> Option<Arc<Problem>> {
    if let Some(problem) = response.extensions_mut().remove() {
        return Some(problem);
    }
    let status = response.status();
    let kind = response
        .headers()
        .get(CONTENT_TYPE)
        .map(HeaderValue::as_bytes);
    let is_wordless = kind.is_none_or(|kind| kind.starts_with(b"text/plain"));
    if !is_wordless || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let problem = Problem::of_status(status);
    let written = problem.clone().into_response();
    response.headers_mut().extend(written.headers().clone());
    Some(Arc::new(problem))
}

fn contain(panic: &(dyn Any + Send)) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    Problem::from(Fault::internal(format!("a handler panicked: {text}"))).into_response()
}

impl Facts {
    /// One line and the metrics of a request. What works and changes nothing is said quietly.
    fn report(&self, status: StatusCode, problem: Option<&Problem>, now: Instant) {
        let took = now.saturating_duration_since(self.started);
        let (method, path, route) = (&self.method, &self.path, &self.route);
        let code = problem.map(Problem::code);
        let error = problem.and_then(Problem::chain);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    http.method = %method,
                    http.path = path,
                    http.status = status.as_u16(),
                    http.duration_ms = took.as_secs_f64() * 1000.0,
                    peer.address = %self.peer.address.ip(),
                    problem.code = code,
                    error,
                    "{method} {route}: {}", status.as_u16()
                )
            };
        }
        match status.as_u16() {
            500 => line!(error),
            501.. => line!(warn),
            0..400 if method.is_safe() => line!(debug),
            _ => line!(info),
        }
        let label = status.as_u16().to_string();
        metrics::counter!(signals::REQUESTS, "route" => route.clone(), "status" => label)
            .increment(1);
        metrics::histogram!(signals::DURATION, "route" => route.clone()).record(took.as_secs_f64());
        if let Some(code) = code {
            metrics::counter!(signals::PROBLEMS, "code" => code).increment(1);
        }
    }
}
