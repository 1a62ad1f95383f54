//! CWMP over HTTP: from a request's bytes to the session it belongs to, and back.

pub mod batch;
pub mod bind;
pub mod cookie;
pub mod files;
pub mod gate;
mod incoming;
pub mod inform;
pub mod login;
pub mod machine;
pub mod range;
pub mod receive;
pub mod server;
pub mod session;
pub mod tap;
