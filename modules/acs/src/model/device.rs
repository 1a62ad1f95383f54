//! A device as the console and the API show it.

use regia_ident::TerritoryId;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

use super::identity::{DeviceId, Identity};

/// How far a device is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Announced by an operator, not seen yet.
    Expected,
    /// Served.
    Active,
    /// Came back with a fleet credential after it had its own: shown, but given nothing.
    Quarantined,
    /// Taken out of service; refused.
    Retired,
}

impl Standing {
    /// Every standing, for filters and tests.
    pub const ALL: [Self; 4] = [
        Self::Expected,
        Self::Active,
        Self::Quarantined,
        Self::Retired,
    ];

    /// The standing as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Active => "active",
            Self::Quarantined => "quarantined",
            Self::Retired => "retired",
        }
    }

    /// Reads a stored standing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str() == text)
    }
}

/// What a device is to the others with its serial number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Twin {
    /// There are none, or nobody looked yet.
    #[default]
    None,
    /// It may be the same device.
    Suspected,
    /// An operator said that it is another one.
    Distinct,
}

impl Twin {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Suspected => "suspected",
            Self::Distinct => "distinct",
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        [Self::Suspected, Self::Distinct]
            .into_iter()
            .find(|twin| twin.as_str() == text)
            .unwrap_or_default()
    }
}

/// A device without its tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Its number.
    pub id: DeviceId,
    /// The territory in which it stands.
    pub area: TerritoryId,
    /// Who it says it is.
    pub identity: Identity,
    /// Who made it.
    pub manufacturer: String,
    /// How far it is trusted.
    pub standing: Standing,
    /// `Device.` or `InternetGatewayDevice.`.
    pub root: String,
    /// As the last inform said.
    pub software_version: String,
    /// As the last inform said.
    pub hardware_version: String,
    /// As the last inform said.
    pub provisioning_code: String,
    /// Where it listens for connection requests.
    pub connection_request_url: String,
    /// The address of its WAN side, by its own word.
    pub external_address: String,
    /// The address its last inform came from.
    pub peer_address: String,
    /// Seconds between two informs, as far as known.
    pub inform_interval_seconds: i32,
    /// When it first appeared.
    pub registered_at: OffsetDateTime,
    /// When it last started.
    pub booted_at: Option<OffsetDateTime>,
    /// When it last called.
    pub last_inform_at: Option<OffsetDateTime>,
    /// Whether it logs in with a credential of its own.
    pub has_own_credential: bool,
    /// Whether open tasks wait for it.
    pub has_work: bool,
    /// State of its discovery.
    pub discovery: String,
    /// State of its onboarding.
    pub onboarding: String,
    /// When it was last asked to call.
    pub reach_at: Option<OffsetDateTime>,
    /// Why it could not be asked; empty when it could.
    pub reach_fault: String,
    /// Labels given by operators.
    pub tags: Vec<String>,
    /// Free text by operators.
    pub notes: String,
    /// What it is to the others with its serial number.
    pub twin: Twin,
}

impl Device {
    /// Whether the device called within twice its interval and a minute of grace.
    #[must_use]
    pub fn online(&self, now: OffsetDateTime) -> bool {
        self.last_inform_at.is_some_and(|at| {
            now - at
                < Duration::seconds(
                    2 * i64::from(self.inform_interval_seconds) + ONLINE_GRACE_SECONDS,
                )
        })
    }
}

/// Grace on top of two intervals, for clocks, retries and a slow boot.
pub const ONLINE_GRACE_SECONDS: i64 = 60;
