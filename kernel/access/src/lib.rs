//! Who may do what, and where: principals, permissions, mandates, and the lines that they leave in the
//! audit trail.

pub mod audit;

mod authority;
mod catalogue;
mod fault;
mod giving;
mod held;
mod mandates;
mod principal;
mod settings;
mod signals;
mod store;
mod text;

pub use authority::{Allowed, Authority, Denied, Grant, Permission, SystemRole};
pub use catalogue::Catalogue;
pub use fault::AccessError;
pub use held::{authority_of, authority_within};
pub use mandates::{Mandate, Mandates, NewMandate, NotARole, Role, Standing, hold_user};
pub use principal::{ApiKeyId, LoginId, MandateId, Origin, Principal, RoleId, UserId};
pub use settings::{AccessSettings, ApiKeySettings, SecondFactorRule};
pub use signals::describe_metrics;
pub use store::few::{few, few_below};
pub use store::mandate::{above as territories_above, lock_user};
pub use text::is_invisible;
