//! Lines of the trail and events of the log carried out: all that match, page by page, as a stream.

use axum::response::Response;
use regia_audit::{Filter, Line, Trail};
use regia_console::csv;
use regia_console::export::{Format, file, key_of, most};
use regia_ident::TerritoryId;
use regia_security::{EventFilter, Logged};
use regia_store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::api::audit::LineOut;
use crate::api::security::EventOut;

/// The forms of both.
pub(crate) const FORMATS: &[Format] = &[Format::Csv, Format::Jsonl];

const LINES_HEAD: &str = "id,recorded_at,actor_kind,actor_id,actor,action,object,before,after,\
                          address,trace_id\r\n";

const EVENTS_HEAD: &str = "id,minute,last_at,kind,severity,count,address,actor,route,detail,\
                           trace_id\r\n";

/// In which form the API is asked for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormatIn {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl From<FormatIn> for Format {
    fn from(format: FormatIn) -> Self {
        match format {
            FormatIn::Csv => Self::Csv,
            FormatIn::Jsonl => Self::Jsonl,
        }
    }
}

/// The lines that match, as a file to keep.
pub(crate) fn lines(trail: Trail, tenant: TerritoryId, filter: Filter, format: Format) -> Response {
    let page = move |after| {
        let (trail, filter) = (trail.clone(), filter.clone());
        async move {
            let page = trail.list(tenant, &filter, after, most()).await?;
            let row = |line: Line| match format {
                Format::Csv => line_row(&line),
                Format::Jsonl => json(&LineOut::from(line)),
            };
            let rows: String = page.items.into_iter().map(row).collect();
            Ok::<_, StoreError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("audit", format), head(format, LINES_HEAD), page)
}

/// The events that match, as a file to keep.
pub(crate) fn events(
    store: Store,
    (tenant, now): (TerritoryId, OffsetDateTime),
    filter: EventFilter,
    format: Format,
) -> Response {
    let page = move |after| {
        let (store, filter) = (store.clone(), filter.clone());
        async move {
            let place = (after, most());
            let page = Logged::list(&store, tenant, &filter, now, place).await?;
            let row = |event: Logged| match format {
                Format::Csv => event_row(&event),
                Format::Jsonl => json(&EventOut::from(event)),
            };
            let rows: String = page.items.into_iter().map(row).collect();
            Ok::<_, StoreError>((rows, key_of(page.next.as_deref())))
        }
    };
    file(("security", format), head(format, EVENTS_HEAD), page)
}

const fn head(format: Format, head: &'static str) -> &'static str {
    match format {
        Format::Csv => head,
        Format::Jsonl => "",
    }
}

fn line_row(line: &Line) -> String {
    let json = |value: &Option<serde_json::Value>| {
        value.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    csv::row([
        line.entry_id.to_string(),
        time(line.recorded_at),
        line.actor_kind.clone(),
        line.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        line.actor_name.clone(),
        line.action.clone(),
        line.object.clone(),
        json(&line.before),
        json(&line.after),
        line.address.clone().unwrap_or_default(),
        line.trace_id.clone().unwrap_or_default(),
    ])
}

fn event_row(event: &Logged) -> String {
    csv::row([
        event.event_id.to_string(),
        time(event.minute),
        time(event.last_at),
        event.kind.clone(),
        event.severity().as_str().to_owned(),
        event.count.to_string(),
        event.address.clone(),
        event.actor.clone(),
        event.route.clone(),
        event.detail.clone(),
        event.trace_id.clone(),
    ])
}

fn time(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

fn json(row: &impl Serialize) -> String {
    serde_json::to_string(row).unwrap_or_default() + "\n"
}
