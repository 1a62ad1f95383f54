//! Single devices that are handed to users.

use regia_access::UserId;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Devices that are moved, handed to a user or taken back at a time.
pub const MAX_DEVICES: usize = 1_000;

/// What is said where there are none or more.
pub const HOW_MANY: &str = "1 to 1,000 devices at a time";

/// Devices that one user has at most: each page of a list asks for every one of them.
pub const MAX_HELD: i64 = 2_000;

/// What a user may do with a device that was handed to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Look.
    Viewer,
    /// Also work on it.
    Manager,
    /// Also send files, reset it and hand it on.
    Admin,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Manager, Self::Admin];

    /// Its word in addresses and forms.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Admin => "admin",
        }
    }

    /// Its number in rows.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Viewer => 1,
            Self::Manager => 2,
            Self::Admin => 3,
        }
    }

    /// The level of a number.
    #[must_use]
    pub fn of(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}

/// A device in the hands of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose.
    pub user: UserId,
    /// The name they log in with.
    pub name: String,
    /// What they may do.
    pub level: Level,
    /// Who handed it to them.
    pub granted_by: String,
    /// When.
    pub granted_at: OffsetDateTime,
}

/// A user who has several devices at a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The name they log in with.
    pub name: String,
    /// What they may do.
    pub level: Level,
    /// With how many.
    pub devices: i64,
}
