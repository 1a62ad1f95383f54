//! Informs, in batches: open the session, register who is new, read what changed.

use std::collections::HashMap;

use regia_cwmp::{Dialect, Inform};
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use serde_json::json;

use super::keep::{Learned, keep};
use crate::context::Context;
use crate::model::device::Standing;
use crate::model::identity::DeviceId;
use crate::model::task::TaskState;
use crate::model::tree::Tree;
use crate::rules::change::Changes;
use crate::rules::facts::Facts;
use crate::rules::plan::{View, note_value};
use crate::rules::settle::{self, Settlement};
use crate::store::arrival::{self, Held, Knock, Newcomer, Reading};
use crate::store::task;
use crate::store::timeline::{self, Happening};
use crate::store::tree;

/// An Inform whose sender has shown a credential, waiting for its session.
#[derive(Debug)]
pub struct Arrival {
    /// Who knocks, with what.
    pub knock: Knock,
    /// What it says.
    pub inform: Box<Inform>,
    /// How it writes.
    pub dialect: Dialect,
    /// Digest of what it says.
    pub digest: i64,
}

/// Admits a batch in which every identity is there once. The places of those who are refused
/// stay empty. When this returns, everything the Informs said is durable.
///
/// # Errors
/// When the database does not take the batch; then nothing of it was kept.
pub async fn admit(context: &Context, batch: &[Arrival]) -> Result<Vec<Option<Held>>, StoreError> {
    let mut tx = context.store.ingest(TerritoryId::ROOT).await?;
    let knocks: Vec<Knock> = batch.iter().map(|arrival| arrival.knock.clone()).collect();
    let mut held = arrival::open_known(&mut tx, context.node, &knocks).await?;
    register_newcomers(&mut tx, context, batch, &mut held).await?;
    read_changed(&mut tx, context, batch, &held).await?;
    settle_proven(&mut tx, batch, &held).await?;
    timeline::append(&mut tx, &happenings(batch, &held)).await?;
    tx.commit().await?;
    // What the Informs said is durable: a failure here is none of theirs.
    if held.iter().flatten().any(completes_a_first)
        && let Err(error) = arrival::analyze(&context.store).await
    {
        let fault = regia_fault::Fault::from(error);
        tracing::warn!(error = fault.chain(), "the fleet was not counted anew");
    }
    Ok(held)
}

/// Numbers of devices at whose registration the database looks at the fleet anew. Plans that were
/// made while the tables were empty are kept until then, and some of them read the whole fleet for
/// one device; PostgreSQL looks by itself only once a minute, in which a fleet of any size may come.
const FIRSTS: [i64; 3] = [100, 1_000, 10_000];

fn completes_a_first(held: &Held) -> bool {
    held.new && FIRSTS.contains(&held.device.0)
}

async fn register_newcomers(
    tx: &mut Tx,
    context: &Context,
    batch: &[Arrival],
    held: &mut [Option<Held>],
) -> Result<(), StoreError> {
    let newcomers: Vec<Newcomer<'_>> = batch
        .iter()
        .zip(&*held)
        .filter(|(_, held)| held.is_none())
        .filter_map(|(arrival, _)| {
            Some(Newcomer {
                knock: &arrival.knock,
                place: arrival.knock.fleet?,
                manufacturer: &arrival.inform.device_id.manufacturer,
                digest: arrival.digest,
                dialect: arrival.dialect.to_text(),
                facts: Facts::of(&arrival.inform.parameters),
            })
        })
        .collect();
    if newcomers.is_empty() {
        return Ok(());
    }
    let mut made = arrival::register(tx, context.node, &newcomers).await?;
    for (arrival, slot) in batch.iter().zip(held) {
        if slot.is_none() {
            *slot = made.remove(&arrival.knock.identity);
        }
    }
    Ok(())
}

