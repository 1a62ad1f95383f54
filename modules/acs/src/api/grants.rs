//! Single devices in the hands of users.

pub(super) mod give;
pub(super) mod list;
pub(super) mod take_back;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::grant::Level;
use crate::model::identity::DeviceId;

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HandedOut {
    /// The devices that it was done to.
    #[schema(value_type = Vec<i64>)]
    devices: Vec<DeviceId>,
}

impl From<Vec<(DeviceId, Option<Level>)>> for HandedOut {
    fn from(done: Vec<(DeviceId, Option<Level>)>) -> Self {
        let devices = done.into_iter().map(|(device, _)| device).collect();
        Self { devices }
    }
}
