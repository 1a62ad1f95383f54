//! API keys: whose they are, what they may do, how they end and are replaced.

mod fault;
mod keys;
mod look;
mod make;
mod signals;
mod store;
mod terms;
mod text;

pub use fault::KeyError;
pub use keys::{KEY_READ, KEY_WRITE, Keys, Parts, Reach};
pub use look::{KeyArea, KeyFilter, OwnerFilter};
pub use make::{NewKey, Owner};
pub use signals::describe_metrics;
pub use store::{EVERYTHING, KeyOwner, KeyState, KeySummary};
pub use terms::{MAX_OVERLAP_HOURS, Terms};
