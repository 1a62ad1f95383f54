//! `/acs/devices/{id}/trace`: what a device and the server said to each other.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem, Query};
use serde::Deserialize;

use super::device::framed;
use super::frame::DeviceFrame;
use super::{cursor, go, render};
use crate::context::Context;
use crate::flows::trace::text::pieces;
use crate::flows::{inspect, trace};
use crate::model::identity::DeviceId;
use crate::model::trace::{Kind, Message, Remark, Trace};
use crate::store::trace::key;

/// Bytes of a message that are shown among the others.
const MAX_SHOWN_BYTES: usize = 12 * 1024;

#[derive(Template)]
#[template(path = "device_trace.html")]
struct TracePage {
    page: Page,
    frame: DeviceFrame,
    list: Listing,
    trace: Trace,
    groups: Vec<Group>,
    minutes: Vec<(&'static str, String)>,
    next: Option<String>,
}

/// Messages of one session, oldest first; or a connection request, or a gap.
struct Group {
    title: String,
    at: time::OffsetDateTime,
    session: Option<String>,
    rows: Vec<Row>,
}

/// A message, ready to show.
struct Row {
    tone: &'static str,
    title: String,
    note: String,
    /// Laid out, at most its beginning.
    body: String,
    remark: Option<&'static str>,
    /// Where the whole of it is.
    whole: Option<String>,
}

type Shared = State<Arc<Context>>;

pub(super) async fn show(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
) -> Result<Response, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    let list = page.listing("-happened");
    let after = cursor(list.get("after"))?;
    let (trace, found) = trace::look(&context, &principal, id, after, Limit::default()).await?;
    let (page, frame) = framed(&context, &principal, page, device).await?;
    render(&TracePage {
        groups: groups(found.items, id, &page),
        minutes: minutes(&page),
        page,
        frame,
        list,
        trace,
        next: found.next,
    })
}

/// How long a trace may be chosen to run.
fn minutes(page: &Page) -> Vec<(&'static str, String)> {
    [
        ("10", 10_u64),
        ("30", 30),
        ("60", 60),
        ("240", 240),
        ("1440", 1_440),
    ]
    .map(|(value, minutes)| (value, page.duration(minutes * 60)))
    .to_vec()
}

/// Puts the messages of a session together. They come newest first; within a session the oldest
/// is read first.
fn groups(messages: Vec<Message>, device: DeviceId, page: &Page) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for message in messages {
        let row = row(&message, device, page);
        match groups.last_mut() {
            Some(group) if group.session.is_some() && group.session == message.session => {
                group.at = message.happened_at;
                group.rows.insert(0, row);
            }
            _ => groups.push(Group {
                title: match message.kind {
                    Kind::Called => page.t("acs.trace.call").to_string(),
                    Kind::Gap => row.title.clone(),
                    Kind::Received | Kind::Sent => page.t("acs.trace.session").to_string(),
                },
                at: message.happened_at,
                session: message.session,
                rows: if message.kind == Kind::Gap {
                    Vec::new()
                } else {
                    vec![row]
                },
            }),
        }
    }
    groups
}

