//! `PATCH /api/v1/acs/files/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::FileOut;
use crate::context::Context;
use crate::flows::files::{self, Fitting};
use crate::model::file::FileId;

/// Whom a file fits from now on; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FittingIn {
    /// The software version that a device has after it; empty when it makes none.
    version: Option<String>,
    /// The OUI of the devices that it fits; empty fits all.
    oui: Option<String>,
    /// The product classes that it fits; none fits all.
    product_classes: Option<Vec<String>>,
    /// The hardware versions that it fits; none fits all.
    hardware_versions: Option<Vec<String>>,
}

/// Changes whom a file fits, and which version it makes of a device.
#[utoipa::path(patch, path = "/acs/files/{file}", tag = "files", params(("file" = i64, Path)),
    request_body = FittingIn, responses((status = 200, body = FileOut)))]
pub(crate) async fn change(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
    Json(input): Json<FittingIn>,
) -> Result<Json<FileOut>, Problem> {
    let fitting = Fitting {
        target_version: input.version,
        oui: input.oui,
        product_classes: input.product_classes,
        hardware_versions: input.hardware_versions,
    };
    let changed = files::change(&context, &principal, id, fitting).await?;
    Ok(Json(changed.into()))
}
