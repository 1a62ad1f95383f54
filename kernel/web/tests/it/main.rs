//! Console and API through the router.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be, and may spawn what it waits for"
)]

mod answers;
mod csrf;
mod doors;
mod input;
mod limits;
mod logins;
mod site;
