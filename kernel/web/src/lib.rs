//! HTTP for every module: the router of the whole server, with what is around each request of it.
//! What handlers need of the guard, and to read and answer, is named here too.

mod app;
mod forwarded;
mod headers;
mod health;
mod observe;
mod settings;
mod shed;
mod signals;

pub use app::WebApp;
pub use forwarded::{ForwardingHeader, Network};
pub use observe::{ErrorPage, ProblemPage};
pub use regia_guard::{CSRF_HEADER, Caller, Csrf, Language, Limiter};
pub use regia_guard::{language, limit, local_path, login};
pub use regia_http::{CSRF_FIELD, FieldError, Form, Json, Path, Problem, Query, TraceId};
pub use regia_http::{PageIn, PageOut, cursor, describe};
pub use regia_listener::Peer;
pub use settings::WebSettings;
pub use signals::describe_metrics;
