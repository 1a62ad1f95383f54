//! What stands before console and API: who asks, by cookie or key, whether another site made them ask,
//! how much they may ask, and who is kept out; with it the mechanics of logging in and out.

pub mod language;
pub mod limit;
pub mod login;
pub mod watch;

mod cookie;
mod csrf;
mod guard;
mod local;

pub use csrf::CSRF_HEADER;
pub use guard::{Caller, Csrf, Guard, guard};
pub use language::Language;
pub use limit::Limiter;
pub use local::local_path;
