//! All settings of the server, assembled from the sections that the crates declare.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use regia_access::AccessSettings;
use regia_acs::AcsSettings;
use regia_limits::{LimitsSettings, RedisSettings};
use regia_secrets::{KeyRing, Secret};
use regia_store::StoreSettings;
use regia_telemetry::LogSettings;
use regia_web::WebSettings;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::place::default_data_dir;

/// The settings file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// The process and its folder.
    pub server: ServerSettings,
    /// The database.
    pub database: StoreSettings,
    /// Console and API.
    pub web: WebSettings,
    /// How much a caller may ask of console and API.
    pub limits: LimitsSettings,
    /// Where several nodes count together.
    pub redis: RedisSettings,
    /// Logins, API keys and the audit trail.
    pub access: AccessSettings,
    /// Log lines.
    pub log: LogSettings,
    /// Broadband devices.
    pub acs: AcsSettings,
}

/// The process and its folder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerSettings {
    /// Folder of everything that the server keeps on this machine. Absent: `/var/lib/regia` as
    /// root, `data` below the current folder otherwise.
    pub data_dir: Option<PathBuf>,
    /// The key that seals what is secret in the database: 64 hexadecimal digits
    /// (`openssl rand -hex 32`). Required with `database.url`. Absent: the file `secret_key` in
    /// `data_dir`, made at the first start.
    pub secret_key: Option<Secret>,
    /// Keys that were in use before; what they sealed still opens.
    pub old_secret_keys: Vec<Secret>,
    /// How long a stop waits for running sessions and requests.
    #[schemars(range(min = 0, max = 3600))]
    pub drain_seconds: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            data_dir: None,
            secret_key: None,
            old_secret_keys: Vec::new(),
            drain_seconds: 25,
        }
    }
}

impl Settings {
    /// What no section can see alone.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        ensure!(
            self.database.url.is_none() || self.server.secret_key.is_some(),
            "`database.url` is set and `server.secret_key` is not: every server of one database \
             needs the same key; make one with `openssl rand -hex 32`"
        );
        ensure!(
            self.database.url.is_some() || self.database.migrate_url.is_none(),
            "`database.migrate_url` is set and `database.url` is not"
        );
        if let Some(key) = &self.server.secret_key {
            KeyRing::from_hex(key, &self.server.old_secret_keys)?;
        }
        Ok(())
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> &Path {
        self.server
            .data_dir
            .as_deref()
            .unwrap_or(default_data_dir())
    }
}
