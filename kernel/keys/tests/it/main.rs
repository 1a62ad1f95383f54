//! API keys on a real database.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod door;
mod escalation;
mod keys;
mod owner;
mod site;
