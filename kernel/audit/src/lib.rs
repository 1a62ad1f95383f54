//! The audit trail: who changed what, written in the transaction of the change, and chained so that
//! whoever changes it behind the server's back is found out.

mod chain;
mod entry;
mod forget;
mod list;
mod seal;
mod signals;
mod store;
mod trail;
mod verify;

pub use entry::{Actor, Entry, record};
pub use list::{ChainState, Filter, Line, LineKey};
pub use signals::describe_metrics;
pub use trail::Trail;
pub use verify::{Finding, Flaw, Head, Report, Span};
