//! The pool, and the only way to rows.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_secrets::{Key, KeyRing, Secret};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgPool, SqlSafeStr as _};
use tracing::log::LevelFilter;

use crate::scope::Actor;
use crate::{Scope, StoreError, StoreSettings, Tx, signals};

/// Prepared statements that one connection keeps; more than all modules' fixed statements, so that
/// only composed list queries push each other out.
const STATEMENT_CACHE: usize = 256;

/// A statement slower than this is logged.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// `postgres://…`
    pub url: Secret,
    /// Where notifications come from, when that is elsewhere.
    pub listen_url: Option<Secret>,
    /// Whether nothing may be kept on a connection after a transaction.
    pub transaction_pooler: bool,
    /// Connections that the pool holds at most.
    pub max_connections: u32,
    /// How long [`Store::begin`] waits for a free connection.
    pub acquire_timeout: Duration,
    /// A statement that runs longer is cancelled.
    pub statement_timeout: Duration,
    /// A statement that waits longer for a lock is cancelled.
    pub lock_timeout: Duration,
    /// A transaction that does nothing for longer is ended.
    pub idle_in_transaction_timeout: Duration,
}

impl ConnectOptions {
    /// The settings' limits for one address.
    #[must_use]
    pub fn new(url: Secret, settings: &StoreSettings) -> Self {
        Self {
            url,
            listen_url: settings.listen_url.clone(),
            transaction_pooler: settings.transaction_pooler,
            max_connections: settings.max_connections,
            acquire_timeout: Duration::from_secs(settings.acquire_timeout_seconds),
            statement_timeout: Duration::from_secs(settings.statement_timeout_seconds),
            lock_timeout: Duration::from_secs(settings.lock_timeout_seconds),
            idle_in_transaction_timeout: Duration::from_secs(
                settings.idle_in_transaction_timeout_seconds,
            ),
        }
    }

    const fn limits(&self) -> [(&'static str, u128); 3] {
        [
            ("statement_timeout", self.statement_timeout.as_millis()),
            ("lock_timeout", self.lock_timeout.as_millis()),
            (
                "idle_in_transaction_session_timeout",
                self.idle_in_transaction_timeout.as_millis(),
            ),
        ]
    }

    fn to_postgres(&self) -> Result<PgConnectOptions, StoreError> {
        let options = parse_address(&self.url)?;
        if self.transaction_pooler {
            // A pooler refuses what it cannot keep apart.
            return Ok(options.statement_cache_capacity(0).extra_float_digits(None));
        }
        // Sent with the connection's first message: limits cost no round trip of their own.
        Ok(options
            .statement_cache_capacity(STATEMENT_CACHE)
            .options(self.limits()))
    }

    /// What every transaction begins with where a connection keeps nothing of ours: the limits, and no
    /// statement that somebody else prepared there under a name that the driver takes too.
    fn preface(&self) -> String {
        if !self.transaction_pooler {
            return String::new();
        }
        let nothing = String::from("; deallocate all");
        self.limits().into_iter().fold(nothing, |text, (name, ms)| {
            format!("{text}; set local {name} = {ms}")
        })
    }
}

/// The address as the driver reads it, with our name and quiet statement logs.
///
/// # Errors
/// [`StoreError::Address`] when it is not one.
pub fn parse_address(url: &Secret) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url.expose())
        .map_err(|error| StoreError::Address(error.to_string()))?;
    let name = options.get_application_name().unwrap_or("regia").to_owned();
    Ok(options
        .application_name(&name)
        .log_statements(LevelFilter::Off)
        .log_slow_statements(LevelFilter::Warn, SLOW_STATEMENT))
}

/// The database. Cheap to clone; every clone shares one pool.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
    /// A listener holds its connection for as long as it lives, so it has a pool of its own.
    listen_options: PgConnectOptions,
    preface: Arc<str>,
    clock: Clock,
    signing_key: Option<Arc<Key>>,
}

