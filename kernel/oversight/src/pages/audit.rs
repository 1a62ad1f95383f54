//! `/administration/audit`: the trail, one line of it, and its check

use std::net::IpAddr;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_audit::{ChainState, Filter, Flaw, Line, Report};
use regia_console::Page;
use regia_console::history::Change;
use regia_console::listing::{Listing, Matches};
use regia_fault::Fault;
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;
use time::{Date, OffsetDateTime, Time};

use super::changes::changes;
use super::{AUDIT, render};
use crate::api::audit::get::nothing;
use crate::api::audit::verify::{check, parse};
use crate::api::cursor;
use crate::export::{self, FORMATS};
use crate::links::href;
use crate::{AUDIT_READ, Oversight, gate};

/// A row of the list.
struct Row {
    line: Line,
    href: Option<String>,
}

impl Row {
    /// The message that says what acts, where it is no person.
    fn kind(&self) -> &'static str {
        match self.line.actor_kind.as_str() {
            "key" => "oversight.audit.key",
            _ => "oversight.audit.system",
        }
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    next: Option<String>,
    chain: ChainState,
    chips: Vec<(&'static str, String, String)>,
    today: String,
}

pub(super) async fn list(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let page = page.headed("oversight.audit.title");
    let list = page.listing("-recorded_at").kept_as(FORMATS);
    let filter = filter(&list);
    if let Some(format) = list.file() {
        let trail = oversight.trail;
        return Ok(export::lines(trail, tenant, filter, format));
    }
    let after = cursor(list.get("after"))?;
    let trail = &oversight.trail;
    let found = trail.list(tenant, &filter, after, Limit::default()).await;
    let found = found.map_err(Fault::from)?;
    let chain = trail.state(tenant).await.map_err(Fault::from)?;
    let row = |line: Line| Row {
        href: href(oversight.links, &line),
        line,
    };
    render(&AuditPage {
        rows: found.items.into_iter().map(row).collect(),
        next: found.next,
        chips: chips(&page, &list),
        today: page.now().date().to_string(),
        chain,
        list,
        page,
    })
}

/// What is typed into the one field is understood by its form: an address, an object such as
/// `device:42`, the beginning of an action, a trace id, and everything else is a name.
fn filter(list: &Listing) -> Filter {
    let own = |name: &str| list.get(name).map(str::to_owned);
    let (from, to) = days(list);
    let mut filter = Filter {
        from,
        to,
        actor: own("actor"),
        action: own("action"),
        object: own("object"),
        address: own("address"),
        trace_id: own("trace"),
    };
    if let Some(text) = list.get("q").map(str::trim) {
        let place = match text {
            _ if text.parse::<IpAddr>().is_ok() => &mut filter.address,
            _ if is_trace(text) => &mut filter.trace_id,
            _ if text.contains(':') => &mut filter.object,
            _ if text.contains('.') => &mut filter.action,
            _ => &mut filter.actor,
        };
        *place = Some(text.to_owned());
    }
    filter
}

/// As the server names requests.
fn is_trace(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The days that are asked for: the first moment of the one, and the first one after the other.
pub(super) fn days(list: &Listing) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
    let day = |name: &str| list.get(name).and_then(parse);
    let begin = |day: Date| day.with_time(Time::MIDNIGHT).assume_utc();
    (
        day("from").map(begin),
        day("to").and_then(Date::next_day).map(begin),
    )
}

/// The filters that stand in no field of the bar.
fn chips(page: &Page, list: &Listing) -> Vec<(&'static str, String, String)> {
    [
        ("actor", "oversight.audit.actor"),
        ("action", "oversight.audit.action"),
        ("object", "oversight.audit.object"),
        ("address", "oversight.audit.address"),
        ("trace", "oversight.audit.trace"),
    ]
    .into_iter()
    .filter_map(|(name, label)| {
        let value = list.get(name)?.to_owned();
        Some((name, page.t(label).to_string(), value))
    })
    .collect()
}

#[derive(Template)]
#[template(path = "audit_line.html")]
struct LinePage {
    page: Page,
    line: Line,
    href: Option<String>,
    changes: Vec<Change>,
}

pub(super) async fn line(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Path(id): Path<i64>,
    page: Page,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let found = oversight.trail.find(tenant, id).await;
    let line = found.map_err(Fault::from)?.ok_or_else(|| nothing(id))?;
    let trail = page.t("oversight.audit.title").to_string();
    render(&LinePage {
        page: page.titled(&line.action).below(trail, AUDIT),
        href: href(oversight.links, &line),
        changes: changes(line.before.as_ref(), line.after.as_ref()),
        line,
    })
}

/// The form of a check.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckIn {
    day: String,
}

#[derive(Template)]
#[template(path = "audit_check.html")]
struct CheckPage {
    page: Page,
    day: String,
    report: Report,
}

impl CheckPage {
    /// The message that says what is wrong.
    const fn flaw(flaw: &Flaw) -> &'static str {
        match flaw {
            Flaw::RowChanged => "oversight.flaw.row_changed",
            Flaw::RowMissing => "oversight.flaw.row_missing",
            Flaw::RowUnsealed => "oversight.flaw.row_unsealed",
            Flaw::RowUnsigned => "oversight.flaw.row_unsigned",
            Flaw::RowTwice => "oversight.flaw.row_twice",
            Flaw::BlockChanged => "oversight.flaw.block_changed",
            Flaw::BlockMissing => "oversight.flaw.block_missing",
            Flaw::BlockMisplaced => "oversight.flaw.block_misplaced",
            Flaw::HeadChanged => "oversight.flaw.head_changed",
        }
    }
}

pub(super) async fn verify(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    page: Page,
    Form(input): Form<CheckIn>,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let day = parse(&input.day).ok_or_else(|| {
        Problem::invalid("access.day_invalid", "The day is not valid.")
            .field("day", "is written 2026-03-01")
    })?;
    let report = check(&oversight, &principal, tenant, day).await?;
    let trail = page.t("oversight.audit.title").to_string();
    let title = page.t("oversight.check.title").arg("day", day).to_string();
    render(&CheckPage {
        page: page.titled(title).below(trail, AUDIT),
        day: day.to_string(),
        report,
    })
}
