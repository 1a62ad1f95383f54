//! `POST /api/v1/acs/searches`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::SearchOut;
use crate::context::Context;
use crate::flows::search;
use crate::model::index::{Match, ParameterFilter};

/// What to search for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchIn {
    /// A parameter's path, with or without the root object; secrets cannot be searched.
    path: String,
    /// How the value is compared, without regard to case.
    matching: Match,
    /// The value.
    value: String,
}

/// Starts a search over all devices.
#[utoipa::path(post, path = "/acs/searches", tag = "search", request_body = SearchIn,
    responses((status = 201, body = SearchOut)))]
pub(crate) async fn start(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(input): Json<SearchIn>,
) -> Result<(StatusCode, Json<SearchOut>), Problem> {
    let SearchIn {
        path,
        matching,
        value,
    } = input;
    let wanted = ParameterFilter {
        path,
        matching,
        value,
    };
    let id = search::start(&context, &principal, &wanted).await?;
    let started = search::get(&context, &principal, id).await?;
    Ok((StatusCode::CREATED, Json(started.into())))
}
