//! `PUT /api/v1/access/account/language`

use axum::extract::State;
use http::StatusCode;
use regia_identity::Access;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// The language of the console.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageIn {
    /// A language tag such as `it`; one that the console does not speak counts as none. Absent: what
    /// the browser asks for.
    language: Option<String>,
}

/// Chooses the language in which one reads the console.
#[utoipa::path(put, path = "/access/account/language", tag = "account", request_body = LanguageIn,
    responses((status = 204)))]
pub(crate) async fn choose_language(
    State(access): State<Access>,
    Caller(principal): Caller,
    Json(input): Json<LanguageIn>,
) -> Result<StatusCode, Problem> {
    access
        .choose_language(&principal, input.language.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
