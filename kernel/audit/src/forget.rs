//! Old days are dropped whole, and the trail itself says which: a signed line for each tenant, so that
//! a day that somebody else took away is told from one whose time had come.

use regia_ident::TerritoryId;
use regia_store::{Store, StoreError, Tx, partitions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime};

use crate::chain::Mac;
use crate::seal::hex;
use crate::store::{self, BLOCKS, ENTRIES, block, entry, head};
use crate::{Actor, Entry, record};

/// What the line of a dropped day is called.
const ACTION: &str = "access.audit.forget";

/// Days that are made ahead: as long as upkeep may fail without harm.
const DAYS_AHEAD: u16 = 7;

/// Lines that are looked at for one that is signed.
const LINES: i64 = 50;

/// From where on a tenant's trail is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The first day, ISO 8601.
    first_kept: String,
    /// The first block.
    pub next_block: i64,
    /// The hash that it names as its predecessor's.
    pub previous: String,
}

impl Kept {
    /// The first day that is kept.
    pub(crate) fn first_day(&self) -> Option<Date> {
        Date::parse(&self.first_kept, &Iso8601::DATE).ok()
    }
}

/// Makes the next days, and drops those before `first_kept`.
pub(crate) async fn keep_up(
    store: &Store,
    today: Date,
    first_kept: Option<Date>,
) -> Result<(), StoreError> {
    partitions::ensure(store, ENTRIES, today, DAYS_AHEAD).await?;
    partitions::ensure(store, BLOCKS, today, DAYS_AHEAD).await?;
    let Some(first_kept) = first_kept else {
        return Ok(());
    };
    let mut old = partitions::has_older(store, ENTRIES, first_kept).await?;
    old |= partitions::has_older(store, BLOCKS, first_kept).await?;
    if !old {
        return Ok(());
    }
    announce(store, first_kept).await?;
    partitions::drop_older(store, ENTRIES, first_kept).await?;
    partitions::drop_older(store, BLOCKS, first_kept).await?;
    Ok(())
}

/// Said before it is done: a drop that fails leaves more than the line says, never less.
async fn announce(store: &Store, first_kept: Date) -> Result<(), StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    for tenant in head::list_tenants(&mut tx).await? {
        tx.turn_to(tenant);
        let Some(end) = head::find(&mut tx).await? else {
            continue;
        };
        let (next_block, previous) = match block::first(&mut tx, Some(first_kept)).await? {
            Some(first) => (first.block.number, first.block.previous),
            None => (end.number + 1, end.mac),
        };
        let entry = Entry {
            after: Some(json!(Kept {
                first_kept: first_kept.to_string(),
                next_block,
                previous: hex(&previous),
            })),
            ..Entry::new(ACTION, format!("day:{first_kept}"))
        };
        record(&mut tx, Actor::system("upkeep"), entry).await?;
    }
    tx.commit().await
}

/// What the newest signed line says; none when nothing was ever dropped.
pub(crate) async fn kept(tx: &mut Tx) -> Result<Option<Kept>, StoreError> {
    let key = tx.signing_key()?;
    let lines = entry::newest_of(tx, ACTION, OffsetDateTime::UNIX_EPOCH, LINES).await?;
    let signed = |line: &&store::entry::Stored| {
        line.mac
            .is_some_and(|mac| line.row.is_signed_by(&key, &mac))
    };
    Ok(lines
        .iter()
        .find(signed)
        .and_then(|line| serde_json::from_str(line.row.after.as_deref()?).ok()))
}

/// Whether a block continues what was dropped.
pub(crate) fn continues(kept: &Kept, number: i64, previous: &Mac) -> bool {
    kept.next_block == number && kept.previous == hex(previous)
}

#[cfg(test)]
mod tests;
