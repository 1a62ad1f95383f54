//! Buckets in this process: a table of fixed size, so that no number of keys makes it larger.
//!
//! Like a processor's cache it is made of small sets. A key belongs to one set and takes the place of
//! the bucket there that is the fullest, mostly one that is full and therefore says nothing. Only when
//! every neighbour has more on its bill than a newcomer is something forgotten, and then the least.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::rules::Rate;

/// Buckets in a set: two lines of a processor's cache.
const WAYS: usize = 8;

/// Locks; more than processors, so that they seldom meet.
const SHARDS: usize = 64;

/// Name and arrival time of a bucket; a name of 0 is nobody's. Plain numbers, so that a fresh table
/// is memory that the system has not even handed out yet.
type Slot = [u64; 2];
type Set = [Slot; WAYS];

/// A shard that is ours, and which.
type Locked<'a> = (usize, MutexGuard<'a, Box<[Set]>>);

/// A bucket's name in this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name(u64);

/// See the module sentence.
#[derive(Debug)]
pub(crate) struct Table {
    shards: Box<[Mutex<Box<[Set]>>]>,
    /// Seeded by the system, so that nobody can choose a key that falls together with another's.
    hasher: RandomState,
}

impl Table {
    /// For about so many keys.
    pub(crate) fn new(keys: u32) -> Self {
        let sets = usize::try_from(keys)
            .unwrap_or(usize::MAX)
            .div_ceil(WAYS * SHARDS)
            .max(1);
        let shard = |_| Mutex::new(vec![[[0; 2]; WAYS]; sets].into_boxed_slice());
        Self {
            shards: (0..SHARDS).map(shard).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The name of somebody's bucket of a class.
    pub(crate) fn name(&self, class: &str, of: &str) -> Name {
        Name(self.hasher.hash_one(Pair(class, of)).max(1))
    }

    /// Takes one from every bucket, or nothing from any; how far ahead they are afterwards.
    pub(crate) fn spend(&self, now_us: u64, buckets: &[(Name, Rate)]) -> (bool, Vec<u64>) {
        let mut guards = self.lock_all(buckets);
        let mut aheads: Vec<u64> = buckets
            .iter()
            .map(|(name, rate)| {
                let known = find(&mut guards, *name).map_or(0, |set| arrival(set, *name));
                rate.ahead(known, now_us)
            })
            .collect();
        let spent: Option<Vec<u64>> = buckets
            .iter()
            .zip(&aheads)
            .map(|((_, rate), ahead)| rate.spend(*ahead))
            .collect();
        let allowed = spent.is_some();
        if let Some(spent) = spent {
            for ((name, _), ahead) in buckets.iter().zip(&spent) {
                if let Some(set) = find(&mut guards, *name) {
                    put(set, *name, now_us.saturating_add(*ahead));
                }
            }
            aheads = spent;
        }
        (allowed, aheads)
    }

    /// How far ahead a bucket is.
    pub(crate) fn ahead(&self, now_us: u64, name: Name, rate: Rate) -> u64 {
        let found = self.with(name, |set| arrival(set, name));
        rate.ahead(found.unwrap_or_default(), now_us)
    }

    /// Takes one that was used in any case.
    pub(crate) fn note(&self, now_us: u64, name: Name, rate: Rate) {
        self.with(name, |set| {
            let ahead = rate.overspend(rate.ahead(arrival(set, name), now_us));
            put(set, name, now_us.saturating_add(ahead));
        });
    }

    /// Takes over how far ahead a bucket is for all nodes, if that is further than it is here.
    pub(crate) fn learn(&self, now_us: u64, name: Name, ahead_us: u64) {
        self.with(name, |set| {
            let known = arrival(set, name);
            put(set, name, known.max(now_us.saturating_add(ahead_us)));
        });
    }

    fn with<T>(&self, name: Name, act: impl FnOnce(&mut Set) -> T) -> Option<T> {
        let mut sets = self.shards.get(name.shard()).map(lock)?;
        name.set(&mut sets).map(act)
    }

    /// The shards of these buckets, always locked in the same order.
    fn lock_all(&self, buckets: &[(Name, Rate)]) -> Vec<Locked<'_>> {
        let mut indices: Vec<usize> = buckets.iter().map(|(name, _)| name.shard()).collect();
        indices.sort_unstable();
        indices.dedup();
        let locked = indices.into_iter();
        locked
            .filter_map(|index| Some((index, lock(self.shards.get(index)?))))
            .collect()
    }
}

/// Hashed without joining the two.
#[derive(Hash)]
struct Pair<'a>(&'a str, &'a str);

impl Name {
    #[expect(clippy::cast_possible_truncation, reason = "a remainder below 64")]
    const fn shard(self) -> usize {
        (self.0 % SHARDS as u64) as usize
    }

