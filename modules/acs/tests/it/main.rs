//! The module through its listener and its API, on a real database.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test may fail loudly, and tells its story in one piece"
)]

mod api;
mod bound;
mod bulks;
mod cpe;
mod devices;
mod files;
mod hostile;
mod imports;
mod login;
mod onboarding;
mod overview;
mod progress;
mod rpc;
mod tasks;
mod territories;
mod things;
mod trace;
mod transfers;
mod world;
