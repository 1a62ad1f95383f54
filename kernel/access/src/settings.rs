//! The settings section `access`.

use schemars::JsonSchema;
use serde::Deserialize;

/// When a second factor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Of those who have set one up.
    #[default]
    Optional,
    /// Of everybody: whoever has none sets one up before anything else.
    Required,
}

/// Keys that people and administrators make for scripts.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApiKeySettings {
    /// Days after which a new key ends at the latest. Absent: a key may be made to last for ever.
    #[schemars(range(min = 1, max = 3650))]
    pub max_days: Option<u16>,
}

/// Logins, API keys and the audit trail.
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
    /// Characters that a password has at least.
    #[schemars(range(min = 8, max = 64))]
    pub password_min_length: usize,
    /// How long a link is good with which a person sets their password.
    #[schemars(range(min = 1, max = 720))]
    pub invite_hours: i32,
    /// Whether a second factor is asked of those who have set one up (`optional`), or everybody must
    /// have one (`required`).
    pub second_factor: SecondFactorRule,
    /// What holds for API keys.
    pub api_keys: ApiKeySettings,
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
            password_min_length: 12,
            invite_hours: 72,
            second_factor: SecondFactorRule::Optional,
            api_keys: ApiKeySettings::default(),
            audit_days: 730,
        }
    }
}
