//! The module's rows: one file an aggregate, SQL nowhere else.

pub mod arrival;
pub mod backfill;
pub mod bulk;
pub mod credential;
pub mod delivery;
pub mod device;
pub mod file;
pub mod grant;
pub mod history;
pub mod import;
pub mod index;
pub mod onboarding;
mod reach;
pub mod sample;
pub mod search;
pub mod session;
pub mod summary;
pub mod task;
pub mod timeline;
pub mod trace;
pub mod transfer;
pub mod tree;
pub mod twin;

#[cfg(test)]
mod tests;
