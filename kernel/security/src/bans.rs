//! Who is kept out: known in memory, stored, and told to the other nodes.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_store::{Store, StoreError, Tx};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::network::parse;
use crate::violations::Violations;
use crate::{BanSettings, Event, is_private, network, network_text, signals, store};

/// The PostgreSQL channel that says that bans changed.
const CHANNEL: &str = "regia_bans";

/// How often they are read anyway: a notification may be lost.
const READ_EVERY: Duration = Duration::from_secs(30);

/// Between two attempts to listen.
const AGAIN: Duration = Duration::from_secs(2);

/// Bans that wait to be stored at most.
const WAITING: usize = 256;

/// A ban is at most this long: a year.
pub(crate) const MAX_MINUTES: u32 = 525_600;

/// A reason has so many characters at most.
const REASON_CHARS: usize = 200;

/// Says whether an address is never kept out, whatever it does.
type Exempt = dyn Fn(IpAddr) -> bool + Send + Sync;

/// A ban in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// Its number.
    pub id: i64,
    /// An address, or a network of IPv6.
    pub network: String,
    /// Why.
    pub reason: String,
    /// Who did it; empty for the server itself.
    pub banned_by: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when.
    pub until: OffsetDateTime,
}

/// A ban to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBan {
    /// An address; of IPv6 its /64 counts.
    pub address: String,
    /// Why.
    pub reason: String,
    /// How long.
    pub minutes: u32,
    /// Who does it.
    pub banned_by: String,
}

/// Why an address cannot be banned.
#[derive(Debug)]
pub enum BanError {
    /// It is no address.
    Address,
    /// It is a trusted proxy: that would keep everybody out.
    Exempt,
    /// The time is none, or longer than a year.
    Minutes,
    /// The reason is missing or too long.
    Reason,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for BanError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The bans in force. Clones are the same.
#[derive(Clone)]
pub struct Bans(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Clock,
    settings: BanSettings,
    exempt: Box<Exempt>,
    /// Until when each network is kept out.
    known: RwLock<HashMap<IpAddr, OffsetDateTime>>,
    violations: Mutex<Violations>,
    sender: mpsc::Sender<IpAddr>,
    /// Taken by the task that stores them.
    receiver: Mutex<Option<mpsc::Receiver<IpAddr>>>,
}

impl fmt::Debug for Bans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bans").finish_non_exhaustive()
    }
}

