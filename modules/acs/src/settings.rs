//! Settings of the module: section `acs`.

use std::net::SocketAddr;
use std::path::PathBuf;

use regia_listener::ConnectionSettings;
use regia_secrets::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Devices: the CWMP listener, sessions, onboarding.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AcsSettings {
    /// Address of the plain CWMP listener; empty turns it off.
    pub listen: Option<SocketAddr>,
    /// Address of the TLS CWMP listener; needs `tls_certificate` and `tls_key`.
    pub tls_listen: Option<SocketAddr>,
    /// Certificate chain of the TLS listener, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the TLS listener, PEM.
    pub tls_key: Option<PathBuf>,
    /// Base address that devices use to reach this server, such as `http://acs.example.net:7547`;
    /// without it the address of the device's own request is used.
    pub public_url: Option<String>,
    /// Connections of devices.
    pub connections: ConnectionSettings,
    /// Who may talk and how they prove it.
    pub auth: AuthSettings,
    /// Limits of one session.
    pub session: SessionSettings,
    /// What happens to a device that nobody prepared.
    pub onboarding: OnboardingSettings,
    /// How to log in to devices that have no credential of their own for connection requests.
    pub connection_request: ConnectionRequestSettings,
    /// Files for devices and from them.
    pub files: FilesSettings,
    /// Names of further parameters whose values are secrets, matched against the last part of a
    /// path without regard to case, such as `X_ACME_AdminKey`.
    pub secret_parameters: Vec<String>,
    /// Days for which the timeline, finished tasks and the values of the charts are kept.
    pub retention_days: u32,
}

impl Default for AcsSettings {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from(([0, 0, 0, 0], 7547))),
            tls_listen: None,
            tls_certificate: None,
            tls_key: None,
            public_url: None,
            connections: ConnectionSettings {
                max_connections: 60_000,
                ..ConnectionSettings::default()
            },
            auth: AuthSettings::default(),
            session: SessionSettings::default(),
            onboarding: OnboardingSettings::default(),
            connection_request: ConnectionRequestSettings::default(),
            files: FilesSettings::default(),
            secret_parameters: Vec::new(),
            retention_days: 90,
        }
    }
}

/// Section `acs.auth`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSettings {
    /// Accept Basic on the plain listener, where everybody on the path can read the password.
    /// Digest is always offered.
    pub basic_without_tls: bool,
    /// Realm of the challenges.
    pub realm: String,
    /// Failed logins a minute that one device identity may have at one address before it is
    /// told to come back later.
    pub failures_per_minute: u32,
    /// Seconds for which a Digest nonce is valid.
    pub nonce_seconds: u32,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            basic_without_tls: true,
            realm: "regia".to_owned(),
            failures_per_minute: 10,
            nonce_seconds: 300,
        }
    }
}

/// Section `acs.connection_request`: what devices of the fleet accept from the factory. Devices that
/// were onboarded have a credential of their own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionRequestSettings {
    /// User name; empty sends none.
    pub username: String,
    /// Password.
    pub password: Option<Secret>,
}

/// Section `acs.session`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SessionSettings {
    /// Seconds without a message after which a session is over (TR-069 3.7.1.4 asks for 30).
    pub idle_seconds: u32,
    /// Seconds that a session may last in all.
    pub total_seconds: u32,
    /// Requests that the server sends in one session; the rest waits for the next one.
    pub max_rpcs: u32,
    /// Bytes of one body after decompression.
    pub max_body_bytes: usize,
    /// Seconds for which one body may be on its way.
    pub body_seconds: u32,
    /// Sessions at a time; past that an Inform is answered 503 with a Retry-After.
    pub max_open: usize,
    /// Sessions that one device may begin in a minute; past that its Inform is answered 503 with a
    /// Retry-After. 0 is no limit.
    pub starts_per_minute: u32,
    /// Of them in a row. 0 is no limit.
    pub starts_burst: u32,
    /// Informs that may wait for the database; past that an Inform is answered 503.
    pub max_waiting: usize,
    /// Seconds around which the Retry-After of a 503 is spread (half to one and a half of it).
    pub retry_after_seconds: u32,
    /// Path attribute of the session cookie; some devices return it only for the exact path.
    pub cookie_path: String,
    /// Know a device that returns no cookie by its connection. Turn it off behind an HTTP proxy that
    /// shares its connections among devices and adds neither `Forwarded`, `Via` nor
    /// `X-Forwarded-For`: there, one device could speak in the session of another.
    pub bind_connection: bool,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            idle_seconds: 30,
            total_seconds: 300,
            max_rpcs: 256,
            max_body_bytes: 4 * 1024 * 1024,
            body_seconds: 60,
            max_open: 50_000,
            starts_per_minute: 30,
            starts_burst: 30,
            max_waiting: 4_096,
            retry_after_seconds: 60,
            cookie_path: "/".to_owned(),
            bind_connection: true,
        }
    }
}

/// Section `acs.onboarding`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnboardingSettings {
    /// `observe` registers and reads; `manage` also sets an individual credential and a spread
    /// periodic inform. Absent: what was answered in the console, and `observe` until then.
    pub mode: Option<OnboardingMode>,
    /// What happens when a device that has used its individual credential comes back factory
    /// reset with the fleet credential.
    pub returning: Returning,
    /// Seconds between two periodic informs that `manage` sets.
    pub inform_interval_seconds: u32,
    /// Devices that are discovered or onboarded at a time, on each node; 0 leaves them all alone.
    pub concurrent: u32,
}

impl Default for OnboardingSettings {
    fn default() -> Self {
        Self {
            mode: None,
            returning: Returning::Approve,
            inform_interval_seconds: 3_600,
            concurrent: 50,
        }
    }
}

impl OnboardingSettings {
    /// How many devices are discovered or onboarded at a time.
    #[must_use]
    pub fn places(&self) -> usize {
        usize::try_from(self.concurrent)
            .unwrap_or(usize::MAX)
            .min(MAX_PLACES)
    }
}

/// More would be no limit: each place is a whole tree on its way.
const MAX_PLACES: usize = 10_000;

/// Section `acs.files`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FilesSettings {
    /// Bytes of one file, sent by an operator or by a device.
    pub max_bytes: u64,
    /// Files that this node sends to devices or takes from them at a time; past that a device is
    /// answered 503 with a Retry-After.
    pub concurrent_downloads: u32,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self {
            max_bytes: 512 * 1024 * 1024,
            concurrent_downloads: 50,
        }
    }
}

impl FilesSettings {
    /// How many files move at a time, at least one.
    #[must_use]
    pub fn places(&self) -> usize {
        usize::try_from(self.concurrent_downloads)
            .unwrap_or(usize::MAX)
            .clamp(1, MAX_PLACES)
    }
}

/// How far the server goes with a new device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnboardingMode {
    /// Register and read.
    Observe,
    /// Register, read, and set an individual credential and a periodic inform.
    Manage,
}

impl OnboardingMode {
    /// The mode as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Manage => "manage",
        }
    }

    /// Reads a stored mode.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Observe, Self::Manage]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// What to do with a device that shows a fleet credential after it had its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Returning {
    /// Quarantine it until an operator approves.
    Approve,
    /// Onboard it anew.
    Auto,
}
