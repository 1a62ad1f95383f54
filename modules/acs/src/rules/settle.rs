//! What became of a task whose answer was lost: the device's next inform is the evidence.

use regia_cwmp::Event;

use crate::model::command::Command;
use crate::model::task::{DISCOVERY, Stage, Task, TaskFault, TaskState};
use crate::rules::plan::{batch, ours};

/// What a task that was under way becomes when the device opens a new session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The inform proves that the device did it.
    Done,
    /// It may be sent again.
    Again,
    /// All attempts are used up.
    GiveUp,
    /// It must not be sent again and nothing is proven: an operator decides.
    Uncertain,
    /// The device got it after all; how it ended is still to be told.
    Accepted,
    /// The evidence may still come.
    Keep,
}

/// Attempts of a task that may be repeated.
pub const MAX_ATTEMPTS: i32 = 3;

/// Settles a task in state *sent*, *waiting* or *uncertain* by the events of an inform.
#[must_use]
pub fn settle(task: &Task, events: &[Event]) -> Settlement {
    if proves(task, events) {
        return Settlement::Done;
    }
    if forgotten(task, events) {
        return Settlement::Uncertain;
    }
    let unheard = matches!(task.state, TaskState::Sent | TaskState::Uncertain);
    if unheard && transferred(task, events) {
        return Settlement::Accepted;
    }
    // What may not be repeated was sent once; the attempts after that only read.
    let attempts = task.attempts - i32::from(!task.command.repeatable());
    match task.state {
        TaskState::Sent if !task.repeatable() => Settlement::Uncertain,
        TaskState::Sent if attempts >= MAX_ATTEMPTS && !shrinks(task) => Settlement::GiveUp,
        TaskState::Sent => Settlement::Again,
        _ => Settlement::Keep,
    }
}

/// The longest wait of a discovery for its next try, seconds.
const LONGEST_WAIT: u32 = 300;

/// Eases a task that is put back because its answer was lost: the next question is half as large,
/// since an answer too large for the device, the line or our limits looks just like a lost one.
/// Gives the seconds for which the task waits: what nobody is waiting for backs off.
pub fn ease(task: &mut Task) -> u32 {
    if shrinks(task) {
        task.progress.batch = asked(task).div_ceil(2);
    }
    let attempts = u32::try_from(task.attempts).unwrap_or(0);
    match task.created_by.as_str() {
        DISCOVERY => 2_u32.saturating_pow(attempts).min(LONGEST_WAIT),
        _ => 0,
    }
}

/// Whether a smaller question can be asked.
fn shrinks(task: &Task) -> bool {
    let reads = match task.command {
        Command::Refresh { .. } | Command::AddObject { .. } => task.progress.stage == Stage::Values,
        Command::Get { .. } => true,
        Command::Set { .. } => task.progress.stage == Stage::Values,
        _ => false,
    };
    reads && asked(task) > 1
}

/// How many paths the lost question named at most.
fn asked(task: &Task) -> usize {
    let named = match &task.command {
        Command::Get { paths } => paths.len().saturating_sub(task.progress.read),
        Command::Set { values } => values.len().saturating_sub(task.progress.read),
        _ => usize::MAX,
    };
    batch(&task.progress).min(named)
}

/// Why a task is uncertain, for the operator who decides.
#[must_use]
pub fn doubt(task: &Task, events: &[Event]) -> TaskFault {
    ours(if forgotten(task, events) {
        "The device was reset to its factory settings before it told how the transfer ended."
    } else {
        "The device's answer was lost, and the request may not be sent twice: it may or may not have been carried out."
    })
}

/// Whether the device lost an accepted transfer with everything else that it knew, and so will not
/// tell how it ended.
fn forgotten(task: &Task, events: &[Event]) -> bool {
    let happened = |code: &str| events.iter().any(|event| event.code == code);
    let transfer = matches!(
        task.command,
        Command::Download { .. } | Command::Upload { .. }
    );
    transfer
        && task.state == TaskState::Waiting
        && happened("0 BOOTSTRAP")
        && !happened("7 TRANSFER COMPLETE")
}

/// Whether an event can prove anything: those of regular calls cannot.
#[must_use]
pub fn may_prove(event: &Event) -> bool {
    event.code.starts_with("M ")
        || matches!(
            event.code.as_str(),
            "0 BOOTSTRAP" | "1 BOOT" | "7 TRANSFER COMPLETE"
        )
}

/// Whether the events say that the device carried the task out.
fn proves(task: &Task, events: &[Event]) -> bool {
    let keyed = |name: &str| {
        events
            .iter()
            .any(|event| event.code == name && event.command_key == task.command_key)
    };
    let happened = |code: &str| events.iter().any(|event| event.code == code);
    match task.command {
        // A device that lost the key in the reboot still says that it booted.
        Command::Reboot {} => keyed("M Reboot") || happened("1 BOOT") || happened("0 BOOTSTRAP"),
        Command::FactoryReset {} => happened("0 BOOTSTRAP"),
        Command::ScheduleInform { .. } => keyed("M ScheduleInform"),
        _ => false,
    }
}

/// Whether the events say that the device got the transfer: how it went is said by the
/// TransferComplete alone, which it repeats until it is acknowledged.
fn transferred(task: &Task, events: &[Event]) -> bool {
    let code = match task.command {
        Command::Download { .. } => "M Download",
        Command::Upload { .. } => "M Upload",
        _ => return false,
    };
    events
        .iter()
        .any(|event| event.code == code && event.command_key == task.command_key)
}