fn row(message: &Message, device: DeviceId, page: &Page) -> Row {
    let what = method(&message.body)
        .map_or_else(|| page.t("acs.trace.nothing").to_string(), str::to_owned);
    let (tone, title) = match message.kind {
        Kind::Received => (
            "info",
            page.t("acs.trace.received").arg("what", what).to_string(),
        ),
        Kind::Sent => (
            "accent",
            page.t("acs.trace.sent").arg("what", what).to_string(),
        ),
        Kind::Called => ("idle", message.body.clone()),
        Kind::Gap => {
            let title = page
                .t("acs.trace.gap")
                .arg("count", page.number(message.missed));
            ("warn", title.to_string())
        }
    };
    let faulty = what_is_wrong(message);
    let body = regia_cwmp::indent(&message.body).unwrap_or_else(|| message.body.clone());
    let body: String = body.replace('\0', "\u{2400}");
    let long = body.len() > MAX_SHOWN_BYTES;
    let shown = body.get(..body.floor_char_boundary(MAX_SHOWN_BYTES));
    let (at, number) = key(message);
    let mut note = page.bytes(u64::try_from(message.bytes).unwrap_or_default());
    if let Some(status) = message.status {
        let status = page.t("acs.trace.status").arg("status", status);
        note = format!("{status} · {note}");
    }
    Row {
        tone: if faulty { "bad" } else { tone },
        title,
        note,
        remark: remark(message.remark).or(long.then_some("acs.trace.long")),
        whole: long.then(|| format!("/acs/devices/{device}/trace/message?at={at}&id={number}")),
        body: match message.kind {
            Kind::Called | Kind::Gap => String::new(),
            Kind::Received | Kind::Sent => shown.unwrap_or_default().to_owned(),
        },
    }
}

/// A fault, or a body that could not be used.
fn what_is_wrong(message: &Message) -> bool {
    method(&message.body) == Some("Fault")
        || matches!(message.remark, Remark::Unreadable | Remark::Refused)
        || message.status.is_some_and(|status| status >= 400)
}

const fn remark(remark: Remark) -> Option<&'static str> {
    match remark {
        Remark::None => None,
        Remark::Unreadable => Some("acs.trace.unreadable"),
        Remark::Cut => Some("acs.trace.cut"),
        Remark::Refused => Some("acs.trace.refused"),
    }
}

/// The local name of the first element in a body, as far as it can be seen.
fn method(body: &str) -> Option<&str> {
    let mut names = body.split('<').skip(1).map(|piece| {
        let end = piece.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
        let name = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
        name.rsplit(':').next().unwrap_or(name)
    });
    names.find(|name| *name == "Body")?;
    let next = names.next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (!next.is_empty() && next.chars().all(plain)).then_some(next)
}

/// Which message.
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    at: i64,
    id: i64,
}

/// One message as text, laid out.
pub(super) async fn message(
    State(context): Shared,
    Caller(principal): Caller,
    Path(device): Path<DeviceId>,
    Query(Which { at, id }): Query<Which>,
) -> Result<Response, Problem> {
    inspect::device(&context, &principal, device).await?;
    let before = Some((at, id.saturating_sub(1)));
    let found = trace::onward(&context, &principal, device, before).await?;
    let body = found.into_iter().find(|message| message.id == id);
    let body = body.map(|message| message.body).unwrap_or_default();
    let body = regia_cwmp::indent(&body).unwrap_or(body);
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((headers, body).into_response())
}

pub(super) async fn text(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    let name = format!("attachment; filename=\"trace-{id}.txt\"");
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (CONTENT_DISPOSITION, name.as_str()),
    ];
    let pieces = pieces(context, principal, id).await?;
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// For how long.
#[derive(Debug, Deserialize)]
pub(super) struct For {
    minutes: u32,
}

pub(super) async fn start(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(For { minutes }): Form<For>,
) -> Result<Response, Problem> {
    trace::start(&context, &principal, id, minutes).await?;
    Ok(go(&format!("/acs/devices/{id}/trace")))
}

pub(super) async fn stop(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    trace::stop(&context, &principal, id).await?;
    Ok(go(&format!("/acs/devices/{id}/trace")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_named_by_the_first_element_of_its_body() {
        for (body, expected) in [
            (
                "<s:Envelope><s:Header/><s:Body><cwmp:Inform a=\"b\"/></s:Body>",
                Some("Inform"),
            ),
            ("<Envelope><Body>\n <Reboot>", Some("Reboot")),
            ("<s:Body></s:Body>", None),
            ("<s:Body", None),
            ("", None),
        ] {
            assert_eq!(method(body), expected, "{body}");
        }
    }
}
