//! The rows of `access.api_key`.

pub(crate) mod find;
pub(crate) mod keys;

use regia_access::{ApiKeyId, UserId};
use regia_ident::TerritoryId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::Terms;

/// Among the permissions of a key: everything.
pub const EVERYTHING: &str = "*";

/// Whether a key opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It does.
    Active,
    /// Not while its owner may not log in.
    Suspended,
    /// Its time is over.
    Expired,
    /// Somebody ended it.
    Revoked,
}

impl KeyState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Suspended, Self::Expired, Self::Revoked];

    /// Its name in addresses and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Whose a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOwner {
    /// The user.
    pub id: UserId,
    /// The name they log in with.
    pub name: String,
}

/// A key without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySummary {
    /// Its number.
    pub id: ApiKeyId,
    /// What it was named.
    pub name: String,
    /// Whose it is; none: the installation's.
    pub owner: Option<KeyOwner>,
    /// Whether it opens anything.
    pub state: KeyState,
    /// What it may do, or [`EVERYTHING`].
    pub permissions: Vec<String>,
    /// Where, with everything below; the tenant, once it is revoked.
    pub area: TerritoryId,
    /// The name of that territory.
    pub area_name: String,
    /// Its own limit; none: the one of the settings.
    pub requests_per_minute: Option<u32>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends; none: not by itself.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, within ten minutes.
    pub last_used_at: Option<OffsetDateTime>,
    /// From which address.
    pub last_used_from: Option<String>,
    /// When it got its present text, if that is not its first.
    pub rotated_at: Option<OffsetDateTime>,
    /// Until when the text before is good; none when it is not any more.
    pub old_until: Option<OffsetDateTime>,
    /// When it was ended.
    pub revoked_at: Option<OffsetDateTime>,
}

impl KeySummary {
    /// Name, end and limit.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            name: self.name.clone(),
            expires_at: self.expires_at,
            requests_per_minute: self.requests_per_minute,
        }
    }
}
