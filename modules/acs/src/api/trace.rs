//! Protocol traces.

pub(super) mod get;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod text;
