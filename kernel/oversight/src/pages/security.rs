//! `/administration/security`: what is tried at the doors, and who is kept out

use std::collections::BTreeSet;
use std::net::IpAddr;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use regia_access::Principal;
use regia_console::Page;
use regia_console::chart::{Chart, Colour, Series, Shape};
use regia_console::listing::{Listing, Matches};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_security::{Ban, EventFilter, Kind, Logged, PerHour, Severity};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::audit::days;
use super::{SECURITY, render};
use crate::api::cursor;
use crate::api::security::ban::{BanIn, add};
use crate::api::security::unban::remove;
use crate::export::{self, FORMATS};
use crate::{Oversight, SECURITY_READ, SECURITY_WRITE, gate};

/// Bars of the chart: a day, or a week.
const HOURS: [(&str, i64); 2] = [("day", 24), ("week", 168)];

/// A row of the list.
struct Row {
    event: Logged,
    who: String,
    label: &'static str,
    tone: &'static str,
}

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    page: Page,
    list: Listing,
    /// Whether the list shows less than there is.
    narrowed: bool,
    rows: Vec<Row>,
    next: Option<String>,
    /// None where the page is another tenant's: bans are of the whole installation.
    bans: Option<Vec<Ban>>,
    may_ban: bool,
    own: String,
    failed: i64,
    chart: Chart,
    spans: Vec<(String, String, bool)>,
    kinds: Vec<(&'static str, String)>,
}

pub(super) async fn show(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &SECURITY_READ)?;
    let page = page.headed("oversight.security.title");
    let list = page.listing("-minute").kept_as(FORMATS);
    let (store, now, filter) = (&oversight.store, page.now(), filter(&page, &list));
    if let Some(format) = list.file() {
        let place = (tenant, now);
        return Ok(export::events(oversight.store, place, filter, format));
    }
    let after = cursor(list.get("after"))?;
    let place = (after, Limit::default());
    let found = Logged::list(store, tenant, &filter, now, place).await;
    let found = found.map_err(Fault::from)?;
    let hours = HOURS
        .into_iter()
        .find(|(name, _)| list.is("span", name))
        .map_or(24, |(_, hours)| hours);
    let counted = PerHour::list(store, tenant, now - Duration::hours(hours)).await;
    let counted = counted.map_err(Fault::from)?;
    let bans = match tenant {
        TerritoryId::ROOT => Some(oversight.bans.list().await.map_err(Fault::from)?),
        _ => None,
    };
    render(&SecurityPage {
        narrowed: after.is_some() || filter != EventFilter::default(),
        rows: found
            .items
            .into_iter()
            .map(|event| row(&page, event))
            .collect(),
        next: found.next,
        may_ban: gate::everywhere(&principal, &SECURITY_WRITE).is_ok(),
        own: own_address(&page, &principal),
        failed: failed(&counted, now),
        chart: chart(&page, &counted, hours),
        spans: spans(&page, &list, hours),
        kinds: kinds(&page),
        bans,
        list,
        page,
    })
}

fn row(page: &Page, event: Logged) -> Row {
    let kind = Kind::parse(&event.kind);
    Row {
        who: page.who(&event.actor),
        label: kind.map_or("oversight.kind.something_else", label),
        tone: match event.severity() {
            Severity::Info => "ok",
            Severity::Notice => "warn",
            Severity::Warning => "bad",
        },
        event,
    }
}

/// What is typed is an address, or who it was as the page says it.
fn filter(page: &Page, list: &Listing) -> EventFilter {
    let typed = list.get("q").map(|text| page.whom(text.trim()));
    let address = typed
        .as_deref()
        .and_then(|text| text.parse::<IpAddr>().ok())
        .map(|address| address.to_canonical().to_string());
    let (from, to) = days(list);
    EventFilter {
        from,
        // The log asks for the last moment, and its rows are whole minutes.
        to: to.map(|to| to - Duration::SECOND),
        kind: list.get("kind").and_then(Kind::parse),
        actor: typed.filter(|_| address.is_none()),
        address,
    }
}

