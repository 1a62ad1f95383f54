//! Sessions in this node's memory. The device row is the truth; what is kept here is good only
//! for its epoch, and every write says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use regia_cwmp::{Dialect, Event};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::machine::Phase;
use super::tap::Tap;
use crate::model::device::Standing;
use crate::model::identity::DeviceId;
use crate::model::task::Task;
use crate::model::tree::Tree;
use crate::store::session::Claim;

/// A conversation with one device.
#[derive(Debug)]
pub struct Session {
    /// Which device, session and epoch its writes name.
    pub claim: Claim,
    /// How far the device is trusted.
    pub standing: Standing,
    /// How the device writes its messages.
    pub dialect: Dialect,
    /// Where the session stands.
    pub phase: Phase,
    /// Whether open tasks wait.
    pub has_work: bool,
    /// The events of its Inform: the evidence for tasks of unknown outcome; taken once.
    pub events: Option<Vec<Event>>,
    /// The device's root object.
    pub root: String,
    /// The address under which the device reaches this server, by its own requests.
    pub base: Option<String>,
    /// The device's tree, once a task needed it.
    pub tree: Option<Tree>,
    /// The task whose question is on its way, and the question's id.
    pub asked: Option<(Box<Task>, String)>,
    /// Questions asked so far.
    pub rpcs: u32,
    /// What the server itself would want of the device, if there is a place free.
    pub wishes: Option<Wishes>,
    /// What the server itself wants of the device in this session, and its place among all.
    pub background: Option<Background>,
    /// Listens, when the device is traced.
    pub(crate) tap: Option<Arc<Tap>>,
    /// The answer to a question that an operator wrote, as it came.
    pub(crate) heard: Option<String>,
    /// When it began.
    pub opened_at: Instant,
}

/// What a device row is marked with.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// It has no credential of its own.
    pub onboarding: bool,
    /// Its tree was not read.
    pub discovery: bool,
}

/// Onboarding and discovery of one device.
#[derive(Debug)]
pub struct Background {
    /// Give it its own credential.
    pub onboarding: bool,
    /// Read its tree.
    pub discovery: bool,
    /// One of the places for devices that are onboarded or discovered at a time.
    pub _place: OwnedSemaphorePermit,
}

impl Session {
    /// A session that has just begun.
    #[must_use]
    pub fn new(claim: Claim, standing: Standing, dialect: Dialect, now: Instant) -> Self {
        Self {
            claim,
            standing,
            dialect,
            phase: Phase::Informed,
            has_work: false,
            events: None,
            root: String::new(),
            base: None,
            tree: None,
            asked: None,
            rpcs: 0,
            wishes: None,
            background: None,
            tap: None,
            heard: None,
            opened_at: now,
        }
    }
}

/// What a look for a session finds.
#[derive(Debug)]
pub enum Found {
    /// The session; it is the caller's until it is put back.
    Session(Box<Session>),
    /// Another request of the same session is being answered.
    Busy,
    /// This node does not hold it.
    Unknown,
}

/// All sessions that this node holds.
#[derive(Debug, Default)]
pub struct Sessions {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    sessions: HashMap<[u8; 16], Slot>,
    by_device: HashMap<DeviceId, [u8; 16]>,
}

#[derive(Debug)]
struct Slot {
    claim: Claim,
    touched_at: Instant,
    opened_at: Instant,
    wake: bool,
    /// Absent while a request of the session is being answered.
    session: Option<Box<Session>>,
}

impl Sessions {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// Keeps a new session and forgets the device's old one.
    pub fn insert(&self, session: Box<Session>, now: Instant) {
        let (id, device) = (session.claim.session, session.claim.device);
        let slot = Slot {
            claim: session.claim,
            touched_at: now,
            opened_at: session.opened_at,
            wake: false,
            session: Some(session),
        };
        let mut table = self.lock();
        if let Some(old) = table.by_device.insert(device, id) {
            table.sessions.remove(&old);
        }
        table.sessions.insert(id, slot);
    }

    /// Takes a session to answer a request.
    pub fn take(&self, id: &[u8; 16]) -> Found {
        let mut table = self.lock();
        let Some(slot) = table.sessions.get_mut(id) else {
            return Found::Unknown;
        };
        let wake = std::mem::take(&mut slot.wake);
        slot.session.take().map_or(Found::Busy, |mut session| {
            session.has_work |= wake;
            Found::Session(session)
        })
    }

    /// Puts a session back after its request is answered, unless it was superseded meanwhile.
    pub fn put_back(&self, session: Box<Session>, now: Instant) {
        if let Some(slot) = self.lock().sessions.get_mut(&session.claim.session) {
            slot.touched_at = now;
            slot.session = Some(session);
        }
    }

    /// Forgets a session.
    pub fn remove(&self, claim: &Claim) {
        let mut table = self.lock();
        table.sessions.remove(&claim.session);
        if table.by_device.get(&claim.device) == Some(&claim.session) {
            table.by_device.remove(&claim.device);
        }
    }

    /// Tells the device's session, if this node holds one, that there is work. What it claims may
    /// be another node's meanwhile.
    pub fn wake(&self, device: DeviceId) -> Option<Claim> {
        let mut table = self.lock();
        let id = table.by_device.get(&device).copied()?;
        let slot = table.sessions.get_mut(&id)?;
        slot.wake = true;
        Some(slot.claim)
    }

    /// Forgets sessions that were silent or open for too long; how many.
    pub fn sweep(&self, now: Instant, idle: Duration, total: Duration) -> usize {
        let mut table = self.lock();
        let Table {
            sessions,
            by_device,
        } = &mut *table;
        let before = sessions.len();
        sessions.retain(|id, slot| {
            // A session whose request is being answered is not silent; its request may also have
            // been dropped with its connection, and then only the total time ends it.
            let keep = now.duration_since(slot.opened_at) < total
                && (slot.session.is_none() || now.duration_since(slot.touched_at) < idle);
            let device = slot.claim.device;
            if !keep && by_device.get(&device) == Some(id) {
                by_device.remove(&device);
            }
            keep
        });
        before - sessions.len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
