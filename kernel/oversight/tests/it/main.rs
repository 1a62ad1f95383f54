//! API and pages of what is watched, through the router, on a real database.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod audit;
mod pages;
mod security;
mod site;
