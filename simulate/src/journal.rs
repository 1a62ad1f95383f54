//! What CPEs went through, written down as it happens, so that a proof can compare it with what the
//! server says: it outlives every server.

use std::sync::{Arc, Mutex, PoisonError};

use regia_cwmp::AcsMessage;

/// One thing that happened to one CPE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which CPE.
    pub serial: String,
    /// What.
    pub happened: Happened,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// An RPC of the ACS arrived.
    Received {
        /// Its `cwmp:ID`, empty when it had none.
        id: String,
        /// Its method.
        method: &'static str,
        /// What it is about: a path, an address, a file type.
        about: String,
    },
    /// A value was set.
    Set {
        /// The parameter.
        path: String,
        /// Its new value.
        value: String,
    },
    /// An Inform with these events was answered.
    Informed(Vec<String>),
    /// The report of a transfer with this CommandKey was answered.
    Reported(String),
}

/// The journal of a fleet; without one, nothing is written. Clones are the same journal.
#[derive(Debug, Clone, Default)]
pub struct Journal(Option<Arc<Mutex<Vec<Entry>>>>);

impl Journal {
    /// An empty one. It grows for as long as the fleet runs.
    #[must_use]
    pub fn open() -> Self {
        Self(Some(Arc::default()))
    }

    /// Everything so far, in order.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let Some(entries) = &self.0 else {
            return Vec::new();
        };
        entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn write(&self, serial: &str, happened: impl FnOnce() -> Happened) {
        if let Some(entries) = &self.0 {
            let entry = Entry {
                serial: serial.to_owned(),
                happened: happened(),
            };
            entries
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(entry);
        }
    }
}

/// An RPC as the journal has it.
pub(crate) fn received(id: Option<&str>, question: &AcsMessage) -> Happened {
    let (method, about) = describe(question);
    Happened::Received {
        id: id.unwrap_or_default().to_owned(),
        method,
        about: about.to_owned(),
    }
}

fn describe(question: &AcsMessage) -> (&'static str, &str) {
    match question {
        AcsMessage::GetParameterNames { path, .. } => ("GetParameterNames", path),
        AcsMessage::GetParameterValues(_) => ("GetParameterValues", ""),
        AcsMessage::SetParameterValues { .. } => ("SetParameterValues", ""),
        AcsMessage::GetParameterAttributes(_) => ("GetParameterAttributes", ""),
        AcsMessage::SetParameterAttributes(_) => ("SetParameterAttributes", ""),
        AcsMessage::AddObject { object_name, .. } => ("AddObject", object_name),
        AcsMessage::DeleteObject { object_name, .. } => ("DeleteObject", object_name),
        AcsMessage::Reboot { command_key } => ("Reboot", command_key),
        AcsMessage::FactoryReset => ("FactoryReset", ""),
        AcsMessage::ScheduleInform { command_key, .. } => ("ScheduleInform", command_key),
        AcsMessage::Download(download) => ("Download", &download.url),
        AcsMessage::Upload(upload) => ("Upload", &upload.url),
        AcsMessage::ScheduleDownload(download) => ("ScheduleDownload", &download.url),
        AcsMessage::CancelTransfer { command_key } => ("CancelTransfer", command_key),
        _ => ("other", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_open_journal_is_written() {
        let (closed, open) = (Journal::default(), Journal::open());
        let same = open.clone();
        for journal in [&closed, &open] {
            journal.write("S1", || received(Some("r1-1.1"), &AcsMessage::FactoryReset));
        }
        assert_eq!(closed.entries(), []);
        let entries = same.entries();
        let [entry] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        let expected = Happened::Received {
            id: "r1-1.1".to_owned(),
            method: "FactoryReset",
            about: String::new(),
        };
        assert_eq!((entry.serial.as_str(), &entry.happened), ("S1", &expected));
    }
}
