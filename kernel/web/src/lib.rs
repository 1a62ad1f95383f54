//! HTTP for every module: problem answers, extractors, the guard before everything that is not
//! open, and the router of the whole server.

pub mod language;
pub mod limit;
pub mod login;

mod app;
mod cookie;
mod extract;
mod forwarded;
mod guard;
mod headers;
mod health;
mod local;
mod observe;
mod openapi;
mod page;
mod problem;
mod settings;
mod shed;
mod signals;
mod trace;
mod watch;

pub use app::WebApp;
pub use extract::{Form, Json, Path, Query};
pub use forwarded::{ForwardingHeader, Network};
pub use guard::{CSRF_FIELD, CSRF_HEADER, Caller, Csrf};
pub use language::Language;
pub use limit::Limiter;
pub use local::local_path;
pub use observe::{ErrorPage, ProblemPage};
pub use openapi::describe;
pub use page::{PageIn, PageOut};
pub use problem::{FieldError, Problem};
pub use regia_listener::Peer;
pub use settings::WebSettings;
pub use signals::describe_metrics;
pub use trace::TraceId;
