//! The rows of the security log, and the bans.

pub(crate) mod ban;
pub(crate) mod event;
