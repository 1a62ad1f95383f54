//! Real databases for tests: one throw-away cluster a run, one template a migration set, one copy
//! of it a test; a real Redis, a real browser, and a server in process. Only ever a dev-dependency.

#![expect(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot have its database or browser ends with one line, and the runner \
              names the cluster by an environment variable"
)]

pub mod in_process;

mod browser;
mod cluster;
mod database;
mod redis;

pub use browser::{Browser, Scheme};
pub use cluster::{ThrowawayCluster, folder};
pub use database::{Owner, TestDb, ring};
pub use redis::Redis;
