//! What operators do with protocol traces.

pub(crate) mod text;

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::page::{Limit, Page};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::identity::DeviceId;
use crate::model::trace::{MAX_MINUTES, Message, Trace};
use crate::permissions;
use crate::store::trace::{self, Key};

/// Switches the trace of a device on for some minutes from now. What was kept before stays.
///
/// # Errors
/// When the minutes are out of range or there is no such device.
pub(crate) async fn start(
    context: &Context,
    principal: &Principal,
    device: DeviceId,
    minutes: u32,
) -> Result<(), AcsError> {
    if !(1..=MAX_MINUTES).contains(&minutes) {
        return Err(AcsError::Field(
            "minutes",
            "a trace runs 1 to 1,440 minutes",
        ));
    }
    let mut tx = context
        .begin_on(principal, &permissions::TRACE_RUN, device)
        .await?;
    let before = trace::find(&mut tx, device)
        .await?
        .ok_or(AcsError::NoDevice(device))?;
    let until = trace::start(&mut tx, device, minutes, &principal.to_string())
        .await?
        .ok_or(AcsError::NoDevice(device))?;
    let entry = Entry {
        action: "acs.trace.start",
        object: format!("device:{device}").into(),
        before: Some(json!({ "until": shown(before.until) })),
        after: Some(json!({ "minutes": minutes, "until": shown(Some(until)) })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    context.announce(device);
    Ok(())
}

/// Switches the trace of a device off. What was kept stays for its time.
///
/// # Errors
/// When there is no such device.
pub(crate) async fn stop(
    context: &Context,
    principal: &Principal,
    device: DeviceId,
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::TRACE_RUN, device)
        .await?;
    let before = trace::find(&mut tx, device)
        .await?
        .ok_or(AcsError::NoDevice(device))?;
    if trace::stop(&mut tx, device).await? {
        let entry = Entry {
            action: "acs.trace.stop",
            object: format!("device:{device}").into(),
            before: Some(json!({ "until": shown(before.until) })),
            after: Some(json!({ "until": null })),
        };
        audit::record(&mut tx, principal, entry).await?;
    }
    tx.commit().await?;
    context.announce(device);
    Ok(())
}

fn shown(until: Option<OffsetDateTime>) -> Option<String> {
    until.and_then(|until| until.format(&Rfc3339).ok())
}

/// Whether a device is traced, and a page of what was kept, newest first.
///
/// # Errors
/// When there is no such device.
pub(crate) async fn look(
    context: &Context,
    principal: &Principal,
    device: DeviceId,
    after: Option<Key>,
    limit: Limit,
) -> Result<(Trace, Page<Message>), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::TRACE_READ, device)
        .await?;
    let found = trace::find(&mut tx, device)
        .await?
        .ok_or(AcsError::NoDevice(device))?;
    let page = trace::list(&mut tx, device, after, limit).await?;
    tx.commit().await?;
    Ok((found, page))
}

/// Messages read at a time for a download: at most a few of the largest.
const STRIDE: i64 = 8;

/// The next few messages after a place, oldest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn onward(
    context: &Context,
    principal: &Principal,
    device: DeviceId,
    after: Option<Key>,
) -> Result<Vec<Message>, AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::TRACE_READ, device)
        .await?;
    let messages = trace::list_onward(&mut tx, device, after, STRIDE).await?;
    tx.commit().await?;
    Ok(messages)
}
