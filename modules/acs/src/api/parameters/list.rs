//! `GET /api/v1/acs/devices/{id}/parameters`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::Limit;
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::api::cursor;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::identity::DeviceId;
use crate::rules::secrecy::MASK;

/// Which parameters, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Only below this path.
    #[serde(default)]
    path: String,
    /// Only paths or values that contain this, without regard to case.
    #[serde(default)]
    search: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Parameters on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A parameter or an object.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParameterOut {
    /// Its path; an object's ends with a dot.
    path: String,
    /// The last value seen, masked when it is a secret; absent for objects and what was never read.
    value: Option<String>,
    /// The `xsd` type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Whether the device takes a set or an add; absent when it did not say.
    writable: Option<bool>,
    /// Whether the value is a secret.
    secret: bool,
    /// When the device sent it.
    #[serde(with = "time::serde::rfc3339::option")]
    seen_at: Option<OffsetDateTime>,
}

/// A page of parameters in path order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParametersOut {
    /// The parameters.
    items: Vec<ParameterOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Parameters of the device in all.
    total: usize,
}

/// Lists the parameters of a device as they were last seen.
#[utoipa::path(get, path = "/acs/devices/{id}/parameters", tag = "parameters",
    params(("id" = i64, Path), Input), responses((status = 200, body = ParametersOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(input): Query<Input>,
) -> Result<Json<ParametersOut>, Problem> {
    let after: Option<String> = cursor(input.cursor.as_deref())?;
    let tree = inspect::tree(&context, &principal, id).await?;
    let wanted = input.search.to_lowercase();
    let rows = tree
        .below(&input.path, after.as_deref().unwrap_or_default())
        .filter(|(path, node)| inspect::matches(path, node, &wanted))
        .take(input.limit.items() + 1)
        .map(|(path, node)| ParameterOut {
            path: path.to_owned(),
            value: node.value.as_ref().map(|value| {
                if value.sealed {
                    MASK.to_owned()
                } else {
                    value.text.clone()
                }
            }),
            kind: node.value.as_ref().map(|value| value.kind.clone()),
            writable: node.writable,
            secret: node.value.as_ref().is_some_and(|value| value.sealed),
            seen_at: node
                .value
                .as_ref()
                .and_then(|value| OffsetDateTime::from_unix_timestamp(value.seen_at).ok()),
        })
        .collect();
    let page = regia_store::page::Page::from_rows(rows, input.limit, |row| row.path.clone());
    Ok(Json(ParametersOut {
        items: page.items,
        next: page.next,
        total: tree.parameters(),
    }))
}
