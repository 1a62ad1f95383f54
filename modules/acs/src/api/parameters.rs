//! Parameters of a device.

pub(super) mod history;
pub(super) mod list;
pub(super) mod reveal;
