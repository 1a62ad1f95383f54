//! `GET /api/v1/access/territories`

use axum::extract::State;
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_territories::{Filter, Territories};
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{TerritoryOut, problem};
use crate::api::cursor;

/// Which territories, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Those right below this one. Without it and `text`: those at the top of what is reached.
    #[param(value_type = Option<i64>)]
    parent: Option<TerritoryId>,
    /// Those whose name has this in it, wherever they are; counts for more than `parent`.
    text: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Territories on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists territories by their names.
#[utoipa::path(get, path = "/access/territories", tag = "territories", params(Input),
    responses((status = 200, body = PageOut<TerritoryOut>)))]
pub(crate) async fn list(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<PageOut<TerritoryOut>>, Problem> {
    let after: Option<(String, i64)> = cursor(input.cursor.as_deref())?;
    let filter = match (input.text, input.parent) {
        (Some(text), _) => Filter::Named(text),
        (None, Some(parent)) => Filter::Below(parent),
        (None, None) => Filter::Tops,
    };
    let page = territories
        .list(&principal, &filter, after.as_ref(), input.limit)
        .await;
    Ok(Json(page.map_err(problem)?.into()))
}
