//! The roles that tenants make of single permissions, and what holds for those that come with the
//! server.

mod fault;
mod nearest;
mod roles;
mod store;

pub use fault::RoleError;
pub use roles::{Draft, READ, Roles, WRITE};
pub use store::{OwnRole, SystemRoleRule};
