//! Use cases: authorize, load, decide, one transaction, answer.

pub mod admit;
pub mod bulk;
pub mod census;
pub mod converse;
pub mod deliver;
pub mod files;
pub mod fleet;
pub mod import;
pub mod index;
pub mod inspect;
pub mod keep;
pub mod many;
pub mod mode;
pub mod note;
pub mod onboard;
pub mod operate;
pub mod place;
pub mod progress;
pub mod reach;
pub mod rpc;
pub mod search;
pub mod trace;
pub mod transfer;
pub mod twin;
