//! `GET /api/v1/acs/devices`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::Limit;
use regia_web::{Caller, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::DeviceOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::inspect::{self, Part};
use crate::model::device::Standing;
use crate::model::index::{Match, ParameterFilter};
use crate::store::device::{DeviceFilter, Sort};

/// Which devices, in which order, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Exactly this serial number.
    serial: Option<String>,
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
    /// True: only those that may be the same device as another.
    #[serde(default)]
    doubled: bool,
    /// With this indexed parameter (its path) at `value`.
    parameter: Option<String>,
    /// The value of `parameter`, compared without regard to case.
    value: Option<String>,
    /// How `value` is compared; `equals` when absent.
    matching: Option<Match>,
    /// The order: `newest` registration first, or by `serial`.
    #[serde(default)]
    #[param(inline)]
    sort: Order,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Devices on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
    /// `exact` adds `total`.
    #[param(inline)]
    count: Option<Count>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Newest,
    Serial,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Count {
    Exact,
}

/// A page of devices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DevicesOut {
    /// The devices.
    items: Vec<DeviceOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// How many there are in all, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<i64>,
}

/// Lists devices.
#[utoipa::path(get, path = "/acs/devices", tag = "devices", params(Input),
    responses((status = 200, body = DevicesOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<DevicesOut>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let filter = DeviceFilter {
        serial: input.serial,
        serial_prefix: input.serial_prefix,
        oui: input.oui,
        manufacturer: input.manufacturer,
        product_class: input.product_class,
        software_version: input.software_version,
        tag: input.tag,
        standing: input.standing,
        online: input.online,
        doubled: input.doubled,
        parameter: input.parameter.map(|path| ParameterFilter {
            path,
            matching: input.matching.unwrap_or(Match::Equals),
            value: input.value.unwrap_or_default(),
        }),
    };
    let sort = match input.sort {
        Order::Newest => Sort::Newest,
        Order::Serial => Sort::Serial,
    };
    let part = Part {
        sort,
        after,
        limit: input.limit,
    };
    let page = inspect::devices(&context, &principal, &filter, part).await?;
    let total = match input.count {
        Some(Count::Exact) => Some(inspect::count(&context, &principal, &filter, i64::MAX).await?),
        None => None,
    };
    let now = context.clock.now();
    let page = page.map(|device| DeviceOut::new(device, now));
    Ok(Json(DevicesOut {
        items: page.items,
        next: page.next,
        total,
    }))
}
