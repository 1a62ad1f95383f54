//! Who asks: users, logins, second factors, and the lines they leave in the audit trail.

pub mod audit;

mod access;
mod account;
mod authority;
mod catalogue;
mod fault;
mod giving;
mod links;
mod login;
mod login_code;
mod logins;
mod mandates;
mod passwords;
mod principal;
mod second_factor;
mod seed;
mod settings;
mod signals;
mod store;
mod throttle;
mod token;
mod users;

pub use access::{Access, Authenticated, authority_within};
pub use authority::{Allowed, Authority, Denied, Grant, Permission, SystemRole};
pub use catalogue::Catalogue;
pub use fault::AccessError;
pub use links::{Invited, Link, LinkToken};
pub use login::{Browser, HalfLoginToken, LoginAttempt, LoginOutcome, LoginToken};
pub use login_code::{CodeAttempt, CodeOutcome};
pub use mandates::{Mandate, NewMandate, NotARole, Role, Standing};
pub use principal::{ApiKeyId, LoginId, MandateId, Origin, Principal, RoleId, UserId};
pub use second_factor::{Enrolment, SecondFactor};
pub use seed::{ADMINISTRATOR, Seed, Seeded};
pub use settings::{AccessSettings, ApiKeySettings, SecondFactorRule};
pub use signals::describe_metrics;
pub use store::mandate::above as territories_above;
pub use store::{LoginSummary, UserFilter, UserState, UserSummary};
pub use users::{NewUser, Person, is_invisible};
