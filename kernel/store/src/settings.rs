//! The settings section `database`.

use std::path::PathBuf;

use regia_secrets::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the rows live. Without `url` the server runs its own private PostgreSQL in its data
/// folder.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// Address of a PostgreSQL server of your own (15 or newer), for example
    /// `postgres://regia:password@db.example.net/regia`. Absent: the private one.
    #[serde(skip_serializing)]
    pub url: Option<Secret>,
    /// Address used for migrations only, for a role that may create schemas. Absent: `url`.
    #[serde(skip_serializing)]
    pub migrate_url: Option<Secret>,
    /// Address of the PostgreSQL server itself, for notifications, when `url` leads to a pooler that
    /// hands out connections by the transaction. Absent: `url`.
    #[serde(skip_serializing)]
    pub listen_url: Option<Secret>,
    /// Whether `url` leads to a pooler that hands out connections by the transaction, such as
    /// PgBouncer with `pool_mode = transaction`: then nothing is kept on a connection.
    pub transaction_pooler: bool,
    /// Folder with `postgres` and `initdb` for the private server. Absent: the newest below
    /// `/usr/lib/postgresql`, then `PATH`.
    pub bin_dir: Option<PathBuf>,
    /// Connections that this process keeps at most.
    #[schemars(range(min = 2, max = 1000))]
    pub max_connections: u32,
    /// How long a caller waits for a free connection.
    #[schemars(range(min = 1, max = 600))]
    pub acquire_timeout_seconds: u64,
    /// A statement that runs longer is cancelled.
    #[schemars(range(min = 1, max = 3600))]
    pub statement_timeout_seconds: u64,
    /// A statement that waits longer for a lock is cancelled.
    #[schemars(range(min = 1, max = 3600))]
    pub lock_timeout_seconds: u64,
    /// A transaction that does nothing for longer is ended.
    #[schemars(range(min = 1, max = 3600))]
    pub idle_in_transaction_timeout_seconds: u64,
    /// How long the private server may take to start, recovery after a crash included.
    #[schemars(range(min = 1, max = 86400))]
    pub start_timeout_seconds: u64,
    /// How long a stop waits for the private server before it is stopped without a checkpoint.
    #[schemars(range(min = 1, max = 3600))]
    pub stop_timeout_seconds: u64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            url: None,
            migrate_url: None,
            listen_url: None,
            transaction_pooler: false,
            bin_dir: None,
            max_connections: 20,
            acquire_timeout_seconds: 10,
            statement_timeout_seconds: 30,
            lock_timeout_seconds: 10,
            idle_in_transaction_timeout_seconds: 60,
            start_timeout_seconds: 300,
            stop_timeout_seconds: 20,
        }
    }
}
