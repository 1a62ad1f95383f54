//! The settings section `access`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Logins and the audit trail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccessSettings {
    /// A login that was not used for longer ends.
    #[schemars(range(min = 5, max = 1440))]
    pub idle_minutes: i32,
    /// A login ends after this time, used or not.
    #[schemars(range(min = 1, max = 720))]
    pub absolute_hours: i32,
    /// Wrong passwords that one account, and one address, may send in a minute.
    #[schemars(range(min = 1, max = 1000))]
    pub failed_logins_per_minute: usize,
    /// How long the audit trail is kept.
    #[schemars(range(min = 30, max = 36500))]
    pub audit_days: u16,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            idle_minutes: 30,
            absolute_hours: 8,
            failed_logins_per_minute: 5,
            audit_days: 730,
        }
    }
}
