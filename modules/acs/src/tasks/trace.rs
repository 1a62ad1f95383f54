//! Writes what was heard of traced devices: redacted, in batches, once a moment.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use regia_cwmp::{Secrets, decode, redact, redact_text, redact_unreadable};
use regia_ident::TerritoryId;
use regia_store::StoreError;
use tokio::sync::mpsc;

use crate::context::Context;
use crate::model::identity::DeviceId;
use crate::model::trace::{Kept, Kind, MAX_MESSAGE_BYTES, Remark};
use crate::rules::secrecy::MASK;
use crate::signals;
use crate::store::trace;
use crate::wire::tap::Heard;

/// Messages that are written at a time.
const BATCH: usize = 64;

/// Secrets of one session that are looked for in its messages.
const MAX_KNOWN: usize = 256;

/// Works until the last session is over and everything is written.
pub(crate) async fn run(context: Arc<Context>, mut receiver: mpsc::Receiver<Heard>) {
    let mut waiting: Vec<Heard> = Vec::new();
    loop {
        let next = receiver.recv_many(&mut waiting, BATCH);
        let came = context.drained.run_until_cancelled(next).await;
        if came.is_none() {
            // No session is left; what they said last is here already.
            while waiting.len() < BATCH
                && let Ok(heard) = receiver.try_recv()
            {
                waiting.push(heard);
            }
        }
        if waiting.is_empty() {
            return;
        }
        write(&context, std::mem::take(&mut waiting)).await;
    }
}

/// Writes a batch, each device's part in one transaction. What the database does not take is
/// missed: a trace is no reason to wait.
async fn write(context: &Context, heard: Vec<Heard>) {
    let mut devices: BTreeMap<(i64, i64), Vec<Kept>> = BTreeMap::new();
    for heard in heard {
        let (territory, device) = (heard.tap.territory, heard.tap.device);
        let kept = devices.entry((territory.0, device.0)).or_default();
        let missed = context.tracer.take_missed(territory, device);
        if missed > 0 {
            kept.push(gap(&heard, missed));
        }
        kept.push(redacted(context, &heard));
    }
    for ((territory, device), kept) in devices {
        let (territory, device) = (TerritoryId(territory), DeviceId(device));
        if let Err(error) = keep(context, (territory, device), &kept).await {
            let fault = regia_fault::Fault::from(error);
            tracing::warn!(acs.device = %device, error = fault.chain(), "a trace cannot be written");
            let count = kept.iter().map(|one| one.missed.max(1)).sum();
            context.tracer.miss(territory, device, count);
        }
    }
}

async fn keep(
    context: &Context,
    (territory, device): (TerritoryId, DeviceId),
    kept: &[Kept],
) -> Result<(), StoreError> {
    let mut tx = context.store.upkeep(territory).await?;
    trace::append(&mut tx, device, kept).await?;
    tx.commit().await?;
    signals::trace_kept(kept.len());
    context.announce(device);
    Ok(())
}

fn gap(heard: &Heard, missed: u32) -> Kept {
    Kept {
        happened_at: heard.happened_at,
        session: None,
        kind: Kind::Gap,
        status: None,
        body: String::new(),
        bytes: 0,
        remark: Remark::None,
        missed,
    }
}

/// A message without its secrets.
fn redacted(context: &Context, heard: &Heard) -> Kept {
    let covers = |name: &str| context.secrecy.covers(name);
    let mut known = heard
        .tap
        .known
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let secrets = Secrets {
        covers: &covers,
        known: &known.0,
        mask: MASK,
    };
    let (mut body, mut remark) = (String::new(), heard.remark);
    let text = decode(&heard.body, heard.content_type.as_deref());
    if heard.kind == Kind::Called {
        body = redact_text(&String::from_utf8_lossy(&heard.body), &secrets);
    } else if let (Ok(text), Remark::None) = (&text, remark) {
        let read = redact(&String::from_utf8_lossy(text), &secrets);
        if !read.readable && !heard.body.is_empty() {
            remark = Remark::Unreadable;
        }
        body = read.text;
        known.0.extend(read.found);
        known.0.truncate(MAX_KNOWN);
    } else {
        let text = text.as_deref().unwrap_or(&heard.body);
        body.push_str(&redact_unreadable(&String::from_utf8_lossy(text), MASK));
    }
    drop(known);
    if body.len() > MAX_MESSAGE_BYTES {
        body.truncate(body.floor_char_boundary(MAX_MESSAGE_BYTES));
        remark = Remark::Cut;
    }
    Kept {
        happened_at: heard.happened_at,
        session: heard.tap.session,
        kind: heard.kind,
        status: heard.status,
        body,
        bytes: heard.body.len(),
        remark,
        missed: 0,
    }
}

#[cfg(test)]
mod tests;
