//! The audit trail as the API shows it.

pub(crate) mod get;
pub(super) mod list;
pub(crate) mod verify;

use regia_audit::{Filter, Line};
use regia_store::page::Limit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::export::FormatIn;

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineOut {
    /// Its number.
    id: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    recorded_at: OffsetDateTime,
    /// `user`, `key` or `system`.
    actor_kind: String,
    /// The number of the user or key.
    actor_id: Option<i64>,
    /// Their name.
    actor: String,
    /// What was done.
    #[schema(example = "acs.device.reboot")]
    action: String,
    /// To what.
    #[schema(example = "device:42")]
    object: String,
    /// What it was before, of any kind; secrets are masked.
    #[schema(value_type = Value)]
    before: Option<Value>,
    /// What it is since, of any kind.
    #[schema(value_type = Value)]
    after: Option<Value>,
    /// From where.
    address: Option<String>,
    /// In which request.
    trace_id: Option<String>,
}

impl From<Line> for LineOut {
    fn from(line: Line) -> Self {
        Self {
            id: line.entry_id,
            recorded_at: line.recorded_at,
            actor_kind: line.actor_kind,
            actor_id: line.actor_id,
            actor: line.actor_name,
            action: line.action,
            object: line.object,
            before: line.before,
            after: line.after,
            address: line.address,
            trace_id: line.trace_id,
        }
    }
}

/// Which lines, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FilterIn {
    /// Not before, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    from: Option<OffsetDateTime>,
    /// Before, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    to: Option<OffsetDateTime>,
    /// By the user, key or part of the server of this name.
    actor: Option<String>,
    /// Actions that begin so.
    action: Option<String>,
    /// On this object, such as `device:42`.
    object: Option<String>,
    /// From this address.
    address: Option<String>,
    /// In this request.
    trace_id: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Lines on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
    /// All lines that match, as a file in this form; counts as an export.
    #[param(inline)]
    format: Option<FormatIn>,
}

impl From<FilterIn> for Filter {
    fn from(wanted: FilterIn) -> Self {
        Self {
            from: wanted.from,
            to: wanted.to,
            actor: wanted.actor,
            action: wanted.action,
            object: wanted.object,
            address: wanted.address,
            trace_id: wanted.trace_id,
        }
    }
}
