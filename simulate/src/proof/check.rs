//! What the server tells after a round, held against what it acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;

use super::ProofError;
use super::api::{Api, text};
use super::work::{Device, Notes, Pages, Task, devices};
use crate::{Entry, Happened};

/// States in which a task is still under way.
const OPEN: [&str; 3] = ["queued", "sent", "waiting"];
/// What a CPE may receive once for one task, and the command that makes it.
const ONCE: [(&str, &str); 7] = [
    ("Reboot", "reboot"),
    ("FactoryReset", "factory_reset"),
    ("Download", "download"),
    ("Upload", "upload"),
    ("AddObject", "add_object"),
    ("DeleteObject", "delete_object"),
    ("ScheduleInform", "schedule_inform"),
];

/// The server's word after a round, and what is wrong with it.
pub(super) struct Evidence<'a> {
    api: &'a Api,
    open: Vec<String>,
    states: BTreeMap<i64, String>,
    pub(super) broken: Vec<String>,
}

impl<'a> Evidence<'a> {
    pub(super) const fn new(api: &'a Api) -> Self {
        Self {
            api,
            open: Vec::new(),
            states: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    /// Waits until no task is under way.
    pub(super) async fn rest(&mut self, poll: Duration) -> Result<(), ProofError> {
        loop {
            // All in one list: asked state by state, a task could move behind our back.
            let rows = self.api.list("/api/v1/acs/tasks").await?;
            let open = rows.iter().filter(|row| OPEN.contains(&text(row, "state")));
            self.open = open.map(ToString::to_string).collect();
            if self.open.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(poll).await;
        }
    }

    /// They did not come to rest.
    pub(super) fn unrest(&mut self) {
        let open = std::mem::take(&mut self.open);
        let broken = open.iter().map(|task| format!("does not end: {task}"));
        self.broken.extend(broken);
    }

    /// Asks for everything that was acknowledged.
    pub(super) async fn check(
        &mut self,
        pages: &Pages,
        journal: &[Entry],
    ) -> Result<(), ProofError> {
        let devices = devices(self.api, super::PREFIX).await?;
        for task in &pages.tasks {
            self.check_task(task, journal).await?;
        }
        for file in &pages.files {
            let (status, found) = self
                .api
                .get(&format!("/api/v1/acs/files/{}", file.id))
                .await?;
            if status != 200 || text(&found, "sha256") != file.sha256 {
                self.broken
                    .push(format!("file {} is lost: {status} {found}", file.id));
            }
        }
        for (device, notes) in &pages.notes {
            self.check_notes(*device, notes).await?;
        }
        self.check_once(journal);
        for device in &devices {
            self.check_device(device, journal).await?;
            self.check_values(device, &pages.tasks, journal).await?;
        }
        let known: BTreeSet<&str> = devices.iter().map(|d| d.serial.as_str()).collect();
        let informed = journal.iter().filter_map(|entry| match entry.happened {
            Happened::Informed(_) => Some(entry.serial.as_str()),
            _ => None,
        });
        let lost: BTreeSet<&str> = informed.filter(|serial| !known.contains(serial)).collect();
        let lost = lost
            .iter()
            .map(|serial| format!("{serial} informed and is no device"));
        self.broken.extend(lost);
        Ok(())
    }

    /// How many tasks there are, and how many of them are done, failed and uncertain.
    pub(super) fn endings(&self, pages: &Pages) -> [usize; 4] {
        let count = |state| self.states.values().filter(|known| *known == state).count();
        [
            pages.tasks.len(),
            count("done"),
            count("failed"),
            count("uncertain"),
        ]
    }

    /// Looks for panics.
    pub(super) fn read_log(&mut self, log: &str) {
        let panics = log.lines().filter(|line| line.contains("panicked"));
        self.broken.extend(panics.map(str::to_owned));
    }

    async fn check_task(&mut self, task: &Task, journal: &[Entry]) -> Result<(), ProofError> {
        let (status, found) = self
            .api
            .get(&format!("/api/v1/acs/tasks/{}", task.id))
            .await?;
        let state = text(&found, "state");
        self.states.insert(task.id, state.to_owned());
        let reason = found.get("fault").map_or("", |fault| text(fault, "text"));
        let problem = match state {
            _ if status != 200 => "is lost",
            "done" | "failed" => {
                let kind = text(&task.command, "kind");
                let method = ONCE.iter().find(|(_, command)| *command == kind);
                // What a device does by itself may prove a restart that it was never asked for.
                let provable = matches!(kind, "reboot" | "factory_reset");
                match method {
                    Some((method, _)) if state == "done" && !provable => {
                        match arrivals(task, method, journal) {
                            1 => return Ok(()),
                            _ => "is done and did not arrive once",
                        }
                    }
                    _ => return Ok(()),
                }
            }
            "uncertain" if !reason.is_empty() => return Ok(()),
            "uncertain" => "is uncertain without a reason",
            _ => "did not end",
        };
        self.broken
            .push(format!("task {problem}: {task:?} {found}"));
        Ok(())
    }

    async fn check_notes(&mut self, device: i64, notes: &Notes) -> Result<(), ProofError> {
        let (_, found) = self
            .api
            .get(&format!("/api/v1/acs/devices/{device}"))
            .await?;
        let says = text(&found, "notes");
        let perhaps = notes.perhaps.iter().any(|words| words == says);
        if !perhaps && notes.promised.as_deref().unwrap_or_default() != says {
            self.broken.push(format!(
                "device {device} says {says:?}, promised was {notes:?}"
            ));
        }
        Ok(())
    }

    /// No task reached a CPE twice with something that may not be repeated.
    fn check_once(&mut self, journal: &[Entry]) {
        let mut seen = BTreeMap::new();
        for entry in journal {
            let Happened::Received { id, method, about } = &entry.happened else {
                continue;
            };
            if ONCE.iter().any(|(once, _)| once == method) {
                let subject = (entry.serial.as_str(), *method, subject(method, id, about));
                *seen.entry(subject).or_insert(0_u32) += 1;
            }
        }
        let twice = seen.into_iter().filter(|(_, count)| *count > 1);
        self.broken
            .extend(twice.map(|(subject, count)| format!("{subject:?} arrived {count} times")));
    }

    /// Boots, resets and ends of transfers that were acknowledged stand in the timeline.
    async fn check_device(&mut self, device: &Device, journal: &[Entry]) -> Result<(), ProofError> {
        let path = format!("/api/v1/acs/devices/{}/timeline", device.id);
        let timeline = self.api.list(&path).await?;
        let mine = || journal.iter().filter(|entry| entry.serial == device.serial);
        for code in ["0 BOOTSTRAP", "1 BOOT", "M Reboot", "7 TRANSFER COMPLETE"] {
            let told = mine().filter(|entry| match &entry.happened {
                Happened::Informed(codes) => codes.iter().any(|told| told == code),
                _ => false,
            });
            let kept = timeline.iter().filter(|row| has_event(row, code));
            let (told, kept) = (told.count(), kept.count());
            if told > kept {
                let serial = &device.serial;
                self.broken.push(format!(
                    "{serial}: {told} informs with {code} were answered, {kept} are kept"
                ));
            }
        }
        for entry in mine() {
            let Happened::Reported(key) = &entry.happened else {
                continue;
            };
            let kept = timeline.iter().any(|row| {
                text(row, "kind") == "transfer_complete"
                    && text(row.get("detail").unwrap_or(row), "command_key") == key
            });
            if !kept {
                let serial = &device.serial;
                self.broken
                    .push(format!("{serial}: the end of transfer {key} is lost"));
            }
        }
        Ok(())
    }

    /// The value that a done set left on the CPE is the one that the server tells.
    async fn check_values(
        &mut self,
        device: &Device,
        tasks: &[Task],
        journal: &[Entry],
    ) -> Result<(), ProofError> {
        let mine = || journal.iter().filter(|entry| entry.serial == device.serial);
        let reset = mine().any(|entry| match entry.happened {
            Happened::Received { method, .. } => method == "FactoryReset",
            _ => false,
        });
        let last = mine().rev().find_map(|entry| match &entry.happened {
            Happened::Set { path, value } if value.starts_with("proof ") => Some((path, value)),
            _ => None,
        });
        let Some((path, value)) = last.filter(|_| !reset) else {
            return Ok(());
        };
        let done = tasks.iter().any(|task| {
            self.states
                .get(&task.id)
                .is_some_and(|state| state == "done")
                && task.command.to_string().contains(&format!("\"{value}\""))
        });
        let rows = self
            .api
            .list(&format!(
                "/api/v1/acs/devices/{}/parameters?path={path}",
                device.id
            ))
            .await?;
        let told = rows.iter().find(|row| text(row, "path") == path);
        let told = told.map_or("", |row| text(row, "value"));
        if done && told != value {
            let serial = &device.serial;
            self.broken.push(format!(
                "{serial}: {path} is {value:?}, the server tells {told:?}"
            ));
        }
        Ok(())
    }
}

fn has_event(row: &Json, code: &str) -> bool {
    let events = row.get("detail").and_then(|detail| detail.get("events"));
    let mut events = events.and_then(Json::as_array).into_iter().flatten();
    text(row, "kind") == "inform" && events.any(|event| event == code)
}

/// What a question is about, the same for every time that its task asks it: the task's number, or
/// the name of the file, which is another one for each task.
fn subject(method: &str, id: &str, about: &str) -> String {
    let part = match method {
        "Download" | "Upload" => about.rsplit('/').next(),
        _ => id.split('-').next(),
    };
    part.unwrap_or_default().to_owned()
}

/// How often the task's RPC arrived.
fn arrivals(task: &Task, wanted: &str, journal: &[Entry]) -> usize {
    let own = match wanted {
        "Download" => task.file.clone(),
        "Upload" => format!("-{}", task.id),
        _ => format!("r{}", task.id),
    };
    let arrived = journal.iter().filter(|entry| match &entry.happened {
        Happened::Received { id, method, about } if entry.serial == task.serial => {
            let subject = subject(method, id, about);
            *method == wanted && (subject == own || (wanted == "Upload" && subject.ends_with(&own)))
        }
        _ => false,
    });
    arrived.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use regia_clock::Chance;

    fn received(method: &'static str, id: &str, about: &str) -> Entry {
        Entry {
            serial: "S1".to_owned(),
            happened: Happened::Received {
                id: id.to_owned(),
                method,
                about: about.to_owned(),
            },
        }
    }

    #[test]
    fn what_may_not_be_repeated_is_found_when_it_arrives_twice() {
        let api = Api {
            port: 0,
            key: String::new(),
            chance: Chance::seeded(1),
        };
        let check = |entries: [Entry; 2], expected: usize| {
            let mut evidence = Evidence::new(&api);
            evidence.check_once(&entries);
            assert_eq!(evidence.broken.len(), expected, "{entries:?}");
        };
        let reboot = |id| received("Reboot", id, "key");
        let download = |id, url| received("Download", id, url);
        check([reboot("r7-1.1"), reboot("r7-2.1")], 1);
        check([reboot("r7-1.1"), reboot("r8-1.1")], 0);
        check(
            [download("t1.1", "/f/A/x-1"), download("t2.1", "/f/B/x-1")],
            1,
        );
        check(
            [download("t1.1", "/f/A/x-1"), download("t2.1", "/f/B/x-2")],
            0,
        );
        let get = || received("GetParameterValues", "r7-1.1", "");
        check([get(), get()], 0);
    }

    #[test]
    fn panics_in_the_log_are_found() {
        let api = Api {
            port: 0,
            key: String::new(),
            chance: Chance::seeded(1),
        };
        let mut evidence = Evidence::new(&api);
        evidence.read_log("all is well\ntask acs_sweep panicked\n");
        assert_eq!(evidence.broken, ["task acs_sweep panicked"]);
    }
}
