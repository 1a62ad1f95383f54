//! Credentials that a whole fleet may start with.

pub(super) mod add;
pub(super) mod list;
pub(super) mod retire;