impl Store {
    /// Opens the pool and proves that one connection works.
    ///
    /// # Errors
    /// [`StoreError::Address`] for a malformed address, [`StoreError::Unavailable`] or
    /// [`StoreError::Busy`] when nothing answers within the acquire timeout.
    pub async fn connect(options: &ConnectOptions) -> Result<Self, StoreError> {
        let postgres = options.to_postgres()?;
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.acquire_timeout)
            // `begin` finds a broken connection itself; a test would cost every caller a round trip.
            .test_before_acquire(false)
            .connect_with(postgres.clone())
            .await?;
        let listen_options = match &options.listen_url {
            Some(url) => parse_address(url)?,
            None => postgres,
        };
        Ok(Self {
            pool,
            listen_options,
            preface: options.preface().into(),
            clock: Clock::system(),
            signing_key: None,
        })
    }

    /// Signs rows that must show when somebody changed them behind the server's back.
    #[must_use]
    pub fn signing_with(self, keys: &KeyRing) -> Self {
        Self {
            signing_key: Some(Arc::new(keys.derive("rows"))),
            ..self
        }
    }

    /// Starts a transaction that reaches what the scope says and nothing else: one round trip.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], or [`StoreError::Busy`] after the acquire timeout.
    pub async fn begin(&self, scope: impl Into<Scope>) -> Result<Tx, StoreError> {
        self.begin_as(Actor::App(scope.into())).await
    }

    /// Starts a transaction for what devices say. Their tenant may not be known yet; the tables and
    /// statements that this reaches are listed in the schema, and each row is held to its device's.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn ingest(&self, tenant: TerritoryId) -> Result<Tx, StoreError> {
        self.begin_as(Actor::Ingest(tenant)).await
    }

    /// Starts a transaction for the server's own work, which reaches all tenants. Nobody's request
    /// is answered from it.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn upkeep(&self, tenant: TerritoryId) -> Result<Tx, StoreError> {
        self.begin_as(Actor::Upkeep(tenant)).await
    }

    /// When the server was restarted, every pooled connection is dead at once. A dead one fails
    /// here, before anything was done with it, and is dropped; the next is tried until the pool
    /// has opened a new one.
    async fn begin_as(&self, actor: Actor) -> Result<Tx, StoreError> {
        let limit = self.pool.options().get_max_connections();
        let began_at = self.clock.instant();
        // Made of numbers and our own words.
        let statement = AssertSqlSafe(format!("{}{}", actor.begin(), self.preface)).into_sql_str();
        let mut dead = 0;
        loop {
            let begun = self.pool.begin_with(statement.clone()).await;
            match begun.map_err(StoreError::from) {
                Ok(transaction) => {
                    let waited = self.clock.instant() - began_at;
                    metrics::histogram!(signals::WAIT).record(waited.as_secs_f64());
                    return Ok(Tx::new(transaction, actor, self.signing_key.clone()));
                }
                Err(error) if error.is_broken_connection() && dead < limit => {
                    dead += 1;
                    tracing::debug!(store.dead_connections = dead, "dropped a dead connection");
                }
                Err(error) => {
                    let busy = matches!(error, StoreError::Busy(_));
                    let reason = if busy { "busy" } else { "unavailable" };
                    metrics::counter!(signals::FAILURES, "reason" => reason).increment(1);
                    return Err(error);
                }
            }
        }
    }

    /// A connection of its own that receives notifications; it reconnects by itself, and reports
    /// the gap (`PgListener::try_recv` answers `None`) because notifications are lost in it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn listener(&self) -> Result<PgListener, StoreError> {
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(self.pool.options().get_acquire_timeout())
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(self.listen_options.clone());
        Ok(PgListener::connect_with(&own).await?)
    }

    /// Sends a notification now, outside any transaction ([`Tx::notify`] sends with its commit).
    /// The payload is at most 7,999 bytes.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn notify(&self, channel: &str, payload: &str) -> Result<(), StoreError> {
        let mut tx = self.upkeep(TerritoryId::ROOT).await?;
        tx.notify(channel, payload).await?;
        tx.commit().await
    }

    /// Whether the database answers, for readiness.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Busy`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.upkeep(TerritoryId::ROOT).await?.commit().await
    }

    /// Connections open now, and those of them that nobody uses.
    #[must_use]
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }

    /// Sets the gauges of the pool.
    pub fn measure(&self) {
        let (open, idle) = self.connections();
        let used = f64::from(open) - idle as f64;
        metrics::gauge!(signals::CONNECTIONS, "state" => "used").set(used.max(0.0));
        metrics::gauge!(signals::CONNECTIONS, "state" => "idle").set(idle as f64);
    }

    /// Waits for the connections in use and closes them all.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
