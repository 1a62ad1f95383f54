//! HTTP for every module: problem answers, extractors, the guard before everything that is not
//! open, the router of the whole server, and listeners.

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
mod listen;
mod local;
mod memory;
mod observe;
mod openapi;
mod page;
mod peer;
mod problem;
mod settings;
mod shed;
mod signals;
mod trace;

pub use app::WebApp;
pub use extract::{Form, Json, Path, Query};
pub use forwarded::{ForwardingHeader, Network};
pub use guard::{CSRF_FIELD, CSRF_HEADER, Caller, Csrf};
pub use language::Language;
pub use limit::Limiter;
pub use listen::{Addresses, ConnectionSettings, ListenError, ListenOptions, Listener, TlsOptions};
pub use local::local_path;
pub use memory::ConnectionMemory;
pub use observe::ErrorPage;
pub use openapi::describe;
pub use page::{PageIn, PageOut};
pub use peer::Peer;
pub use problem::{FieldError, Problem};
pub use settings::WebSettings;
pub use signals::describe_metrics;
pub use trace::TraceId;
