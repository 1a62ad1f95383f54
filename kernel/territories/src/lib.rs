//! The tree of territories: looked at, made, renamed, moved, deleted; and the tenants at its tops.

mod fault;
mod store;
mod tenants;
mod territories;

pub use fault::{Occupant, TerritoryError};
pub use store::{Filter, Step, Territory};
pub use tenants::Tenant;
pub use territories::{READ, Territories, WRITE, chosen};
