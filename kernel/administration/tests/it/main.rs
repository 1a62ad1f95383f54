//! API and pages through the router of the whole server, on a real database.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod account;
mod gate;
mod hostile;
mod key_pages;
mod keys;
mod mandates;
mod required;
mod site;
mod territories;
mod users;
mod welcome;
