//! The store on real PostgreSQL.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be, and may spawn what it waits for"
)]

mod external;
mod installation;
mod migrate;
mod partitions;
mod pooler;
mod scopes;
mod transactions;
