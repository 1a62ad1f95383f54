//! Devices.

pub(super) mod change;
pub(super) mod delete;
pub(super) mod distinct;
pub(super) mod get;
pub(super) mod list;
pub(super) mod merge;
pub(super) mod move_all;
pub(super) mod place;
pub(super) mod readmit;
pub(super) mod retire;
pub(super) mod twins;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use regia_ident::TerritoryId;

use crate::model::device::{Device, Standing, Twin};
use crate::model::identity::DeviceId;

/// A device without its parameters.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviceOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: DeviceId,
    /// The territory in which it stands.
    #[schema(value_type = i64)]
    territory: TerritoryId,
    /// Organizationally unique identifier, six hex digits.
    oui: String,
    /// May be empty.
    product_class: String,
    /// Unique within OUI and product class.
    serial_number: String,
    /// Who made it, by its own word.
    manufacturer: String,
    /// How far it is trusted.
    standing: Standing,
    /// Whether it called within twice its interval and a minute.
    online: bool,
    /// As it said last.
    software_version: String,
    /// As it said last.
    hardware_version: String,
    /// As it said last.
    provisioning_code: String,
    /// Where it listens for connection requests.
    connection_request_url: String,
    /// The address of its WAN side, by its own word.
    external_address: String,
    /// The address its last inform came from.
    peer_address: String,
    /// Seconds between two informs, as far as known.
    inform_interval_seconds: i32,
    /// When it first appeared.
    #[serde(with = "time::serde::rfc3339")]
    registered_at: OffsetDateTime,
    /// When it last started.
    #[serde(with = "time::serde::rfc3339::option")]
    booted_at: Option<OffsetDateTime>,
    /// When it last called.
    #[serde(with = "time::serde::rfc3339::option")]
    last_inform_at: Option<OffsetDateTime>,
    /// Whether it logs in with a credential of its own.
    own_credential: bool,
    /// Whether open tasks wait for it.
    has_work: bool,
    /// `pending`, `running`, `done` or `failed`.
    discovery: String,
    /// `pending`, `running`, `done` or `failed`.
    onboarding: String,
    /// When it was last asked to call.
    #[serde(with = "time::serde::rfc3339::option")]
    reach_at: Option<OffsetDateTime>,
    /// Why it could not be asked; empty when it could.
    reach_fault: String,
    /// Labels given by operators.
    tags: Vec<String>,
    /// Free text by operators.
    notes: String,
    /// What it is to the others with its serial number.
    twin: Twin,
}

impl DeviceOut {
    fn new(device: Device, now: OffsetDateTime) -> Self {
        Self {
            online: device.online(now),
            id: device.id,
            territory: device.area,
            oui: device.identity.oui,
            product_class: device.identity.product_class,
            serial_number: device.identity.serial_number,
            manufacturer: device.manufacturer,
            standing: device.standing,
            software_version: device.software_version,
            hardware_version: device.hardware_version,
            provisioning_code: device.provisioning_code,
            connection_request_url: device.connection_request_url,
            external_address: device.external_address,
            peer_address: device.peer_address,
            inform_interval_seconds: device.inform_interval_seconds,
            registered_at: device.registered_at,
            booted_at: device.booted_at,
            last_inform_at: device.last_inform_at,
            own_credential: device.has_own_credential,
            has_work: device.has_work,
            discovery: device.discovery,
            onboarding: device.onboarding,
            reach_at: device.reach_at,
            reach_fault: device.reach_fault,
            tags: device.tags,
            notes: device.notes,
            twin: device.twin,
        }
    }
}
