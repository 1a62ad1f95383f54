//! Tasks.

pub(super) mod cancel;
pub(super) mod create;
pub(super) mod get;
pub(super) mod list;
pub(super) mod retry;
pub(super) mod settle;
pub(super) mod transfer;

pub(super) use self::transfer::TransferOut;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::flows::operate::masked;
use crate::model::command::Command;
use crate::model::identity::DeviceId;
use crate::model::task::{Task, TaskFault, TaskId, TaskState};

/// A task.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskOut {
    /// Its number.
    #[schema(value_type = i64)]
    id: TaskId,
    /// The device.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// What to do, secrets masked.
    #[schema(value_type = Command)]
    command: serde_json::Value,
    /// Where it stands.
    state: TaskState,
    /// How often it was sent.
    attempts: i32,
    /// What came of it.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// Why it failed.
    fault: Option<TaskFault>,
    /// Who asked for it.
    created_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it gives up waiting for the device.
    #[serde(with = "time::serde::rfc3339")]
    expires_at: OffsetDateTime,
    /// When its last RPC left.
    #[serde(with = "time::serde::rfc3339::option")]
    sent_at: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

impl From<Task> for TaskOut {
    fn from(task: Task) -> Self {
        Self {
            id: task.id,
            device: task.device,
            command: masked(&task.command),
            state: task.state,
            attempts: task.attempts,
            result: task.result,
            fault: task.fault,
            created_by: task.created_by,
            created_at: task.created_at,
            expires_at: task.expires_at,
            sent_at: task.sent_at,
            finished_at: task.finished_at,
        }
    }
}
