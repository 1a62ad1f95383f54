//! The door on a real database.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod account;
mod audit;
mod links;
mod logins;
mod mandates;
mod second_factor;
mod seed;
mod site;
mod users;