impl Bans {
    /// No address for which `exempt` is true is ever kept out: the proxies that are trusted.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Clock,
        settings: BanSettings,
        exempt: impl Fn(IpAddr) -> bool + Send + Sync + 'static,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self(Arc::new(Inner {
            store,
            clock,
            settings,
            exempt: Box::new(exempt),
            known: RwLock::default(),
            violations: Mutex::default(),
            sender,
            receiver: Mutex::new(Some(receiver)),
        }))
    }

    /// How long an address is still kept out, if it is: a look into memory.
    #[must_use]
    pub fn left(&self, address: IpAddr) -> Option<Duration> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        // Mostly there is none at all.
        if known.is_empty() {
            return None;
        }
        let until = *known.get(&network(address))?;
        drop(known);
        if (self.0.exempt)(address.to_canonical()) {
            return None;
        }
        Duration::try_from(until - self.0.clock.now())
            .ok()
            .filter(|left| !left.is_zero())
    }

    /// Counts a violation; answers the address when it was one too many. It is kept out from this
    /// moment on by this node, and by the others when it is stored.
    pub(crate) fn judge(&self, event: &Event) -> Option<IpAddr> {
        let Inner {
            settings,
            exempt,
            clock,
            ..
        } = &*self.0;
        let address = event.address?.to_canonical();
        let counts = settings.automatic
            && event.kind.is_violation()
            && !event.with_key
            && (settings.private_ranges || !is_private(address))
            && !exempt(address);
        if !counts {
            return None;
        }
        let network = network(address);
        let mut violations = self
            .0
            .violations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !violations.add(network, clock.instant(), settings) {
            return None;
        }
        drop(violations);
        let until = clock.now() + Duration::from_secs(u64::from(settings.minutes) * 60);
        let mut known = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(network, until);
        drop(known);
        if self.0.sender.try_send(network).is_err() {
            tracing::warn!("a ban is in force on this node only: too many wait to be stored");
        }
        tracing::warn!(
            peer.address = %network_text(network),
            "an address is banned: it broke the limits too often"
        );
        Some(address)
    }

    /// Keeps what is known up to date, and stores what this node bans, until the server stops.
    pub fn run(&self, lifecycle: &Lifecycle) {
        let (bans, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("bans listen", async move {
            let _ = stopping.run_until_cancelled(bans.listen()).await;
        });
        let (bans, stopping) = (self.clone(), lifecycle.stopping());
        let receiver = self
            .0
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        lifecycle.spawn("bans store", async move {
            let Some(mut receiver) = receiver else { return };
            while let Some(Some(network)) = stopping.run_until_cancelled(receiver.recv()).await {
                if let Err(error) = bans.store(network).await {
                    tracing::warn!(error = ?error, "a ban is in force on this node only");
                }
            }
        });
    }

    async fn store(&self, network: IpAddr) -> Result<(), StoreError> {
        let Inner {
            store, settings, ..
        } = &*self.0;
        let ban = NewBan {
            address: network_text(network),
            reason: "broke the limits too often".to_owned(),
            minutes: settings.minutes,
            banned_by: String::new(),
        };
        let mut tx = store.upkeep(TerritoryId::ROOT).await?;
        store::ban::insert(&mut tx, &ban).await?;
        tx.notify(CHANNEL, "").await?;
        tx.commit().await
    }

    /// Hears that bans changed, and reads them; also now and then unasked.
    async fn listen(&self) {
        loop {
            if let Err(error) = self.hear().await {
                tracing::warn!(%error, "not hearing of other nodes' bans; trying again");
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn hear(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut listener = self.0.store.listener().await?;
        listener.listen(CHANNEL).await?;
        loop {
            self.read().await?;
            let heard = tokio::time::timeout(READ_EVERY, listener.try_recv()).await;
            if let Ok(heard) = heard {
                heard?;
            }
        }
    }

    /// Reads the bans in force.
    ///
    /// # Errors
    /// As any statement; then what was known stays.
    pub async fn read(&self) -> Result<(), StoreError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let bans = store::ban::list(&mut tx).await?;
        drop(tx);
        let known: HashMap<IpAddr, OffsetDateTime> = bans
            .iter()
            .filter_map(|ban| Some((parse(&ban.network)?, ban.until)))
            .collect();
        metrics::gauge!(signals::BANS).set(known.len() as f64);
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// The bans in force, the newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(&self) -> Result<Vec<Ban>, StoreError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        store::ban::list(&mut tx).await
    }

    /// Keeps an address out, in a transaction that the caller commits; then it counts on every node.
    ///
    /// # Errors
    /// When it cannot be, or the database fails.
    pub async fn add(&self, tx: &mut Tx, ban: &NewBan) -> Result<Ban, BanError> {
        let address = parse(&ban.address).ok_or(BanError::Address)?;
        if (self.0.exempt)(address) {
            return Err(BanError::Exempt);
        }
        if !(1..=MAX_MINUTES).contains(&ban.minutes) {
            return Err(BanError::Minutes);
        }
        let reason = ban.reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON_CHARS {
            return Err(BanError::Reason);
        }
        let ban = NewBan {
            address: network_text(address),
            reason: reason.to_owned(),
            ..ban.clone()
        };
        let added = store::ban::insert(tx, &ban).await?;
        tx.notify(CHANNEL, "").await?;
        Ok(added)
    }

    /// Lets an address in again, in a transaction that the caller commits; answers what it was.
    ///
    /// # Errors
    /// As any statement.
    pub async fn remove(tx: &mut Tx, id: i64) -> Result<Option<Ban>, StoreError> {
        let gone = store::ban::delete(tx, id).await?;
        tx.notify(CHANNEL, "").await?;
        Ok(gone)
    }

    /// The ban of an address, in force or just over.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find(tx: &mut Tx, address: &str) -> Result<Option<Ban>, StoreError> {
        let Some(network) = parse(address) else {
            return Ok(None);
        };
        store::ban::find(tx, &network_text(network)).await
    }
}
