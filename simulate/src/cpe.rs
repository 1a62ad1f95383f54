//! A CPE that behaves: its memory, its sessions, its transfers, its life.

mod agenda;
mod door;
mod inform;
mod life;
mod rpc;
mod session;
mod transfer;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_cwmp::{Event, TransferComplete};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::faults::Faults;
use crate::journal::{Happened, Journal};
use crate::model::{Factory, Facts, Identity, Template, Tree, mix};
pub(crate) use door::{Door, Listener};
pub(crate) use life::Life;
use transfer::Transfer;

/// The firmware that every CPE is delivered with.
const FACTORY_SOFTWARE: &str = "1.0.0";

/// What a CPE is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) identity: Identity,
    pub(crate) factory: Factory,
    pub(crate) template: Arc<Template>,
    pub(crate) faults: Faults,
    pub(crate) clock: Clock,
    /// Sends Basic unasked.
    pub(crate) preemptive_basic: bool,
    pub(crate) connection_request_url: String,
    pub(crate) journal: Journal,
    /// How long it is silent where it is.
    pub(crate) silence: Duration,
}

/// One device and everything that it remembers.
#[derive(Debug)]
pub(crate) struct Cpe {
    parts: Parts,
    chance: Chance,
    tree: Tree,
    software: String,
    parameter_key: String,
    booted_at: Instant,
    /// Not yet acknowledged by an InformResponse.
    events: Vec<Event>,
    /// Parameters to report with the next Inform.
    changed: BTreeSet<String>,
    /// Sessions that failed since one succeeded.
    retries: u32,
    retry_at: Option<Instant>,
    /// The ACS that acknowledged the last Inform; another one gets `0 BOOTSTRAP`.
    known_acs: Option<String>,
    transfers: Vec<Transfer>,
    /// Ends of transfers that the ACS was not yet told.
    completions: Vec<TransferComplete>,
    scheduled: Vec<(Instant, String)>,
    /// What follows when the session is over.
    restart: Option<Restart>,
    informed_at: Option<Instant>,
    change_at: Option<Instant>,
}

/// A reboot that the ACS asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Restart {
    Reboot { command_key: String },
    FactoryReset,
}

impl Cpe {
    /// As it leaves the factory, switched on now.
    pub(crate) fn new(parts: Parts) -> Self {
        let chance = Chance::seeded(parts.identity.seed);
        let tree = Tree::new(Arc::clone(&parts.template));
        let booted_at = parts.clock.instant();
        let mut cpe = Self {
            parts,
            chance,
            tree,
            software: FACTORY_SOFTWARE.to_owned(),
            parameter_key: String::new(),
            booted_at,
            events: Vec::new(),
            changed: BTreeSet::new(),
            retries: 0,
            retry_at: None,
            known_acs: None,
            transfers: Vec::new(),
            completions: Vec::new(),
            scheduled: Vec::new(),
            restart: None,
            informed_at: None,
            change_at: None,
        };
        cpe.raise("1 BOOT", "");
        cpe
    }

    fn now(&self) -> OffsetDateTime {
        self.parts.clock.now()
    }

    fn instant(&self) -> Instant {
        self.parts.clock.instant()
    }

    fn note(&self, happened: impl FnOnce() -> Happened) {
        self.parts
            .journal
            .write(&self.parts.identity.serial, happened);
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            identity: &self.parts.identity,
            factory: &self.parts.factory,
            uptime_seconds: (self.instant() - self.booted_at).as_secs(),
            now: self.now(),
            software: &self.software,
            parameter_key: &self.parameter_key,
            connection_request_url: &self.parts.connection_request_url,
        }
    }

    /// A parameter of the management server, secrets included.
    fn setting(&self, name: &str) -> String {
        self.tree
            .text(&format!("ManagementServer.{name}"), &self.facts())
            .unwrap_or_default()
    }

    fn number(&self, name: &str, least: u64) -> u64 {
        self.setting(name).parse().unwrap_or(least).max(least)
    }

    fn seed(&self, salt: u64) -> u64 {
        mix(self.parts.identity.seed, salt)
    }

    /// Something happened by itself: tells the ACS as far as it asked to be told.
    fn change(&mut self, path: &str, text: &str) {
        self.tree.set(path, text);
        self.notify(path);
    }

    /// TR-069 A.3.2.4: active notifications open a session, passive ones wait for the next.
    fn notify(&mut self, path: &str) {
        let notification = self.tree.notification(path);
        if notification == 0 {
            return;
        }
        self.changed.insert(path.to_owned());
        if notification == 2 {
            self.raise("4 VALUE CHANGE", "");
        }
    }

    /// Adds an event; the same one twice is told once, except with another command key.
    fn raise(&mut self, code: &str, command_key: &str) {
        let event = Event {
            code: code.to_owned(),
            command_key: command_key.to_owned(),
        };
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// Boots again, after what the ACS asked for or with new firmware.
    fn boot(&mut self, restart: Option<Restart>) {
        self.booted_at = self.instant();
        self.retries = 0;
        self.retry_at = None;
        self.informed_at = None;
        match restart {
            Some(Restart::FactoryReset) => {
                self.tree.reset();
                self.parameter_key.clear();
                self.events.clear();
                self.changed.clear();
                self.transfers.clear();
                self.completions.clear();
                self.scheduled.clear();
                self.known_acs = None;
                self.raise("1 BOOT", "");
            }
            Some(Restart::Reboot { command_key }) => {
                self.raise("1 BOOT", "");
                self.raise("M Reboot", &command_key);
            }
            None => self.raise("1 BOOT", ""),
        }
    }
}
