//! A file on its way to a device, or from one.

use time::OffsetDateTime;

use super::file::FileId;
use super::task::{Task, TaskId, TaskState};

/// What a task that moves a file is about, and how far its last transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Whose it is.
    pub task: TaskId,
    /// From the device, not to it.
    pub is_upload: bool,
    /// The file; of an upload what has arrived.
    pub file: Option<FileId>,
    /// Its name; nothing when it was deleted.
    pub name: Option<String>,
    /// How long it is.
    pub bytes: u64,
    /// The software version that it brings; may be empty.
    pub target_version: String,
    /// The transfer that was sent last, as long as it is remembered.
    pub transfer: Option<Transferred>,
}

/// How far a transfer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// When it was sent.
    pub began_at: OffsetDateTime,
    /// Bytes from the beginning to the last one that has left for the device.
    pub moved_bytes: u64,
    /// When the device said that it is over.
    pub reported_at: Option<OffsetDateTime>,
    /// How: 0 for well.
    pub fault_code: i64,
}

/// A task that moves a file, and the device it does so for.
#[derive(Debug, Clone, PartialEq)]
pub struct Shipment {
    /// The task.
    pub task: Task,
    /// What it is about.
    pub delivery: Option<Delivery>,
    /// The device's serial number.
    pub serial_number: String,
}

/// One step of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub kind: StepKind,
    /// Where it stands.
    pub standing: Standing,
}

/// The steps of deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// The request was sent to the device.
    Sent,
    /// The device fetches the file.
    Fetched,
    /// The file of the device arrives.
    Arrived,
    /// The device says that it is over.
    Reported,
    /// The device tells its version.
    Verified,
}

impl StepKind {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Fetched => "fetched",
            Self::Arrived => "arrived",
            Self::Reported => "reported",
            Self::Verified => "verified",
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was seen to happen.
    Done,
    /// It is what is waited for.
    Now,
    /// It comes after that.
    ToCome,
    /// Here it went wrong.
    Failed,
    /// It was not seen to happen.
    Unseen,
}

impl Standing {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Now => "now",
            Self::ToCome => "to_come",
            Self::Failed => "failed",
            Self::Unseen => "unseen",
        }
    }

    /// Where the first step that did not happen stands, by the state of its task.
    #[must_use]
    pub const fn of(state: TaskState) -> Self {
        match state {
            TaskState::Queued | TaskState::Sent | TaskState::Waiting => Self::Now,
            TaskState::Failed => Self::Failed,
            TaskState::Done | TaskState::Uncertain | TaskState::Cancelled | TaskState::Expired => {
                Self::Unseen
            }
        }
    }
}
