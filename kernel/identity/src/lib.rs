//! Who asks: logins, their second factors, and what people do to their own account.

mod access;
mod account;
mod login;
mod login_code;
mod logins;
mod second_factor;
mod signals;
mod store;
mod throttle;

pub use access::{Access, Authenticated};
pub use login::{Browser, HalfLoginToken, LoginAttempt, LoginOutcome, LoginToken};
pub use login_code::{CodeAttempt, CodeOutcome};
pub use second_factor::{Enrolment, SecondFactor};
pub use signals::describe_metrics;
pub use store::login::LoginSummary;
