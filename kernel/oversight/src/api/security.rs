//! The security log and the bans as the API shows them.

pub(crate) mod ban;
pub(super) mod bans;
pub(super) mod events;
pub(crate) mod unban;

use regia_security::{Ban, Logged};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// What happened at the doors, so often in one minute.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventOut {
    /// Its number.
    id: i64,
    /// The minute in which it happened.
    #[serde(with = "time::serde::rfc3339")]
    minute: OffsetDateTime,
    /// What, such as `login_failed`.
    kind: String,
    /// `info`, `notice` or `warning`.
    severity: &'static str,
    /// From where; empty where it is not known.
    address: String,
    /// Who; empty where it is not known.
    actor: String,
    /// How often in this minute.
    count: i64,
    /// The last time.
    #[serde(with = "time::serde::rfc3339")]
    last_at: OffsetDateTime,
    /// What was asked the first time.
    route: String,
    /// More about the first time.
    detail: String,
    /// The first request.
    trace_id: String,
}

impl From<Logged> for EventOut {
    fn from(row: Logged) -> Self {
        Self {
            id: row.event_id,
            minute: row.minute,
            severity: row.severity().as_str(),
            kind: row.kind,
            address: row.address,
            actor: row.actor,
            count: row.count,
            last_at: row.last_at,
            route: row.route,
            detail: row.detail,
            trace_id: row.trace_id,
        }
    }
}

/// An address that is kept out of console and API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BanOut {
    /// Its number.
    id: i64,
    /// The address; of IPv6 the network that counts as one.
    network: String,
    /// Why.
    reason: String,
    /// Who did it; empty for the server itself.
    banned_by: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl From<Ban> for BanOut {
    fn from(ban: Ban) -> Self {
        Self {
            id: ban.id,
            network: ban.network,
            reason: ban.reason,
            banned_by: ban.banned_by,
            created_at: ban.created_at,
            until: ban.until,
        }
    }
}
