//! How far a delivery is, as steps: only what was seen to happen counts as done.

use crate::model::delivery::{Delivery, Standing, Step, StepKind, Transferred};
use crate::model::task::{Task, TaskState};

/// The steps of a delivery; none before it was sent, or when its transfer is forgotten.
#[must_use]
pub fn steps(task: &Task, delivery: &Delivery) -> Vec<Step> {
    let Some(transfer) = delivery
        .transfer
        .as_ref()
        .filter(|_| task.sent_at.is_some())
    else {
        return Vec::new();
    };
    let over = matches!(
        task.state,
        TaskState::Done | TaskState::Failed | TaskState::Cancelled | TaskState::Expired
    );
    let mut steps = Vec::new();
    let mut reached = true;
    for (kind, seen) in seen(task, delivery, transfer) {
        let standing = if seen {
            Standing::Done
        } else if task.state == TaskState::Done {
            // It went well, whatever was not seen here: a device may have had the file already.
            Standing::Unseen
        } else if kind == StepKind::Fetched && reached && reported(transfer) {
            Standing::Unseen
        } else if reached {
            reached = false;
            Standing::of(task.state)
        } else if over {
            continue;
        } else {
            Standing::ToCome
        };
        steps.push(Step { kind, standing });
    }
    steps
}

/// Each step, and whether it was seen to happen.
fn seen(task: &Task, delivery: &Delivery, transfer: &Transferred) -> Vec<(StepKind, bool)> {
    let mut seen = vec![(StepKind::Sent, true)];
    if delivery.is_upload {
        seen.push((StepKind::Arrived, delivery.file.is_some()));
        seen.push((StepKind::Reported, reported(transfer)));
        return seen;
    }
    let whole = delivery.bytes > 0 && transfer.moved_bytes >= delivery.bytes;
    seen.push((StepKind::Fetched, whole));
    seen.push((StepKind::Reported, reported(transfer)));
    if !delivery.target_version.is_empty() {
        seen.push((StepKind::Verified, task.state == TaskState::Done));
    }
    seen
}

/// Whether the device said that it went well.
const fn reported(transfer: &Transferred) -> bool {
    transfer.reported_at.is_some() && transfer.fault_code == 0
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::model::command::Command;
    use crate::model::file::FileId;
    use crate::model::identity::DeviceId;
    use crate::model::task::{Progress, TaskId};

    const AT: time::OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    fn task(state: TaskState) -> Task {
        Task {
            id: TaskId(1),
            device: DeviceId(1),
            command: Command::Reboot {},
            state,
            command_key: String::new(),
            attempts: 1,
            progress: Progress::default(),
            result: None,
            fault: None,
            created_by: String::new(),
            created_at: AT,
            expires_at: AT,
            sent_at: Some(AT),
            sent_epoch: None,
            finished_at: None,
        }
    }

    fn delivery(moved_bytes: u64, report: Option<i64>) -> Delivery {
        Delivery {
            task: TaskId(1),
            is_upload: false,
            file: Some(FileId(1)),
            name: None,
            bytes: 10,
            target_version: "2.0".to_owned(),
            transfer: Some(Transferred {
                began_at: AT,
                moved_bytes,
                reported_at: report.map(|_| AT),
                fault_code: report.unwrap_or_default(),
            }),
        }
    }

    fn told(state: TaskState, delivery: &Delivery) -> String {
        let steps = steps(&task(state), delivery);
        let words = steps
            .iter()
            .map(|step| format!("{} {}", step.kind.as_str(), step.standing.as_str()));
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn only_what_was_seen_counts_as_done() {
        use TaskState::{Cancelled, Done, Failed, Queued, Sent, Uncertain, Waiting};
        for (state, moved, report, expected) in [
            (
                Sent,
                0,
                None,
                "sent done, fetched now, reported to_come, verified to_come",
            ),
            (
                Waiting,
                4,
                None,
                "sent done, fetched now, reported to_come, verified to_come",
            ),
            (
                Waiting,
                10,
                None,
                "sent done, fetched done, reported now, verified to_come",
            ),
            (
                Queued,
                10,
                Some(0),
                "sent done, fetched done, reported done, verified now",
            ),
            (
                Queued,
                0,
                Some(0),
                "sent done, fetched unseen, reported done, verified now",
            ),
            (
                Done,
                10,
                Some(0),
                "sent done, fetched done, reported done, verified done",
            ),
            (
                Done,
                0,
                Some(0),
                "sent done, fetched unseen, reported done, verified done",
            ),
            (
                Failed,
                10,
                Some(9018),
                "sent done, fetched done, reported failed",
            ),
            (Failed, 4, Some(9017), "sent done, fetched failed"),
            (
                Failed,
                10,
                Some(0),
                "sent done, fetched done, reported done, verified failed",
            ),
            (
                Uncertain,
                0,
                None,
                "sent done, fetched unseen, reported to_come, verified to_come",
            ),
            (Cancelled, 4, None, "sent done, fetched unseen"),
        ] {
            let told = told(state, &delivery(moved, report));
            assert_eq!(told, expected, "{state:?} {moved} {report:?}");
        }
    }

    #[test]
    fn an_upload_waits_for_the_file_and_the_report() {
        for (state, file, report, expected) in [
            (
                TaskState::Waiting,
                None,
                None,
                "sent done, arrived now, reported to_come",
            ),
            (
                TaskState::Waiting,
                Some(FileId(2)),
                None,
                "sent done, arrived done, reported now",
            ),
            (
                TaskState::Waiting,
                None,
                Some(0),
                "sent done, arrived now, reported done",
            ),
            (
                TaskState::Done,
                Some(FileId(2)),
                Some(0),
                "sent done, arrived done, reported done",
            ),
        ] {
            let delivery = Delivery {
                is_upload: true,
                file,
                ..delivery(0, report)
            };
            assert_eq!(told(state, &delivery), expected);
        }
    }

    #[test]
    fn nothing_is_said_before_it_was_sent() {
        let unsent = Task {
            sent_at: None,
            ..task(TaskState::Queued)
        };
        assert_eq!(steps(&unsent, &delivery(0, None)), []);
        let forgotten = Delivery {
            transfer: None,
            ..delivery(0, None)
        };
        assert_eq!(steps(&task(TaskState::Done), &forgotten), []);
    }
}
