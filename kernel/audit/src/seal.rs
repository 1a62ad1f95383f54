//! Makes blocks of rows, one node at a time, in the background: writers wait for nobody.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_secrets::Key;
use regia_store::{Store, StoreError, Tx};

use crate::chain::{self, Block, Mac, START};
use crate::signals;
use crate::store::head::{self, Head};
use crate::store::unsealed::Taken;
use crate::store::{block, unsealed};

/// Rows that one transaction takes.
const ROWS_PER_ROUND: i64 = 5_000;

/// Rows of one block.
const ROWS_PER_BLOCK: usize = 500;

/// How far each chain was when this node last looked.
pub(crate) type Seen = HashMap<TerritoryId, Head>;

/// Makes blocks until no row waits, or another node does it. Answers how many rows it took.
pub(crate) async fn seal(store: &Store, seen: &mut Seen) -> Result<usize, StoreError> {
    let mut sealed = 0;
    loop {
        let taken = round(store, seen).await?;
        sealed += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < ROWS_PER_ROUND) {
            return Ok(sealed);
        }
    }
}

async fn round(store: &Store, seen: &mut Seen) -> Result<usize, StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    if !unsealed::lock(&mut tx).await? {
        return Ok(0);
    }
    let mut heads = head::list(&mut tx).await?;
    compare(seen, &heads);
    let taken = unsealed::take(&mut tx, ROWS_PER_ROUND).await?;
    let key = tx.signing_key()?;
    let mut made = Vec::new();
    let same_day = |a: &Taken, b: &Taken| (a.tenant, a.day) == (b.tenant, b.day);
    for rows in taken
        .chunk_by(same_day)
        .flat_map(|rows| rows.chunks(ROWS_PER_BLOCK))
    {
        if let Some((tenant, head)) = add(&mut tx, &key, &heads, rows).await? {
            heads.insert(tenant, head);
            made.push((tenant, head, rows.len()));
        }
    }
    tx.commit().await?;
    for (tenant, head, rows) in made {
        tell(tenant, &head, rows);
    }
    let blocks: i64 = heads.values().map(|head| head.number).sum();
    metrics::gauge!(signals::BLOCKS).set(blocks as f64);
    *seen = heads;
    Ok(taken.len())
}

/// Adds one block to the chain of its tenant.
async fn add(
    tx: &mut Tx,
    key: &Key,
    heads: &HashMap<TerritoryId, Head>,
    rows: &[Taken],
) -> Result<Option<(TerritoryId, Head)>, StoreError> {
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let macs: Vec<Mac> = rows.iter().map(|row| row.mac).collect();
    let (number, previous) = heads
        .get(&first.tenant)
        .map_or((0, START), |head| (head.number, head.mac));
    let made = Block {
        tenant: first.tenant,
        number: number + 1,
        sealed_at: first.now,
        day: first.day,
        entry_ids: rows.iter().map(|row| row.entry_id).collect(),
        rows_mac: chain::rows_mac(key, &macs),
        previous,
    };
    let mac = made.mac(key);
    block::insert(tx, &made, &mac).await?;
    let head = Head {
        number: made.number,
        mac,
        sealed_at: made.sealed_at,
    };
    head::save(tx, made.tenant, &head).await?;
    Ok(Some((made.tenant, head)))
}

/// The head of a chain stands in the log too, which is a place that whoever has the database has not.
fn tell(tenant: TerritoryId, head: &Head, rows: usize) {
    metrics::counter!(signals::SEALED).increment(rows as u64);
    tracing::info!(
        territory.id = tenant.0,
        audit.block = head.number,
        audit.head = hex(&head.mac),
        audit.rows = rows,
        "the audit trail has a new block"
    );
}

/// A chain never gets shorter while this process runs.
fn compare(seen: &Seen, heads: &HashMap<TerritoryId, Head>) {
    for (tenant, last) in seen {
        let now = heads.get(tenant);
        let went_back = now.is_none_or(|now| {
            now.number < last.number || (now.number == last.number && now.mac != last.mac)
        });
        if went_back {
            metrics::counter!(signals::WENT_BACK).increment(1);
            tracing::error!(
                territory.id = tenant.0,
                audit.block = now.map(|now| now.number),
                audit.last_block = last.number,
                audit.last_head = hex(&last.mac),
                "the audit trail ends before where it ended: somebody took blocks away"
            );
        }
    }
}

/// A keyed hash as people compare it.
pub(crate) fn hex(mac: &Mac) -> String {
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}
