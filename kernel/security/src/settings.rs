//! The settings section `access.bans`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Addresses that break the limits of console, API or login again and again are kept out for a time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BanSettings {
    /// Whether they are; a ban by an administrator counts in any case.
    pub automatic: bool,
    /// How often the limits are broken before. Refusals within ten seconds count once.
    #[schemars(range(min = 1, max = 1000))]
    pub violations: usize,
    /// In how many minutes.
    #[schemars(range(min = 1, max = 1440))]
    pub window_minutes: u32,
    /// For how many minutes they are kept out.
    #[schemars(range(min = 1, max = 43_200))]
    pub minutes: u32,
    /// Whether addresses of private networks and of this machine are kept out, too.
    pub private_ranges: bool,
}

impl Default for BanSettings {
    fn default() -> Self {
        Self {
            automatic: true,
            violations: 3,
            window_minutes: 10,
            minutes: 60,
            private_ranges: false,
        }
    }
}
