//! What is asked of the log: rows, the newest first, and how much happened.

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{Scope, Store, StoreError};
use time::{Duration, OffsetDateTime};

use crate::{Kind, Severity, store};

/// Rows are looked for in so many days, then in all: a page of new ones opens no more partitions than
/// it needs.
const WINDOWS_DAYS: [Option<i64>; 2] = [Some(8), None];

/// Which rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Not after.
    pub to: Option<OffsetDateTime>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// From this address.
    pub address: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its number.
    pub event_id: i64,
    /// The minute in which it happened.
    pub minute: OffsetDateTime,
    /// What.
    pub kind: String,
    /// From where; empty where it is not known.
    pub address: String,
    /// Who; empty where it is not known.
    pub actor: String,
    /// How often in this minute.
    pub count: i64,
    /// The last time.
    pub last_at: OffsetDateTime,
    /// What was asked the first time.
    pub route: String,
    /// More about the first time.
    pub detail: String,
    /// The first request.
    pub trace_id: String,
}

/// How much happened in an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerHour {
    /// Its beginning.
    pub hour: OffsetDateTime,
    /// What.
    pub kind: String,
    /// How often.
    pub count: i64,
}

/// Where a list goes on: minute in seconds since 1970, and number.
pub type EventKey = (i64, i64);

impl Logged {
    /// How bad it is; of a kind that this version does not know, something in between.
    #[must_use]
    pub fn severity(&self) -> Severity {
        Kind::parse(&self.kind).map_or(Severity::Notice, Kind::severity)
    }

    /// Rows of a tenant, the newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(
        store: &Store,
        tenant: TerritoryId,
        filter: &EventFilter,
        now: OffsetDateTime,
        (after, limit): (Option<EventKey>, Limit),
    ) -> Result<Page<Self>, StoreError> {
        let mut tx = store.begin(Scope::whole(tenant)).await?;
        let newest = now.saturating_add(Duration::DAY);
        let before = after.and_then(|(seconds, _)| at(seconds)).unwrap_or(newest);
        let before = filter.to.map_or(before, |to| to.min(before));
        let mut rows = Vec::new();
        for days in WINDOWS_DAYS {
            let since = days.map(|days| before.saturating_sub(Duration::days(days)));
            let since = since.max(filter.from);
            rows = store::event::list(&mut tx, filter, (since, before), after, limit).await?;
            if since.is_none() || since == filter.from || rows.len() > limit.items() {
                break;
            }
        }
        Ok(Page::from_rows(rows, limit, |row| {
            (row.minute.unix_timestamp(), row.event_id)
        }))
    }
}

impl PerHour {
    /// How much happened in each hour since then, by kind.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(
        store: &Store,
        tenant: TerritoryId,
        since: OffsetDateTime,
    ) -> Result<Vec<Self>, StoreError> {
        let mut tx = store.begin(Scope::whole(tenant)).await?;
        store::event::per_hour(&mut tx, since).await
    }
}

/// The time of a key; none for one that no page handed out.
pub(crate) fn at(seconds: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}
