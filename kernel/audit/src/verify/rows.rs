//! The rows of a day: each is what the server wrote, each is in one block, and none is missing.

use std::collections::HashMap;

use regia_secrets::Key;
use regia_store::{StoreError, Tx};
use time::Date;

use super::{Finding, Flaw, Ground, Verifier};
use crate::chain;
use crate::store::block::{self, Stored as StoredBlock};
use crate::store::entry::{self, Loose, Stored};

/// Blocks that are read at a time, with their rows.
const BLOCKS_PER_PAGE: i64 = 32;

/// Rows in no block that are read at a time.
const LOOSE_PER_PAGE: i64 = 1_000;

impl Verifier<'_> {
    pub(super) async fn day(&mut self, ground: &Ground, day: Date) -> Result<(), StoreError> {
        let mut tx = self.store.upkeep(ground.tenant).await?;
        let key = tx.signing_key()?;
        self.report.days += 1;
        let mut after = 0;
        loop {
            let page = block::list_of_day(&mut tx, day, after, BLOCKS_PER_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.block.number;
            let ids: Vec<i64> = page
                .iter()
                .flat_map(|stored| stored.block.entry_ids.iter().copied())
                .collect();
            let mut rows: HashMap<i64, Vec<Stored>> = HashMap::with_capacity(ids.len());
            for row in entry::list_of(&mut tx, day, &ids).await? {
                rows.entry(row.row.entry_id).or_default().push(row);
            }
            for stored in &page {
                self.block(&key, ground, stored, &rows);
            }
        }
        for entry_id in block::list_sealed_twice(&mut tx, day, LOOSE_PER_PAGE).await? {
            self.row(ground, Flaw::RowTwice, day, (entry_id, None));
        }
        self.loose(&mut tx, &key, ground, day).await?;
        let legacy = entry::count_legacy(&mut tx, day, ground.legacy_until).await?;
        self.report.legacy += u64::try_from(legacy).unwrap_or_default();
        Ok(())
    }

    /// A block and its rows.
    fn block(
        &mut self,
        key: &Key,
        ground: &Ground,
        stored: &StoredBlock,
        rows: &HashMap<i64, Vec<Stored>>,
    ) {
        let StoredBlock { block, mac } = stored;
        let (day, number) = (block.day, Some(block.number));
        let mut macs = Vec::with_capacity(block.entry_ids.len());
        let mut whole = true;
        for entry_id in &block.entry_ids {
            let flaw = match rows.get(entry_id).map(Vec::as_slice) {
                None | Some([]) => Some(Flaw::RowMissing),
                Some([one]) => {
                    self.report.rows += 1;
                    macs.extend(one.mac);
                    (!is_right(key, one)).then_some(Flaw::RowChanged)
                }
                Some(_) => Some(Flaw::RowTwice),
            };
            if let Some(flaw) = flaw {
                whole = false;
                self.row(ground, flaw, day, (*entry_id, number));
            }
        }
        let signed = chain::rows_are_signed(key, &macs, &block.rows_mac);
        // The walk along the chain may have ended before a block that was made late.
        let late = self.span.to.is_some_and(|to| block.sealed_at.date() > to);
        let changed = (whole && !signed) || (late && !block.is_signed_by(key, mac));
        if changed {
            self.report.add(Finding {
                tenant: ground.tenant,
                flaw: Flaw::BlockChanged,
                day: Some(day),
                entry_id: None,
                block: number,
            });
        }
    }

    /// Rows in no block: they wait for one, or should not be there.
    async fn loose(
        &mut self,
        tx: &mut Tx,
        key: &Key,
        ground: &Ground,
        day: Date,
    ) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let limit = LOOSE_PER_PAGE;
            let page = entry::list_loose(tx, day, ground.legacy_until, after, limit).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.entry_id;
            let waiting: Vec<i64> = page.iter().filter(|row| row.waits).map(id).collect();
            for stored in entry::list_of(tx, day, &waiting).await? {
                self.report.rows += 1;
                self.report.waiting += 1;
                if !is_right(key, &stored) {
                    self.row(ground, Flaw::RowChanged, day, (stored.row.entry_id, None));
                }
            }
            for row in page.iter().filter(|row| !row.waits) {
                let flaw = match row.is_signed {
                    true => Flaw::RowUnsealed,
                    false => Flaw::RowUnsigned,
                };
                self.row(ground, flaw, day, (row.entry_id, None));
            }
        }
    }

    fn row(
        &mut self,
        ground: &Ground,
        flaw: Flaw,
        day: Date,
        (entry_id, block): (i64, Option<i64>),
    ) {
        self.report.add(Finding {
            tenant: ground.tenant,
            flaw,
            day: Some(day),
            entry_id: Some(entry_id),
            block,
        });
    }
}

fn is_right(key: &Key, stored: &Stored) -> bool {
    stored
        .mac
        .is_some_and(|mac| stored.row.is_signed_by(key, &mac))
}

const fn id(loose: &Loose) -> i64 {
    loose.entry_id
}
