//! What is asked of the trail: lines, the newest first, and how its chain stands.

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{Scope, StoreError};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::Trail;
use crate::store::{entry, head, line, unsealed};
use crate::trail::VERIFIED;

/// Lines are looked for in so many days, then in more, then in all: a page of new lines opens no
/// more partitions than it needs.
const WINDOWS_DAYS: [Option<i64>; 3] = [Some(8), Some(64), None];

/// A check that is older than this says nothing any more.
const VERIFIED_DAYS: i64 = 30;

/// Which lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Not before.
    pub from: Option<OffsetDateTime>,
    /// Before.
    pub to: Option<OffsetDateTime>,
    /// By whom, by name.
    pub actor: Option<String>,
    /// What, from the beginning: `acs.`, `acs.device.reboot`.
    pub action: Option<String>,
    /// On what, such as `device:42`.
    pub object: Option<String>,
    /// From this address.
    pub address: Option<String>,
    /// In this request.
    pub trace_id: Option<String>,
}

/// A line of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its number.
    pub entry_id: i64,
    /// When.
    pub recorded_at: OffsetDateTime,
    /// `user`, `key` or `system`.
    pub actor_kind: String,
    /// The number of the user or key.
    pub actor_id: Option<i64>,
    /// Their name.
    pub actor_name: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// What it was before.
    pub before: Option<Value>,
    /// What it is since.
    pub after: Option<Value>,
    /// From where.
    pub address: Option<String>,
    /// In which request.
    pub trace_id: Option<String>,
}

/// Where a list goes on: time in microseconds since 1970, and number.
pub type LineKey = (i64, i64);

/// How the chain of a tenant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Its last block, and when that was made.
    pub last: Option<(i64, OffsetDateTime)>,
    /// Whether rows wait for the next one.
    pub waits: bool,
    /// When it was last checked, and how many things were wrong.
    pub verified: Option<(OffsetDateTime, u64)>,
}

impl Trail {
    /// Lines of a tenant, the newest first.
    ///
    /// # Errors
    /// As any statement.
    pub async fn list(
        &self,
        tenant: TerritoryId,
        filter: &Filter,
        after: Option<LineKey>,
        limit: Limit,
    ) -> Result<Page<Line>, StoreError> {
        let mut tx = self.store.begin(Scope::whole(tenant)).await?;
        let newest = self.clock.now().saturating_add(Duration::DAY);
        let before = after.and_then(|(micros, _)| at(micros)).unwrap_or(newest);
        let before = filter.to.map_or(before, |to| to.min(before));
        let mut lines = Vec::new();
        for days in WINDOWS_DAYS {
            let since = days.map(|days| before.saturating_sub(Duration::days(days)));
            let since = since.max(filter.from);
            lines = line::list(&mut tx, filter, (since, before), after, limit).await?;
            let whole = since.is_none() || since == filter.from;
            if whole || lines.len() > limit.items() {
                break;
            }
        }
        Ok(Page::from_rows(lines, limit, key))
    }

    /// One line of a tenant.
    ///
    /// # Errors
    /// As any statement.
    pub async fn find(
        &self,
        tenant: TerritoryId,
        entry_id: i64,
    ) -> Result<Option<Line>, StoreError> {
        let mut tx = self.store.begin(Scope::whole(tenant)).await?;
        line::find(&mut tx, entry_id).await
    }

    /// How the chain of a tenant stands.
    ///
    /// # Errors
    /// As any statement.
    pub async fn state(&self, tenant: TerritoryId) -> Result<ChainState, StoreError> {
        let mut tx = self.store.begin(Scope::whole(tenant)).await?;
        let last = head::find(&mut tx).await?;
        let waits = unsealed::is_any(&mut tx).await?;
        let since = self.clock.now() - Duration::days(VERIFIED_DAYS);
        let checks = entry::newest_of(&mut tx, VERIFIED, since, 1).await?;
        let verified = checks.first().map(|check| {
            let report: Option<Value> = check
                .row
                .after
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok());
            let findings = report.and_then(|report| report.get("findings")?.as_u64());
            (check.row.recorded_at, findings.unwrap_or_default())
        });
        Ok(ChainState {
            last: last.map(|head| (head.number, head.sealed_at)),
            waits,
            verified,
        })
    }
}

fn key(line: &Line) -> LineKey {
    let micros = line.recorded_at.unix_timestamp_nanos() / 1_000;
    (i64::try_from(micros).unwrap_or(i64::MAX), line.entry_id)
}

/// The time of a key; none for one that no page handed out.
pub(crate) fn at(micros: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()
}
