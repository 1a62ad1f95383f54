//! A whole trace as one text, oldest message first.

use std::sync::Arc;

use axum::body::Bytes;
use futures_util::{Stream, stream};
use regia_access::Principal;
use time::format_description::well_known::Rfc3339;

use super::onward;
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::identity::DeviceId;
use crate::model::trace::{Kind, Message, Remark};
use crate::permissions;
use crate::store::trace::{self, Key, key};

/// Where the text stands.
enum Place {
    Head,
    After(Option<Key>),
    End,
}

/// One piece for a few messages. A database failure breaks the text off, so that it is not taken
/// for whole.
///
/// # Errors
/// When there is no such device, or its trace is not for this principal.
pub(crate) async fn pieces(
    context: Arc<Context>,
    principal: Principal,
    device: DeviceId,
) -> Result<impl Stream<Item = Result<Bytes, AcsError>>, AcsError> {
    let mut tx = context
        .begin_on(&principal, &permissions::TRACE_READ, device)
        .await?;
    let found = trace::find(&mut tx, device).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoDevice(device))?;
    Ok(stream::try_unfold(Place::Head, move |place| {
        let (context, principal) = (Arc::clone(&context), principal.clone());
        async move {
            let after = match place {
                Place::Head => {
                    let head = format!("Protocol trace of device {device}, secrets hidden.\n");
                    return Ok(Some((Bytes::from(head), Place::After(None))));
                }
                Place::After(after) => after,
                Place::End => return Ok(None),
            };
            let messages = onward(&context, &principal, device, after).await?;
            let place = match messages.last() {
                Some(last) => Place::After(Some(key(last))),
                None => Place::End,
            };
            let text: String = messages.iter().map(told).collect();
            Ok(Some((Bytes::from(text), place)))
        }
    }))
}

/// A message with its head, as it came.
fn told(message: &Message) -> String {
    let mut text = String::with_capacity(message.body.len() + 128);
    let at = message.happened_at.format(&Rfc3339).unwrap_or_default();
    let what = match message.kind {
        Kind::Received => "device to server",
        Kind::Sent => "server to device",
        Kind::Called => "connection request",
        Kind::Gap => "gap",
    };
    let session = message.session.as_ref();
    let session = session.map_or_else(String::new, |session| format!(" session={session}"));
    let status = message.status;
    let status = status.map_or_else(String::new, |status| format!(" status={status}"));
    let size = match message.kind {
        Kind::Gap => format!(" missed={}", message.missed),
        _ => format!(" bytes={}{}", message.bytes, remark(message.remark)),
    };
    for piece in ["\n=== ", &at, " ", what, &session, &status, &size, "\n"] {
        text.push_str(piece);
    }
    if !message.body.is_empty() {
        text.push_str(&message.body);
        text.push('\n');
    }
    text
}

const fn remark(remark: Remark) -> &'static str {
    match remark {
        Remark::None => "",
        Remark::Unreadable => " (no CWMP: everything but known markup is hidden)",
        Remark::Cut => " (cut)",
        Remark::Refused => " (refused before it was read)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_message_says_when_which_way_and_how_it_was() {
        let message = Message {
            id: 1,
            happened_at: datetime!(2026-01-02 03:04:05 UTC),
            session: Some("ab".to_owned()),
            kind: Kind::Sent,
            status: Some(200),
            body: "<x/>".to_owned(),
            bytes: 4,
            remark: Remark::None,
            missed: 0,
        };
        let head = "\n=== 2026-01-02T03:04:05Z";
        let cut = Message {
            kind: Kind::Received,
            status: None,
            remark: Remark::Cut,
            ..message.clone()
        };
        let sent = message.clone();
        let gap = Message {
            kind: Kind::Gap,
            session: None,
            status: None,
            body: String::new(),
            missed: 3,
            ..message
        };
        for (message, expected) in [
            (
                sent,
                " server to device session=ab status=200 bytes=4\n<x/>\n",
            ),
            (gap, " gap missed=3\n"),
            (cut, " device to server session=ab bytes=4 (cut)\n<x/>\n"),
        ] {
            assert_eq!(told(&message), format!("{head}{expected}"));
        }
    }
}
