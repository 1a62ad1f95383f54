//! Keeps what a transaction learned: the trees, and what of their changes other rows repeat.

use std::collections::{BTreeSet, HashMap};

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use crate::model::identity::DeviceId;
use crate::model::tree::Tree;
use crate::rules::change::Changes;
use crate::rules::index::{key, value_at};
use crate::store::index::{self, Entry};
use crate::store::{history, tree};

/// The tree of one device after a transaction's answers, and what they changed in it.
#[derive(Debug)]
pub(crate) struct Learned<'a> {
    /// Where the device belongs.
    pub(crate) territory: TerritoryId,
    /// The device; the transaction holds its row.
    pub(crate) device: DeviceId,
    /// Its tree.
    pub(crate) tree: &'a Tree,
    /// What changed.
    pub(crate) changes: &'a Changes,
}

/// Writes trees, histories and indexed values.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn keep(tx: &mut Tx, learned: &mut [Learned<'_>]) -> Result<(), StoreError> {
    // In one order everywhere: two transactions that write several trees never wait in a circle.
    learned.sort_unstable_by_key(|one| (one.territory.0, one.device.0));
    let trees: Vec<_> = learned
        .iter()
        .map(|one| (one.territory, one.device, one.tree))
        .collect();
    tree::save_many(tx, &trees).await?;
    keep_histories(tx, learned).await?;
    keep_indexed(tx, learned).await
}

async fn keep_histories(tx: &mut Tx, learned: &[Learned<'_>]) -> Result<(), StoreError> {
    let replaced: Vec<&Learned<'_>> = learned
        .iter()
        .filter(|one| one.changes.has_replaced())
        .collect();
    if replaced.is_empty() {
        return Ok(());
    }
    let devices: Vec<_> = replaced
        .iter()
        .map(|one| (one.territory, one.device))
        .collect();
    let mut known: HashMap<DeviceId, _> = history::load_many(tx, &devices).await?;
    let mut histories = Vec::with_capacity(replaced.len());
    for one in replaced {
        let mut past = known.remove(&one.device).unwrap_or_default();
        one.changes.record(&mut past, one.tree);
        histories.push((one.territory, one.device, past));
    }
    history::save_many(tx, &histories).await
}

/// Brings the indexed values in line with what changed.
async fn keep_indexed(tx: &mut Tx, learned: &[Learned<'_>]) -> Result<(), StoreError> {
    let changed: Vec<&Learned<'_>> = learned
        .iter()
        .filter(|one| !one.changes.is_empty())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let territories: Vec<i64> = changed.iter().map(|one| one.territory.0).collect();
    let kept = index::list_kept(tx, &territories).await?;
    let mut entries = Vec::new();
    for one in changed {
        let Some(paths) = kept.get(&one.territory.0) else {
            continue;
        };
        let keys: BTreeSet<&str> = one.changes.touched().map(key).collect();
        for key in keys {
            if let Some(path) = paths.get(key) {
                entries.push(Entry {
                    territory: one.territory,
                    device: one.device,
                    path: *path,
                    value: value_at(one.tree, key),
                });
            }
        }
    }
    index::write(tx, &entries).await
}

#[cfg(test)]
mod tests;
