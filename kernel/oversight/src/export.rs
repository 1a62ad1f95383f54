//! Lines carried out of the trail: all that match, page by page, as a stream.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use regia_audit::{Filter, Line, Trail};
use regia_console::csv::field;
use regia_ident::TerritoryId;
use regia_store::StoreError;
use regia_store::page::{Cursor, Limit};
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use crate::api::audit::LineOut;

const HEAD: &str = "id,recorded_at,actor_kind,actor_id,actor,action,object,before,after,address,\
                    trace_id\r\n";

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// A table for spreadsheets (RFC 4180).
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl Format {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    const fn head(self) -> &'static str {
        match self {
            Self::Csv => HEAD,
            Self::Jsonl => "",
        }
    }

    fn row(self, line: Line) -> String {
        match self {
            Self::Csv => csv(&line),
            Self::Jsonl => json(line),
        }
    }
}

/// Where the export stands: before its head, behind a page, or at the end.
enum Place {
    Head,
    After(Option<(i64, i64)>),
    End,
}

/// The lines that match, as a file to keep. A database failure breaks the download off, so that it
/// is not taken for whole.
pub(crate) fn lines(trail: Trail, tenant: TerritoryId, filter: Filter, format: Format) -> Response {
    let rows = stream::try_unfold(Place::Head, move |place| {
        let (trail, filter) = (trail.clone(), filter.clone());
        async move {
            let after = match place {
                Place::Head => {
                    let first = (Bytes::from(format.head()), Place::After(None));
                    return Ok::<_, StoreError>(Some(first));
                }
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
            let page = trail.list(tenant, &filter, after, limit).await?;
            // A cursor of our own is always one.
            let place = match page.next.and_then(|next| Cursor::parse(&next).ok()) {
                Some(next) => Place::After(Some(next)),
                None => Place::End,
            };
            let rows: String = page
                .items
                .into_iter()
                .map(|line| format.row(line))
                .collect();
            Ok(Some((Bytes::from(rows), place)))
        }
    });
    let headers = match format {
        Format::Csv => [
            (CONTENT_TYPE, "text/csv; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
        ],
        Format::Jsonl => [
            (CONTENT_TYPE, "application/jsonl; charset=utf-8"),
            (CONTENT_DISPOSITION, "attachment; filename=\"audit.jsonl\""),
        ],
    };
    (headers, Body::from_stream(rows)).into_response()
}

fn csv(line: &Line) -> String {
    let json = |value: &Option<serde_json::Value>| {
        value.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    let fields = [
        line.entry_id.to_string(),
        line.recorded_at.format(&Rfc3339).unwrap_or_default(),
        line.actor_kind.clone(),
        line.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        line.actor_name.clone(),
        line.action.clone(),
        line.object.clone(),
        json(&line.before),
        json(&line.after),
        line.address.clone().unwrap_or_default(),
        line.trace_id.clone().unwrap_or_default(),
    ];
    fields.map(|text| field(&text)).join(",") + "\r\n"
}

fn json(line: Line) -> String {
    serde_json::to_string(&LineOut::from(line)).unwrap_or_default() + "\n"
}
