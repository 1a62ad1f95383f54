//! A task: one command on its way through one device.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::command::Command;
use super::identity::DeviceId;

/// Stands as the creator of a task that reads a new device's whole tree.
pub const DISCOVERY: &str = "discovery";

regia_ident::id! {
    /// A task of a device.
    TaskId
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Waits for a session with the device.
    Queued,
    /// An RPC has left, or was about to; its answer is not recorded yet.
    Sent,
    /// The device said yes; the evidence that it did it is outstanding.
    Waiting,
    /// The device did it.
    Done,
    /// The device refused, or all attempts are used up.
    Failed,
    /// The answer was lost and nothing since then says what happened.
    Uncertain,
    /// An operator took it back before it was sent.
    Cancelled,
    /// Its time ran out before it was sent.
    Expired,
}

impl TaskState {
    /// Every state, for filters and tests.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Sent,
        Self::Waiting,
        Self::Done,
        Self::Failed,
        Self::Uncertain,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The state as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Waiting => "waiting",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads a stored state.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a task failed: the device's own words where it has any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaskFault {
    /// The CWMP fault code (TR-069 A.5), absent when the reason is ours.
    pub code: Option<u32>,
    /// What the device said, or our sentence.
    pub text: String,
    /// The parameters that a set was refused for (`SetParameterValuesFault`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterFault>,
}

/// One parameter that a set was refused for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ParameterFault {
    /// Its path.
    pub path: String,
    /// The CWMP fault code.
    pub code: u32,
    /// What the device said.
    pub text: String,
}

/// How far a command of several RPCs is, kept with the task so that a later session goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What to ask next.
    pub stage: Stage,
    /// The last path asked for.
    #[serde(default)]
    pub after: String,
    /// Parameters in one question.
    #[serde(default)]
    pub batch: usize,
    /// Status of the set, add or delete (TR-069: 0 applied, 1 committed, not yet applied).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
    /// The instance that an add made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<u32>,
    /// Paths that the device does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Parameters read so far.
    #[serde(default)]
    pub read: usize,
    /// Values that came so far.
    #[serde(default)]
    pub answered: usize,
    /// Parameters that were read back other than they were set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// Questions asked so far.
    #[serde(default)]
    pub question: u32,
    /// The software version that a download is to bring.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target_version: String,
}

/// The stages of a command of several RPCs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The command's own RPC has not been answered.
    #[default]
    Start,
    /// Names are asked for level by level, because the device cannot answer for all at once.
    Walk,
    /// Values are asked for in batches.
    Values,
}

/// A task as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its number, also its place in the device's order.
    pub id: TaskId,
    /// The device.
    pub device: DeviceId,
    /// What to do.
    pub command: Command,
    /// Where it stands.
    pub state: TaskState,
    /// The key by which later evidence names it (TR-069 `CommandKey`, at most 32 characters).
    pub command_key: String,
    /// How often it was sent.
    pub attempts: i32,
    /// How far it is.
    pub progress: Progress,
    /// What came of it.
    pub result: Option<Json>,
    /// Why it failed.
    pub fault: Option<TaskFault>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// When it gives up waiting for the device.
    pub expires_at: OffsetDateTime,
    /// When its last RPC left.
    pub sent_at: Option<OffsetDateTime>,
    /// The session epoch in which its last RPC left.
    pub sent_epoch: Option<i32>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

impl Task {
    /// Whether its last question may be asked again: what changes something is asked first, and
    /// what follows only reads.
    #[must_use]
    pub fn repeatable(&self) -> bool {
        self.command.repeatable() || self.progress.stage != Stage::Start
    }

    /// The id of the task's last question (TR-069 `cwmp:ID`), the same on every node.
    #[must_use]
    pub fn question_id(&self) -> String {
        format!("{}.{}", self.command_key, self.progress.question)
    }
}
