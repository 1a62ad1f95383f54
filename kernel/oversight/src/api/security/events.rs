//! `GET /api/v1/security/events`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use regia_fault::Fault;
use regia_security::{EventFilter, Kind, Logged};
use regia_store::page::Limit;
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::EventOut;
use crate::api::cursor;
use crate::export::FormatIn;
use crate::{Oversight, SECURITY_READ, export, gate};

/// Which events, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Not before, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    from: Option<OffsetDateTime>,
    /// Not after, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    to: Option<OffsetDateTime>,
    /// Of this kind, such as `login_failed`.
    kind: Option<String>,
    /// From this address.
    address: Option<String>,
    /// By this actor, such as `user admin`.
    actor: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Events on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
    /// All events that match, as a file in this form; counts as an export.
    #[param(inline)]
    format: Option<FormatIn>,
}

/// Lists what happened at the doors of console and API, the newest first; with a format, all of it as
/// a file.
#[utoipa::path(get, path = "/security/events", tag = "security", params(Input),
    responses((status = 200, content(
        (PageOut<EventOut> = "application/json"),
        (String = "text/csv"),
        (String = "application/jsonl"),
    ))))]
pub(crate) async fn events(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &SECURITY_READ)?;
    let after = cursor(input.cursor.as_deref())?;
    let kind = match input.kind.as_deref() {
        None => None,
        Some(name) => Some(Kind::parse(name).ok_or_else(|| unknown_kind(name))?),
    };
    let filter = EventFilter {
        from: input.from,
        to: input.to,
        kind,
        address: input.address,
        actor: input.actor,
    };
    let (store, now) = (oversight.store, oversight.trail.now());
    if let Some(format) = input.format {
        return Ok(export::events(store, (tenant, now), filter, format.into()));
    }
    let place = (after, input.limit);
    let found = Logged::list(&store, tenant, &filter, now, place).await;
    let page: PageOut<EventOut> = found.map_err(Fault::from)?.into();
    Ok(Json(page).into_response())
}

fn unknown_kind(name: &str) -> Problem {
    let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
    Problem::invalid("access.kind_invalid", "There is no such kind of event.")
        .field("kind", format!("{name} is none of {}", kinds.join(", ")))
}
