//! The built binary, as a user meets it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod admin;
mod audit;
mod backup;
mod browser;
mod command;
mod config;
mod database;
mod doctor;
mod faults;
mod firmware;
mod fuzzed;
mod hostile;
mod italian;
mod limits;
mod many;
mod nodes;
mod people;
mod proof;
mod scripts;
mod search;
mod serve;
mod server;
mod simulate;
mod visit;
mod watched;
