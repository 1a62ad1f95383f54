//! Files for devices and from them.

pub(super) mod change;
pub(super) mod content;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod transfers;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::file::{File, FileId};
use crate::model::identity::DeviceId;

/// A file without its content.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FileOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: FileId,
    /// Its name.
    name: String,
    /// As CWMP spells it, such as `1 Firmware Upgrade Image`.
    #[serde(rename = "type")]
    file_type: String,
    /// How long it is.
    bytes: u64,
    /// SHA-256 of its content, in hex.
    sha256: String,
    /// The software version that a device has after it; may be empty.
    version: String,
    /// The OUI of the devices that it fits; empty fits all.
    oui: String,
    /// The product classes that it fits; none fits all.
    product_classes: Vec<String>,
    /// The hardware versions that it fits; none fits all.
    hardware_versions: Vec<String>,
    /// The device that sent it.
    #[schema(value_type = Option<i64>)]
    device: Option<DeviceId>,
    /// Who sent it.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

impl From<File> for FileOut {
    fn from(file: File) -> Self {
        Self {
            id: file.id,
            name: file.draft.name,
            file_type: file.draft.file_type,
            bytes: file.bytes,
            sha256: file.sha256,
            version: file.draft.target_version,
            oui: file.draft.oui,
            product_classes: file.draft.product_classes,
            hardware_versions: file.draft.hardware_versions,
            device: file.draft.device,
            created_by: file.created_by,
            created_at: file.created_at,
        }
    }
}
