//! Who asks, and what they changed: the administrator, logins, API keys, the audit trail.

pub mod audit;

mod access;
mod api_key;
mod authority;
mod fault;
mod login;
mod passwords;
mod principal;
mod seed;
mod settings;
mod signals;
mod store;
mod throttle;

pub use access::{Access, Authenticated};
pub use authority::{Allowed, Authority, Denied, Grant, Permission, SystemRole};
pub use fault::AccessError;
pub use login::{LoginAttempt, LoginOutcome, LoginToken};
pub use principal::{ApiKeyId, LoginId, Origin, Principal, UserId};
pub use seed::{ADMINISTRATOR, Seed, Seeded};
pub use settings::AccessSettings;
pub use signals::describe_metrics;
pub use store::{ApiKeySummary, LoginSummary};
