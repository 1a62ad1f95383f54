//! The templates, style sheets and words of the console, looked at as a whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that fails should say where"
)]

mod contrast;
mod frame;
mod nodes;
mod sources;
