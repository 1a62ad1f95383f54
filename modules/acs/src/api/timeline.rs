//! What happened to a device.

pub(super) mod list;