    fn set(self, sets: &mut [Set]) -> Option<&mut Set> {
        let count = u64::try_from(sets.len()).ok()?;
        let index = (self.0 / SHARDS as u64).checked_rem(count)?;
        sets.get_mut(usize::try_from(index).ok()?)
    }
}

fn find<'a>(locked: &'a mut [Locked<'_>], name: Name) -> Option<&'a mut Set> {
    let shard = name.shard();
    let (_, sets) = locked.iter_mut().find(|(index, _)| *index == shard)?;
    name.set(sets)
}

fn arrival(set: &Set, Name(name): Name) -> u64 {
    let found = set.iter().find(|[known, _]| *known == name);
    found.map_or(0, |[_, arrival]| *arrival)
}

fn put(set: &mut Set, Name(name): Name, arrival: u64) {
    let own = set.iter().position(|[known, _]| *known == name);
    let slot = match own {
        Some(place) => set.get_mut(place),
        None => set.iter_mut().min_by_key(|[_, arrival]| *arrival),
    };
    if let Some(slot) = slot {
        *slot = [name, arrival];
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate() -> Rate {
        Rate::per_minute(60, 3).unwrap()
    }

    #[test]
    fn a_full_set_forgets_the_bucket_that_has_used_least() {
        let table = Table::new(1);
        let same_set = |name: &Name| name.shard() == 5;
        let names: Vec<Name> = (0_u64..)
            .map(|number| table.name("api", &number.to_string()))
            .filter(same_set)
            .take(WAYS + 1)
            .collect();
        let (heavy, light) = names.split_at(WAYS - 1);
        for name in heavy {
            for _ in 0..3 {
                assert!(table.spend(0, &[(*name, rate())]).0);
            }
        }
        for name in light {
            assert!(table.spend(0, &[(*name, rate())]).0);
        }
        for name in heavy {
            assert!(!table.spend(0, &[(*name, rate())]).0);
        }
        // Of the two light ones the second took the place of the first.
        assert_eq!(table.ahead(0, light[0], rate()), 0);
        assert_eq!(table.ahead(0, light[1], rate()), 1_000_000);
    }

    #[test]
    fn ten_thousand_keys_keep_their_buckets_and_a_million_take_no_more_room() {
        let table = Table::new(1_048_576);
        let room = |table: &Table| {
            table
                .shards
                .iter()
                .map(|shard| lock(shard).len())
                .sum::<usize>()
        };
        let before = room(&table);
        let names: Vec<Name> = (0..10_000)
            .map(|n| table.name("api", &n.to_string()))
            .collect();
        for _ in 0..3 {
            for name in &names {
                assert!(table.spend(0, &[(*name, rate())]).0);
            }
        }
        assert!(
            names
                .iter()
                .all(|name| !table.spend(0, &[(*name, rate())]).0)
        );
        for number in 0..1_000_000 {
            table.note(0, table.name("anonymous", &number.to_string()), rate());
        }
        assert_eq!((room(&table), before * WAYS), (before, 1_048_576));
        // Those that used most are still known.
        assert!(
            names
                .iter()
                .all(|name| !table.spend(0, &[(*name, rate())]).0)
        );
    }

    #[test]
    fn what_was_learned_only_adds() {
        let table = Table::new(8);
        let name = table.name("session", "a");
        table.note(0, name, rate());
        table.note(0, name, rate());
        table.learn(0, name, 1_000_000);
        assert_eq!(table.ahead(0, name, rate()), 2_000_000);
        table.learn(0, name, 3_000_000);
        assert_eq!(table.ahead(500_000, name, rate()), 2_500_000);
        table.note(500_000, name, rate());
        table.note(500_000, name, rate());
        assert_eq!(table.ahead(500_000, name, rate()), 3_000_000);
    }
}