/// Takes the parameters of those informs in that differ from the last one into tree and row.
async fn read_changed(
    tx: &mut Tx,
    context: &Context,
    batch: &[Arrival],
    held: &[Option<Held>],
) -> Result<(), StoreError> {
    let changed: Vec<(&Arrival, &Held)> = batch
        .iter()
        .zip(held)
        .filter_map(|(arrival, held)| Some((arrival, held.as_ref()?)))
        .filter(|(arrival, held)| {
            held.new || held.standing == Standing::Active && held.digest != arrival.digest
        })
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    let known: Vec<(TerritoryId, DeviceId)> = changed
        .iter()
        .filter(|(_, held)| !held.new)
        .map(|(_, held)| (held.territory, held.device))
        .collect();
    let mut trees = if known.is_empty() {
        HashMap::new()
    } else {
        tree::load_many(tx, &known).await?
    };
    let now = context.clock.now().unix_timestamp();
    let mut read: Vec<(TerritoryId, DeviceId, Tree, Changes)> = Vec::with_capacity(changed.len());
    let mut readings = Vec::with_capacity(changed.len());
    for (arrival, held) in changed {
        let mut tree = trees.remove(&held.device).unwrap_or_default();
        let mut facts = Facts::of(&arrival.inform.parameters);
        let mut changes = Changes::default();
        let mut view = View {
            device: held.device,
            tree: &mut tree,
            root: "",
            facts: &mut facts,
            changes: &mut changes,
            secrecy: &context.secrecy,
            now,
            onboarding: &[],
        };
        for value in &arrival.inform.parameters {
            note_value(value, &mut view);
        }
        read.push((held.territory, held.device, tree, changes));
        // The row of a new device was made with all of it.
        if held.new {
            continue;
        }
        readings.push(Reading {
            territory: held.territory,
            device: held.device,
            digest: Some(arrival.digest),
            dialect: Some(arrival.dialect.to_text()),
            // A device that was announced comes without.
            manufacturer: (held.digest == 0).then(|| arrival.inform.device_id.manufacturer.clone()),
            facts,
        });
    }
    let mut learned: Vec<Learned<'_>> = read
        .iter()
        .map(|(territory, device, tree, changes)| Learned {
            territory: *territory,
            device: *device,
            tree,
            changes,
        })
        .collect();
    keep(tx, &mut learned).await?;
    arrival::record_readings(tx, &readings).await
}

/// Ends the tasks that these Informs prove done. It belongs to the Inform's own transaction: the
/// device does not repeat an event that was acknowledged.
async fn settle_proven(
    tx: &mut Tx,
    batch: &[Arrival],
    held: &[Option<Held>],
) -> Result<(), StoreError> {
    for (arrival, held) in batch.iter().zip(held) {
        let events = &arrival.inform.events;
        let Some(held) = held.as_ref().filter(|held| held.has_work) else {
            continue;
        };
        if !events.iter().any(settle::may_prove) {
            continue;
        }
        for task in task::list_open(tx, held.device).await? {
            let under_way = task.state != TaskState::Queued;
            if under_way && settle::settle(&task, events) == Settlement::Done {
                super::converse::end_proven(tx, (held.territory, held.device), &task).await?;
            }
        }
    }
    Ok(())
}

/// What the timelines take: everything but the regular calls.
fn happenings(batch: &[Arrival], held: &[Option<Held>]) -> Vec<Happening> {
    let mut happenings = Vec::new();
    for (arrival, held) in batch.iter().zip(held) {
        let Some(held) = held else { continue };
        let mut add = |kind, detail| {
            happenings.push(Happening {
                territory: held.territory,
                device: held.device,
                kind,
                detail,
            });
        };
        if held.new {
            add("registered", json!({ "from": arrival.knock.peer }));
        }
        if held.standing == Standing::Quarantined {
            add("quarantined", json!({ "from": arrival.knock.peer }));
        }
        let events: Vec<&str> = arrival
            .inform
            .events
            .iter()
            .map(|event| event.code.as_str())
            .filter(|code| !matches!(*code, "2 PERIODIC" | "6 CONNECTION REQUEST"))
            .collect();
        if !events.is_empty() {
            add("inform", json!({ "events": events }));
        }
    }
    happenings
}
