//! One command for many devices.

pub(super) mod begin;
pub(super) mod get;
pub(super) mod list;
pub(super) mod retry;
pub(super) mod stop;

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::bulk::{Bulk, BulkId, BulkState};
use crate::model::command::Command;
use crate::model::task::TaskState;

/// One command for many devices, and how far it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: BulkId,
    /// What to do, secrets masked.
    #[schema(value_type = Command)]
    command: serde_json::Value,
    /// Where it stands.
    state: BulkState,
    /// Devices that were selected.
    selected: i64,
    /// Selected devices with which nothing more will happen.
    over: i64,
    /// Selected devices that got no task, or whose task is gone: retired, merged or deleted.
    passed_over: i64,
    /// Its tasks in each state; `GET /tasks?bulk=` lists them.
    tasks: BTreeMap<&'static str, i64>,
    /// Who asked.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was stopped.
    #[serde(with = "time::serde::rfc3339::option")]
    stopped_at: Option<OffsetDateTime>,
    /// Who stopped it.
    stopped_by: Option<String>,
}

impl From<Bulk> for BulkOut {
    fn from(bulk: Bulk) -> Self {
        let count = |state: TaskState| (state.as_str(), bulk.tally.of(state));
        Self {
            id: bulk.id,
            state: bulk.state(),
            selected: bulk.selected,
            over: bulk.over(),
            passed_over: bulk.passed_over(),
            tasks: TaskState::ALL.map(count).into(),
            command: bulk.command,
            created_by: bulk.created_by,
            created_at: bulk.created_at,
            stopped_at: bulk.stopped.as_ref().map(|(at, _)| *at),
            stopped_by: bulk.stopped.map(|(_, by)| by),
        }
    }
}
