//! The fleet over time.

pub(super) mod list;
