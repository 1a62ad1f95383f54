//! The module through its listener and its API, on a real database.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail loudly"
)]

mod api;
mod cpe;
mod devices;
mod files;
mod hostile;
mod login;
mod tasks;
mod transfers;
mod world;
