//! Listening in on a traced device. What it and the server say is handed to the trace's writer,
//! which never keeps a session waiting: what finds no room is counted, and shown as a gap.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use regia_ident::TerritoryId;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::server::Answer;
use crate::context::Context;
use crate::model::identity::DeviceId;
use crate::model::trace::{Kind, Remark};
use crate::signals;
use crate::store::session::Claim;

/// KiB of messages that wait to be written: a few of the largest, thousands of usual ones.
const ROOM_KIB: u32 = 32 * 1024;

/// Messages that wait to be written.
const MAX_WAITING: usize = 4_096;

/// Devices whose gaps are remembered.
const MAX_GAPS: usize = 4_096;

/// One traced session, or one connection request to a traced device.
#[derive(Debug)]
pub(crate) struct Tap {
    pub(crate) territory: TerritoryId,
    pub(crate) device: DeviceId,
    /// Absent for a connection request.
    pub(crate) session: Option<[u8; 16]>,
    /// Secrets that went by; the messages that follow may repeat them.
    pub(crate) known: Mutex<Known>,
}

/// Texts that do not show themselves.
#[derive(Default)]
pub(crate) struct Known(pub(crate) Vec<String>);

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Known").field(&self.0.len()).finish()
    }
}

/// Something that was said, on its way to the writer, still with its secrets.
pub(crate) struct Heard {
    pub(crate) tap: Arc<Tap>,
    pub(crate) happened_at: OffsetDateTime,
    pub(crate) kind: Kind,
    pub(crate) status: Option<u16>,
    pub(crate) body: Bytes,
    pub(crate) content_type: Option<String>,
    pub(crate) remark: Remark,
    _room: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Heard");
        shown.field("tap", &self.tap).field("kind", &self.kind);
        shown.finish_non_exhaustive()
    }
}

/// A request on its way through the server.
#[derive(Debug)]
pub(crate) struct Post {
    /// When it came.
    pub(crate) came_at: OffsetDateTime,
    /// Its body, decompressed; absent when it is empty or was refused before it was read.
    pub(crate) body: Option<Bytes>,
    /// What there is to say about it.
    pub(crate) remark: Remark,
    /// Set once its device turns out to be traced.
    pub(crate) tap: Option<Arc<Tap>>,
}

/// Where what was heard goes.
#[derive(Debug)]
pub(crate) struct Tracer {
    sender: mpsc::Sender<Heard>,
    room: Arc<Semaphore>,
    missed: Mutex<HashMap<(TerritoryId, DeviceId), u32>>,
}

impl Tracer {
    /// The tracer, and what its writer takes from.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Heard>) {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let tracer = Self {
            sender,
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
            missed: Mutex::default(),
        };
        (tracer, receiver)
    }

    /// Hands something over, or counts it as missed.
    fn hand_over(&self, tap: &Arc<Tap>, said: Said) {
        let kib = u32::try_from(said.body.len().div_ceil(1024).max(1)).unwrap_or(u32::MAX);
        let handed = Arc::clone(&self.room)
            .try_acquire_many_owned(kib)
            .ok()
            .and_then(|room| {
                let heard = Heard {
                    tap: Arc::clone(tap),
                    happened_at: said.happened_at,
                    kind: said.kind,
                    status: said.status,
                    body: said.body,
                    content_type: said.content_type,
                    remark: said.remark,
                    _room: room,
                };
                self.sender.try_send(heard).ok()
            });
        if handed.is_none() {
            self.miss(tap.territory, tap.device, 1);
        }
    }

    /// Takes note of messages that are not kept.
    pub(crate) fn miss(&self, territory: TerritoryId, device: DeviceId, count: u32) {
        signals::trace_dropped(count);
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.len() < MAX_GAPS || missed.contains_key(&(territory, device)) {
            let known = missed.entry((territory, device)).or_default();
            *known = known.saturating_add(count);
        }
    }

    /// How many messages of a device were missed since the last time; forgets them.
    pub(crate) fn take_missed(&self, territory: TerritoryId, device: DeviceId) -> u32 {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        missed.remove(&(territory, device)).unwrap_or_default()
    }

    /// Keeps what came of a connection request.
    pub(crate) fn called(&self, claim: (TerritoryId, DeviceId), at: OffsetDateTime, said: &str) {
        let (territory, device) = claim;
        let tap = Arc::new(Tap {
            territory,
            device,
            session: None,
            known: Mutex::default(),
        });
        let said = Said {
            happened_at: at,
            kind: Kind::Called,
            status: None,
            body: Bytes::copy_from_slice(said.as_bytes()),
            content_type: None,
            remark: Remark::None,
        };
        self.hand_over(&tap, said);
    }
}

struct Said {
    happened_at: OffsetDateTime,
    kind: Kind,
    status: Option<u16>,
    body: Bytes,
    content_type: Option<String>,
    remark: Remark,
}

impl Tap {
    /// Listens to a session.
    pub(crate) fn on(claim: &Claim) -> Arc<Self> {
        Arc::new(Self {
            territory: claim.territory,
            device: claim.device,
            session: Some(claim.session),
            known: Mutex::default(),
        })
    }
}

impl Post {
    /// Keeps a request and its answer when the device is traced; gives the answer.
    pub(crate) async fn answered(
        self,
        context: &Context,
        headers: &HeaderMap,
        answer: Answer,
    ) -> Answer {
        let Some(tap) = self.tap else { return answer };
        let content_type = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let received = Said {
            happened_at: self.came_at,
            kind: Kind::Received,
            status: None,
            body: self.body.unwrap_or_default(),
            content_type: content_type.map(str::to_owned),
            remark: self.remark,
        };
        context.tracer.hand_over(&tap, received);
        let (parts, body) = answer.into_parts();
        // Our own answers are whole in memory: this does not wait for anything.
        let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let sent = Said {
            happened_at: context.clock.now(),
            kind: Kind::Sent,
            status: Some(parts.status.as_u16()),
            body: body.clone(),
            content_type: None,
            remark: Remark::None,
        };
        context.tracer.hand_over(&tap, sent);
        Answer::from_parts(parts, Body::from(body))
    }
}
