//! The settings sections `limits` and `redis`.

use regia_secrets::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::limits::Class;
use crate::rules::Rate;

/// How much anybody may ask of console and API. A rate refills evenly; a burst is what may come at
/// once after a rest. A rate or burst of 0 is no limit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSettings {
    /// Requests of one API key, or of one user, a minute.
    #[schemars(range(max = 1_000_000))]
    pub api_per_minute: u32,
    /// Of them at once.
    #[schemars(range(max = 1_000_000))]
    pub api_burst: u32,
    /// Bulk commands, imports and searches that one key or user starts, a minute.
    #[schemars(range(max = 1_000_000))]
    pub bulk_per_minute: u32,
    /// Of them at once.
    #[schemars(range(max = 1_000_000))]
    pub bulk_burst: u32,
    /// Exports of one key or user, a minute.
    #[schemars(range(max = 1_000_000))]
    pub export_per_minute: u32,
    /// Of them at once.
    #[schemars(range(max = 1_000_000))]
    pub export_burst: u32,
    /// Requests a minute of one address (of IPv6 one /64) that nobody logged in made: the login page,
    /// the API's description, wrong keys.
    #[schemars(range(max = 1_000_000))]
    pub anonymous_per_minute: u32,
    /// Of them at once.
    #[schemars(range(max = 1_000_000))]
    pub anonymous_burst: u32,
    /// Nodes that are expected to run. While Redis is away each admits this part of every limit.
    #[schemars(range(min = 1, max = 1_000))]
    pub expected_nodes: u32,
    /// Buckets that this node remembers, 16 bytes each; past that it forgets those that were used
    /// least. Twice the devices of a node is ample.
    #[schemars(range(min = 1_024, max = 67_108_864))]
    pub max_keys: u32,
}

impl Default for LimitsSettings {
    fn default() -> Self {
        Self {
            api_per_minute: 600,
            api_burst: 600,
            bulk_per_minute: 10,
            bulk_burst: 10,
            export_per_minute: 6,
            export_burst: 6,
            anonymous_per_minute: 120,
            anonymous_burst: 120,
            expected_nodes: 2,
            max_keys: 262_144,
        }
    }
}

impl LimitsSettings {
    /// Requests of a principal.
    #[must_use]
    pub fn api(&self) -> Class {
        Class::new("api", Rate::per_minute(self.api_per_minute, self.api_burst))
    }

    /// What starts much work.
    #[must_use]
    pub fn bulk(&self) -> Class {
        Class::new(
            "bulk",
            Rate::per_minute(self.bulk_per_minute, self.bulk_burst),
        )
    }

    /// What carries much out.
    #[must_use]
    pub fn export(&self) -> Class {
        let rate = Rate::per_minute(self.export_per_minute, self.export_burst);
        Class::new("export", rate)
    }

    /// Requests of nobody in particular.
    #[must_use]
    pub fn anonymous(&self) -> Class {
        let rate = Rate::per_minute(self.anonymous_per_minute, self.anonymous_burst);
        Class::new("anonymous", rate)
    }
}

/// A Redis server that several nodes count in together. A single node needs none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedisSettings {
    /// Its address: `redis://:password@redis.example.net/0`, `rediss://` for TLS,
    /// `redis+unix:///run/redis.sock`. Of a cluster or of sentinels several, separated by commas.
    /// Absent: each node counts alone.
    pub url: Option<Secret>,
    /// What stands at that address.
    pub kind: RedisKind,
    /// The name that sentinels know the primary by; needed with `kind = "sentinel"`.
    pub sentinel_master: Option<String>,
    /// Begins every key, so that installations can share one Redis.
    pub prefix: String,
    /// How long an answer may take before this node counts alone.
    #[schemars(range(min = 1, max = 10_000))]
    pub timeout_ms: u64,
    /// How long a connection may take to be made.
    #[schemars(range(min = 10, max = 60_000))]
    pub connect_timeout_ms: u64,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self {
            url: None,
            kind: RedisKind::Single,
            sentinel_master: None,
            prefix: "regia".to_owned(),
            timeout_ms: 50,
            connect_timeout_ms: 1_000,
        }
    }
}

/// What stands at the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RedisKind {
    /// One server, or an address that always leads to the primary.
    Single,
    /// Nodes of a Redis Cluster.
    Cluster,
    /// Sentinels, which are asked for the primary.
    Sentinel,
}