/// The message that says what happened.
const fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Login => "oversight.kind.login",
        Kind::LoginFailed => "oversight.kind.login_failed",
        Kind::CodeFailed => "oversight.kind.code_failed",
        Kind::LoginLimited => "oversight.kind.login_limited",
        Kind::Denied => "oversight.kind.denied",
        Kind::Limited => "oversight.kind.limited",
        Kind::ForgedRequest => "oversight.kind.forged_request",
        Kind::BadCookie => "oversight.kind.bad_cookie",
        Kind::BadKey => "oversight.kind.bad_key",
        Kind::BadCursor => "oversight.kind.bad_cursor",
        Kind::ForgedForwarding => "oversight.kind.forged_forwarding",
        Kind::Banned => "oversight.kind.banned",
        Kind::Refused => "oversight.kind.refused",
    }
}

fn kinds(page: &Page) -> Vec<(&'static str, String)> {
    Kind::ALL
        .map(|kind| (kind.as_str(), page.t(label(kind)).to_string()))
        .to_vec()
}

fn spans(page: &Page, list: &Listing, hours: i64) -> Vec<(String, String, bool)> {
    HOURS
        .map(|(name, of)| {
            let label = match of {
                24 => "oversight.security.day",
                _ => "oversight.security.week",
            };
            let href = list.link(&[("span", Some(name))]);
            (page.t(label).to_string(), href, of == hours)
        })
        .to_vec()
}

/// Failed logins of the last day.
fn failed(counted: &[PerHour], now: OffsetDateTime) -> i64 {
    let names = [Kind::LoginFailed, Kind::CodeFailed].map(Kind::as_str);
    counted
        .iter()
        .filter(|hour| hour.hour > now - Duration::DAY && names.contains(&hour.kind.as_str()))
        .map(|hour| hour.count)
        .sum()
}

/// What happened in each hour, by kind; without logins, which are no news.
fn chart(page: &Page, counted: &[PerHour], hours: i64) -> Chart {
    let this_hour = page.now().unix_timestamp() / 3_600 * 3_600;
    let times: Vec<OffsetDateTime> = (0..hours)
        .rev()
        .filter_map(|back| OffsetDateTime::from_unix_timestamp(this_hour - back * 3_600).ok())
        .collect();
    let shown = counted
        .iter()
        .filter(|hour| hour.kind != Kind::Login.as_str());
    let kinds: BTreeSet<Kind> = shown.filter_map(|hour| Kind::parse(&hour.kind)).collect();
    let series = (1..).zip(kinds).map(|(number, kind)| Series {
        label: page.t(label(kind)).to_string(),
        colour: Colour::Series(number),
        values: times
            .iter()
            .map(|time| {
                let of = |hour: &&PerHour| hour.hour == *time && hour.kind == kind.as_str();
                let count = counted.iter().find(of).map_or(0, |hour| hour.count);
                Some(f64::from(i32::try_from(count).unwrap_or(i32::MAX)))
            })
            .collect(),
    });
    Chart {
        id: "events".to_owned(),
        title: page.t("oversight.security.chart").to_string(),
        unit: page.t("oversight.security.per_hour").to_string(),
        shape: Shape::StackedBars,
        series: series.collect(),
        times,
    }
}

/// What not to type by mistake.
fn own_address(page: &Page, principal: &Principal) -> String {
    let address = principal
        .origin()
        .and_then(|origin| origin.address)
        .map(|address| address.to_string())
        .unwrap_or_default();
    page.t("oversight.ban.own")
        .arg("address", address)
        .to_string()
}

/// The form of a ban.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BanForm {
    address: String,
    reason: String,
    minutes: u32,
    #[serde(default)]
    even_my_own: bool,
}

pub(super) async fn ban(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Form(form): Form<BanForm>,
) -> Result<Response, Problem> {
    gate::everywhere(&principal, &SECURITY_WRITE)?;
    let wanted = BanIn {
        address: form.address,
        reason: form.reason,
        minutes: form.minutes,
        even_my_own: form.even_my_own,
    };
    add(&oversight, &principal, wanted).await?;
    Ok(Redirect::to(SECURITY).into_response())
}

pub(super) async fn unban(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    gate::everywhere(&principal, &SECURITY_WRITE)?;
    remove(&oversight, &principal, id).await?;
    Ok(Redirect::to(SECURITY).into_response())
}
