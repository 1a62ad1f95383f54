//! Simulated CPEs: for demos, load and tests; no module links them.
//!
//! [`load`] measures a server with sessions that cost next to nothing to make. [`run`] and
//! [`Fleet`] run CPEs that behave like the real ones, or misbehave like them.

pub mod bench;
mod cpe;
mod faults;
mod fleet;
mod http;
pub mod image;
mod journal;
pub mod load;
pub mod model;
mod options;
pub mod proof;
mod statistics;
pub mod url;

pub use faults::{BadFaultShare, Fault, FaultShare, Faults};
pub use fleet::{Fleet, SimulateError, run};
pub use journal::{Entry, Happened, Journal};
pub use options::{Model, SimulateCpe};
pub use statistics::Report;
