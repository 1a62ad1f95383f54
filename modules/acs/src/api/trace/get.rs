//! `GET /api/v1/acs/devices/{id}/trace`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, Path, Problem, Query};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::api::cursor;
use crate::context::Context;
use crate::flows::trace;
use crate::model::identity::DeviceId;
use crate::model::trace::{Kind, Message, Remark};

/// A message that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageOut {
    /// Its number.
    id: i64,
    /// When it came or went.
    #[serde(with = "time::serde::rfc3339")]
    happened_at: OffsetDateTime,
    /// The session, in hex digits; absent for connection requests and gaps.
    session: Option<String>,
    /// Which way it went.
    kind: Kind,
    /// HTTP status of what was sent.
    status: Option<u16>,
    /// The body in UTF-8, secrets hidden; for a connection request its outcome.
    body: String,
    /// Bytes of the body as it came.
    bytes: i32,
    /// What there is to say about the body.
    remark: Remark,
    /// Messages that were not kept in this place, for a gap.
    missed: i32,
}

impl From<Message> for MessageOut {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            happened_at: message.happened_at,
            session: message.session,
            kind: message.kind,
            status: message.status,
            body: message.body,
            bytes: message.bytes,
            remark: message.remark,
            missed: message.missed,
        }
    }
}

/// The trace of a device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceOut {
    /// Until when it runs; absent when it is off.
    #[serde(with = "time::serde::rfc3339::option")]
    until: Option<OffsetDateTime>,
    /// When it was last switched on.
    #[serde(with = "time::serde::rfc3339::option")]
    started_at: Option<OffsetDateTime>,
    /// By whom.
    started_by: String,
    /// Bytes kept, at most 10 MiB; messages older than a day are not kept.
    bytes: i64,
    /// Messages that made room for newer ones since it was switched on.
    rolled: i64,
    /// Messages, newest first.
    items: Vec<MessageOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Tells whether a device is traced, and what was kept, newest first.
#[utoipa::path(get, path = "/acs/devices/{id}/trace", tag = "trace",
    params(("id" = i64, Path), PageIn), responses((status = 200, body = TraceOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(input): Query<PageIn>,
) -> Result<Json<TraceOut>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let (found, page) = trace::look(&context, &principal, id, after, input.limit).await?;
    let page = page.map(MessageOut::from);
    Ok(Json(TraceOut {
        until: found.until,
        started_at: found.started_at,
        started_by: found.started_by,
        bytes: found.bytes,
        rolled: found.rolled,
        items: page.items,
        next: page.next,
    }))
}