/// Whether the tasks behind this one wait until it is settled.
#[must_use]
pub fn blocks(task: &Task) -> bool {
    matches!(
        (task.state, &task.command),
        (
            TaskState::Waiting,
            Command::Reboot {} | Command::FactoryReset {}
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::DeviceId;
    use crate::model::task::{Progress, TaskId};
    use time::macros::datetime;

    fn task(command: Command, state: TaskState, attempts: i32) -> Task {
        let at = datetime!(2026-01-01 00:00 UTC);
        Task {
            id: TaskId(1),
            device: DeviceId(1),
            command,
            state,
            command_key: "k1".to_owned(),
            attempts,
            progress: Progress::default(),
            result: None,
            fault: None,
            created_by: String::new(),
            created_at: at,
            expires_at: at,
            sent_at: None,
            sent_epoch: None,
            finished_at: None,
        }
    }

    fn event(code: &str, key: &str) -> Event {
        Event {
            code: code.to_owned(),
            command_key: key.to_owned(),
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table of cases")]
    fn evidence_decides() {
        use Settlement::{Accepted, Again, Done, GiveUp, Keep, Uncertain};
        let upload = || Command::Upload {
            file_type: "2 Vendor Log File".to_owned(),
            delay_seconds: 0,
        };
        let refresh = || Command::Refresh {
            path: String::new(),
        };
        let add = || Command::AddObject {
            path: "Device.X.".to_owned(),
        };
        let cases = [
            (
                upload(),
                TaskState::Sent,
                1,
                vec![event("M Upload", "k1")],
                Accepted,
            ),
            (
                upload(),
                TaskState::Uncertain,
                1,
                vec![event("M Upload", "k2")],
                Keep,
            ),
            (
                upload(),
                TaskState::Waiting,
                1,
                vec![event("0 BOOTSTRAP", ""), event("1 BOOT", "")],
                Uncertain,
            ),
            (
                upload(),
                TaskState::Waiting,
                1,
                vec![event("0 BOOTSTRAP", ""), event("7 TRANSFER COMPLETE", "")],
                Keep,
            ),
            (
                refresh(),
                TaskState::Sent,
                1,
                vec![event("2 PERIODIC", "")],
                Again,
            ),
            (
                refresh(),
                TaskState::Sent,
                3,
                vec![event("2 PERIODIC", "")],
                GiveUp,
            ),
            (
                Command::Get {
                    paths: vec!["Device.A".to_owned(); 2],
                },
                TaskState::Sent,
                3,
                vec![event("2 PERIODIC", "")],
                Again,
            ),
            (
                add(),
                TaskState::Sent,
                1,
                vec![event("2 PERIODIC", "")],
                Uncertain,
            ),
            (
                add(),
                TaskState::Uncertain,
                1,
                vec![event("1 BOOT", "")],
                Keep,
            ),
            (
                Command::Reboot {},
                TaskState::Sent,
                1,
                vec![event("2 PERIODIC", "")],
                Uncertain,
            ),
            (
                Command::Reboot {},
                TaskState::Sent,
                1,
                vec![event("M Reboot", "k1")],
                Done,
            ),
            (
                Command::Reboot {},
                TaskState::Sent,
                1,
                vec![event("M Reboot", "k2")],
                Uncertain,
            ),
            (
                Command::Reboot {},
                TaskState::Waiting,
                1,
                vec![event("1 BOOT", "")],
                Done,
            ),
            (
                Command::Reboot {},
                TaskState::Waiting,
                1,
                vec![event("2 PERIODIC", "")],
                Keep,
            ),
            (
                Command::Reboot {},
                TaskState::Uncertain,
                1,
                vec![event("1 BOOT", "")],
                Done,
            ),
            (
                Command::FactoryReset {},
                TaskState::Waiting,
                1,
                vec![event("1 BOOT", "")],
                Keep,
            ),
            (
                Command::FactoryReset {},
                TaskState::Sent,
                1,
                vec![event("0 BOOTSTRAP", "")],
                Done,
            ),
        ];
        for (command, state, attempts, events, expected) in cases {
            let task = task(command, state, attempts);
            assert_eq!(settle(&task, &events), expected, "{task:?} {events:?}");
        }
    }

    #[test]
    fn a_lost_answer_halves_the_next_question_down_to_one_and_discovery_backs_off() {
        let refresh = Command::Refresh {
            path: String::new(),
        };
        let mut lost = task(refresh, TaskState::Sent, 1);
        lost.created_by = DISCOVERY.to_owned();
        lost.progress.stage = Stage::Values;
        let events = [event("2 PERIODIC", "")];
        let mut eased = Vec::new();
        while settle(&lost, &events) == Settlement::Again {
            let wait = ease(&mut lost);
            eased.push((lost.progress.batch, wait));
            lost.attempts += 1;
        }
        let expected = [(32, 2), (16, 4), (8, 8), (4, 16), (2, 32), (1, 64)];
        assert_eq!(eased, expected);
        assert_eq!(settle(&lost, &events), Settlement::GiveUp);
        lost.attempts = 30;
        assert_eq!(ease(&mut lost), LONGEST_WAIT);
        let paths = vec!["Device.A".to_owned(); 10];
        let mut wanted = task(Command::Get { paths }, TaskState::Sent, 1);
        assert_eq!((ease(&mut wanted), wanted.progress.batch), (0, 5));
    }

    #[test]
    fn a_restart_holds_the_queue_and_a_transfer_does_not() {
        assert!(blocks(&task(Command::Reboot {}, TaskState::Waiting, 1)));
        assert!(!blocks(&task(Command::Reboot {}, TaskState::Uncertain, 1)));
    }
}
