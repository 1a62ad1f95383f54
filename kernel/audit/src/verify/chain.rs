//! The chain: every block is signed, follows the one before, and the last one is where it should be.

use regia_store::{StoreError, Tx};

use super::{Finding, Flaw, Ground, Head, Verifier};
use crate::chain::{Mac, START};
use crate::forget;
use crate::seal::hex;
use crate::store::block::{self, Stored};
use crate::store::head;

/// Blocks that are read at a time.
const PAGE: i64 = 256;

/// Where a walk along the chain is.
#[derive(Debug, Clone, Copy)]
struct Place {
    number: i64,
    mac: Mac,
}

impl Verifier<'_> {
    /// Walks from the first block in the span to the first one after it.
    pub(super) async fn chain(&mut self, ground: &Ground) -> Result<(), StoreError> {
        let mut tx = self.store.upkeep(ground.tenant).await?;
        // Read before the walk: the chain may grow meanwhile.
        let end = head::find(&mut tx).await?;
        let from = self.span.from.max(ground.first_day());
        let mut place = None;
        let mut whole = true;
        'walk: loop {
            let after = place.map_or(0, |place: Place| place.number);
            let page = block::list_chain(&mut tx, after, from, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for stored in &page {
                self.link(&mut tx, ground, place, stored).await?;
                place = Some(Place {
                    number: stored.block.number,
                    mac: stored.mac,
                });
                if end.is_some_and(|end| end.number == stored.block.number && end.mac != stored.mac)
                {
                    self.flaw(ground, Flaw::HeadChanged, Some(stored.block.number));
                }
                if self
                    .span
                    .to
                    .is_some_and(|to| stored.block.sealed_at.date() > to)
                {
                    whole = false;
                    break 'walk;
                }
            }
        }
        if whole {
            self.end(&mut tx, ground, end, place).await?;
        }
        self.noted(&mut tx, ground).await
    }

    /// One block, and what comes before it.
    async fn link(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        before: Option<Place>,
        stored: &Stored,
    ) -> Result<(), StoreError> {
        let key = tx.signing_key()?;
        let number = stored.block.number;
        self.report.blocks += 1;
        if !stored.block.is_signed_by(&key, &stored.mac) {
            self.flaw(ground, Flaw::BlockChanged, Some(number));
        }
        let before = match before {
            Some(before) => Some(before),
            None => self.predecessor(tx, ground, stored).await?,
        };
        match before {
            Some(before) if before.number + 1 != number && before.number != number => {
                self.flaw(ground, Flaw::BlockMissing, Some(before.number + 1));
            }
            Some(before) if before.number == number || before.mac != stored.block.previous => {
                self.flaw(ground, Flaw::BlockMisplaced, Some(number));
            }
            Some(_) => {}
            None => self.flaw(ground, Flaw::BlockMissing, Some(number - 1)),
        }
        Ok(())
    }

    /// What the first block of a walk must follow; none when that is gone.
    async fn predecessor(
        &self,
        tx: &mut Tx,
        ground: &Ground,
        first: &Stored,
    ) -> Result<Option<Place>, StoreError> {
        let number = first.block.number - 1;
        if number == 0 {
            return Ok(Some(Place { number, mac: START }));
        }
        let dropped = ground
            .kept
            .as_ref()
            .is_some_and(|kept| forget::continues(kept, first.block.number, &first.block.previous));
        if dropped {
            let mac = first.block.previous;
            return Ok(Some(Place { number, mac }));
        }
        let found = block::find(tx, number).await?;
        Ok(found.map(|stored| Place {
            number,
            mac: stored.mac,
        }))
    }

    /// The chain ends where it is remembered to end.
    async fn end(
        &mut self,
        tx: &mut Tx,
        ground: &Ground,
        end: Option<head::Head>,
        last: Option<Place>,
    ) -> Result<(), StoreError> {
        let Some(end) = end else {
            if last.is_some() {
                self.flaw(ground, Flaw::HeadChanged, None);
            }
            return Ok(());
        };
        let reached = last.is_some_and(|last| last.number >= end.number);
        let older = !reached && last.is_none() && {
            let dropped = ground
                .kept
                .as_ref()
                .is_some_and(|kept| forget::continues(kept, end.number + 1, &end.mac));
            let found = block::find(tx, end.number).await?;
            dropped || found.is_some_and(|stored| stored.mac == end.mac)
        };
        if !reached && !older {
            let first_missing = last.map_or(1, |last| last.number + 1);
            self.flaw(ground, Flaw::BlockMissing, Some(first_missing));
        }
        let now = head::find(tx).await?;
        if now.is_none_or(|now| last.is_some_and(|last| now.number < last.number)) {
            self.flaw(ground, Flaw::HeadChanged, None);
        }
        self.report.heads.push(Head {
            tenant: ground.tenant,
            number: end.number,
            hash: hex(&end.mac),
        });
        Ok(())
    }

    /// What somebody noted elsewhere is still there, unless its time had come.
    async fn noted(&mut self, tx: &mut Tx, ground: &Ground) -> Result<(), StoreError> {
        let span = self.span;
        for noted in span
            .noted
            .iter()
            .filter(|head| head.tenant == ground.tenant)
        {
            let dropped = |kept: &forget::Kept| kept.next_block > noted.number;
            if ground.kept.as_ref().is_some_and(dropped) {
                continue;
            }
            match block::find(tx, noted.number).await? {
                Some(found) if hex(&found.mac) == noted.hash => {}
                Some(_) => self.flaw(ground, Flaw::BlockChanged, Some(noted.number)),
                None => self.flaw(ground, Flaw::BlockMissing, Some(noted.number)),
            }
        }
        Ok(())
    }

    fn flaw(&mut self, ground: &Ground, flaw: Flaw, block: Option<i64>) {
        self.report.add(Finding {
            tenant: ground.tenant,
            flaw,
            day: None,
            entry_id: None,
            block,
        });
    }
}
