//! `POST /api/v1/acs/bulks`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::BulkOut;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::bulk::{self, Wish};
use crate::flows::operate::DEFAULT_LIFETIME_SECONDS;
use crate::model::bulk::Selection;
use crate::model::command::Command;
use crate::model::device::Standing;
use crate::model::identity::DeviceId;
use crate::store::device::DeviceFilter;

/// What to do, and on which devices: `devices` or `matching`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkIn {
    /// `refresh`, `get`, `set` or `reboot`.
    command: Command,
    /// These devices, at most 10,000.
    #[schema(value_type = Option<Vec<i64>>)]
    devices: Option<Vec<DeviceId>>,
    /// All devices of which this holds, at most 10,000.
    matching: Option<MatchingIn>,
    /// How many devices it must be; needed with `matching`. Another number is refused.
    expected: Option<usize>,
    /// Seconds for which each task waits for its device: 1 to 7,776,000 (90 days), a week without.
    #[serde(default = "default_lifetime")]
    lifetime_seconds: i64,
}

const fn default_lifetime() -> i64 {
    DEFAULT_LIFETIME_SECONDS
}

/// Which devices; every part that is given must hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MatchingIn {
    /// Serial numbers that begin so.
    serial_prefix: Option<String>,
    /// Exactly this OUI.
    oui: Option<String>,
    /// Exactly this manufacturer.
    manufacturer: Option<String>,
    /// Exactly this product class.
    product_class: Option<String>,
    /// Exactly this software version.
    software_version: Option<String>,
    /// With this tag.
    tag: Option<String>,
    /// In this standing.
    standing: Option<Standing>,
    /// Online, or not.
    online: Option<bool>,
}

impl From<MatchingIn> for DeviceFilter {
    fn from(input: MatchingIn) -> Self {
        Self {
            serial_prefix: input.serial_prefix,
            oui: input.oui,
            manufacturer: input.manufacturer,
            product_class: input.product_class,
            software_version: input.software_version,
            tag: input.tag,
            standing: input.standing,
            online: input.online,
            ..Self::default()
        }
    }
}

/// Gives one command to many devices.
#[utoipa::path(post, path = "/acs/bulks", tag = "tasks", request_body = BulkIn,
    responses((status = 201, body = BulkOut)))]
pub(crate) async fn begin(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(input): Json<BulkIn>,
) -> Result<(StatusCode, Json<BulkOut>), Problem> {
    let selection = match (input.devices, input.matching) {
        (Some(devices), None) => Selection::Devices(devices),
        (None, Some(_)) if input.expected.is_none() => {
            return Err(AcsError::Field("expected", "say how many devices it must be").into());
        }
        (None, Some(matching)) => Selection::Matching(matching.into()),
        _ => return Err(AcsError::Field("devices", "give either devices or matching").into()),
    };
    let wish = Wish {
        command: input.command,
        selection,
        expected: input.expected,
        lifetime_seconds: input.lifetime_seconds,
    };
    let id = bulk::begin(&context, &principal, wish).await?;
    let begun = bulk::get(&context, &principal, id).await?;
    Ok((StatusCode::CREATED, Json(begun.into())))
}
