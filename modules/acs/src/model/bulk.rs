//! A bulk: one command for many devices, each with a task of its own.

use serde::Serialize;
use serde_json::Value as Json;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::command::Command;
use super::identity::DeviceId;
use super::task::TaskState;

regia_ident::id! {
    /// One command for many devices.
    BulkId
}

/// Devices of one bulk: more are another one.
pub const MAX_DEVICES: usize = 10_000;

/// Commands that may be given to many devices at a time.
pub const KINDS: [&str; 4] = ["refresh", "get", "set", "reboot"];

/// Whether a command may be given to many devices at a time.
#[must_use]
pub fn suits(command: &Command) -> bool {
    KINDS.contains(&command.name())
}

/// Where a bulk stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// Tasks are open, or devices wait for theirs.
    Running,
    /// An operator stopped it: what had not been sent was cancelled.
    Stopped,
    /// Every task has ended.
    Ended,
}

impl BulkState {
    /// The state as it is shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
        }
    }
}

/// Tasks of a bulk in each state, in the order of [`TaskState::ALL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([i64; TaskState::ALL.len()]);

impl Tally {
    /// Counts tasks in a state.
    pub fn add(&mut self, state: TaskState, count: i64) {
        let places = TaskState::ALL.iter().zip(&mut self.0);
        for (_, place) in places.filter(|(known, _)| **known == state) {
            *place += count;
        }
    }

    /// Tasks in a state.
    #[must_use]
    pub fn of(&self, state: TaskState) -> i64 {
        let places = TaskState::ALL.iter().zip(self.0);
        places
            .filter(|(known, _)| **known == state)
            .map(|(_, count)| count)
            .sum()
    }

    /// Tasks that are not over.
    #[must_use]
    pub fn open(&self) -> i64 {
        use TaskState::{Queued, Sent, Uncertain, Waiting};
        [Queued, Sent, Waiting, Uncertain]
            .map(|state| self.of(state))
            .iter()
            .sum()
    }

    /// Tasks that ended otherwise than done, and may be queued again.
    #[must_use]
    pub fn retriable(&self) -> i64 {
        use TaskState::{Cancelled, Expired, Failed};
        [Failed, Expired, Cancelled]
            .map(|state| self.of(state))
            .iter()
            .sum()
    }

    /// All tasks.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.0.iter().sum()
    }
}

/// A bulk as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// Its number.
    pub id: BulkId,
    /// The command, secrets masked.
    pub command: Json,
    /// Name of the command.
    pub kind: String,
    /// Devices that were selected.
    pub selected: i64,
    /// Those that were given their task, or passed over because they were gone or retired.
    pub placed: i64,
    /// Their tasks.
    pub tally: Tally,
    /// Whether tasks are about to be queued again.
    pub retrying: bool,
    /// Who asked.
    pub created_by: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// When it was stopped, and by whom.
    pub stopped: Option<(OffsetDateTime, String)>,
}

impl Bulk {
    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> BulkState {
        let moving = self.tally.open() > self.tally.of(TaskState::Uncertain)
            || self.placed < self.selected
            || self.retrying;
        match (&self.stopped, moving) {
            (Some(_), _) => BulkState::Stopped,
            (None, true) => BulkState::Running,
            (None, false) => BulkState::Ended,
        }
    }

    /// Selected devices that got no task or whose task is gone: retired, merged or deleted.
    #[must_use]
    pub fn passed_over(&self) -> i64 {
        (self.placed - self.tally.all()).max(0)
    }

    /// Selected devices with which nothing more will happen.
    #[must_use]
    pub fn over(&self) -> i64 {
        self.placed - self.tally.open()
    }
}

/// Which devices a bulk is for.
#[derive(Debug, Clone)]
pub enum Selection<F> {
    /// These.
    Devices(Vec<DeviceId>),
    /// All that a filter matches.
    Matching(F),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(tasks: &[(TaskState, i64)], placed: i64, stopped: bool) -> Bulk {
        let mut tally = Tally::default();
        for (state, count) in tasks {
            tally.add(*state, *count);
        }
        Bulk {
            id: BulkId(1),
            command: Json::Null,
            kind: "reboot".to_owned(),
            selected: 5,
            placed,
            tally,
            retrying: false,
            created_by: String::new(),
            created_at: OffsetDateTime::UNIX_EPOCH,
            stopped: stopped.then(|| (OffsetDateTime::UNIX_EPOCH, String::new())),
        }
    }

    #[test]
    fn a_bulk_runs_until_every_device_was_served_or_it_is_stopped() {
        use TaskState::{Cancelled, Done, Failed, Queued, Uncertain};
        for (bulk, state, over, passed) in [
            (bulk(&[], 0, false), BulkState::Running, 0, 0),
            (bulk(&[(Queued, 2)], 2, false), BulkState::Running, 0, 0),
            (
                bulk(&[(Done, 4), (Queued, 1)], 5, false),
                BulkState::Running,
                4,
                0,
            ),
            (
                bulk(&[(Done, 3), (Failed, 1)], 5, false),
                BulkState::Ended,
                5,
                1,
            ),
            (
                bulk(&[(Done, 4), (Uncertain, 1)], 5, false),
                BulkState::Ended,
                4,
                0,
            ),
            (
                bulk(&[(Done, 1), (Cancelled, 4)], 5, true),
                BulkState::Stopped,
                5,
                0,
            ),
        ] {
            assert_eq!(
                (bulk.state(), bulk.over(), bulk.passed_over()),
                (state, over, passed)
            );
        }
    }
}
