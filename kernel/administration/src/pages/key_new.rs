//! `/administration/keys/new` and `/account/keys/new`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_ident::TerritoryId;
use regia_keys::{EVERYTHING, NewKey, Owner, Reach, Terms};
use regia_web::{Caller, Form, Problem};
use serde::Deserialize;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

use super::keys::Place;
use super::permissions::{Module, modules};
use super::refusal::{Refusal, key_refusal};
use super::verbs::Base;
use super::{again, key_made, refusal, render};
use crate::Administration;

/// Territories that can be chosen; the API takes any.
const MOST_AREAS: i64 = 500;

/// How long a key lives unless somebody says otherwise.
const USUAL_DAYS: i64 = 365;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The form that makes a key.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    #[serde(default)]
    name: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    everything: bool,
    #[serde(default)]
    area: String,
    #[serde(default)]
    ends_on: String,
    #[serde(default)]
    limit: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    installation: bool,
}

#[derive(Template)]
#[template(path = "key_new.html")]
struct NewPage {
    page: Page,
    wish: Wish,
    modules: Vec<Module>,
    areas: Vec<(String, String)>,
    base: &'static str,
    /// Whether it may belong to somebody else.
    for_others: bool,
    /// Whether everything may be handed out.
    unlimited: bool,
    ends_hint: String,
    refusal: Refusal,
}

/// The day on which something ends, for a date field.
pub(super) fn day_of(at: Option<OffsetDateTime>) -> String {
    let day = at.map(|at| (at - Duration::SECOND).date());
    day.and_then(|day| day.format(DAY).ok()).unwrap_or_default()
}

/// The end of a day that was chosen in a date field; nothing was chosen in an empty one.
pub(super) fn end_of(day: &str) -> Option<Option<OffsetDateTime>> {
    if day.is_empty() {
        return Some(None);
    }
    let next = Date::parse(day, DAY).ok()?.next_day()?;
    Some(Some(next.with_time(Time::MIDNIGHT).assume_utc()))
}

/// What an empty field means, or when the end is at the latest.
pub(super) fn ends_hint(page: &Page, max_days: Option<u16>) -> String {
    match max_days {
        Some(days) => page
            .t("administration.keys.ends_most")
            .count(days)
            .to_string(),
        None => page.t("administration.keys.ends_hint").to_string(),
    }
}

/// A limit that was typed; an empty field is none.
pub(super) fn limit_of(text: &str) -> Option<Option<u32>> {
    match text.trim() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    }
}

/// What a form says about name, end and limit, or the field that says nothing.
pub(super) fn terms_of(name: &str, ends_on: &str, limit: &str) -> Result<Terms, &'static str> {
    Ok(Terms {
        name: name.to_owned(),
        expires_at: end_of(ends_on).ok_or("expires_at")?,
        requests_per_minute: limit_of(limit).ok_or("requests_per_minute")?,
    })
}

async fn form(
    Administration { keys, .. }: &Administration,
    (principal, place): (&Principal, Place),
    page: Page,
    wish: Wish,
    refusal: Refusal,
) -> Result<NewPage, Problem> {
    let areas = keys.areas(principal, MOST_AREAS).await?;
    let areas = areas
        .into_iter()
        .map(|area| (area.id.to_string(), area.path));
    Ok(NewPage {
        ends_hint: ends_hint(&page, keys.max_days()),
        modules: modules(&page, &keys.held(principal), |name| {
            wish.permissions.iter().any(|chosen| chosen == name)
        }),
        page: place.below(page.headed("administration.keys.new_title")),
        areas: areas.collect(),
        base: place.base,
        for_others: place.reach == Reach::Tenant,
        unlimited: principal.authority().is_some_and(|all| all.is_unlimited()),
        wish,
        refusal,
    })
}

pub(super) async fn show(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    Extension(place): Extension<Place>,
    page: Page,
) -> Result<Response, Problem> {
    desk.keys.may_make(&principal, place.reach)?;
    let days = desk.keys.max_days().map_or(USUAL_DAYS, i64::from);
    let end = page.now() + Duration::days(days.min(USUAL_DAYS));
    let wish = Wish {
        ends_on: day_of(Some(end)),
        ..Wish::default()
    };
    let who = (&principal, place);
    render(&form(&desk, who, page, wish, Refusal::default()).await?)
}

pub(super) async fn make(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    (Extension(place), base): (Extension<Place>, Base),
    page: Page,
    Form(wish): Form<Wish>,
) -> Result<Response, Problem> {
    let refused = match key(&desk, place, &wish).await? {
        Ok(new) => match desk.keys.create(&principal, place.reach, &new).await {
            Ok((key, text)) => return key_made::answer(page, place, (&key, &text), &base),
            Err(error) => key_refusal(&page, error)?,
        },
        Err(field) => refusal::of_key_field(&page, field),
    };
    again(&form(&desk, (&principal, place), page, wish, refused).await?)
}

/// The key that the form describes, or the field that is wrong.
async fn key(
    Administration { access, .. }: &Administration,
    place: Place,
    wish: &Wish,
) -> Result<Result<NewKey, &'static str>, Problem> {
    let terms = match terms_of(&wish.name, &wish.ends_on, &wish.limit) {
        Ok(terms) => terms,
        Err(field) => return Ok(Err(field)),
    };
    let area = match wish.area.as_str() {
        "" => None,
        text => match text.parse() {
            Ok(number) => Some(TerritoryId(number)),
            Err(_) => return Ok(Err("territory")),
        },
    };
    let owner = match (place.reach, wish.installation, wish.owner.trim()) {
        (Reach::Tenant, true, _) => Owner::Installation,
        (Reach::Tenant, false, name) if !name.is_empty() => {
            match access.users().user_named(name).await {
                Ok((_, user)) => Owner::User(user),
                Err(regia_access::AccessError::NoUser(_)) => return Ok(Err("owner")),
                Err(error) => return Err(error.into()),
            }
        }
        _ => Owner::Maker,
    };
    let permissions = match wish.everything {
        true => vec![EVERYTHING.to_owned()],
        false => wish.permissions.clone(),
    };
    Ok(Ok(NewKey {
        terms,
        permissions,
        area,
        owner,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_day_ends_when_it_is_over_and_stays_the_same_day() {
        let end = datetime!(2027-02-01 00:00 UTC);
        assert_eq!(end_of("2027-01-31"), Some(Some(end)));
        assert_eq!(day_of(Some(end)), "2027-01-31");
        assert_eq!(day_of(None), "");
        for (text, expected) in [("", Some(None)), ("31/01/2027", None), ("2027-02-30", None)] {
            assert_eq!(end_of(text), expected, "{text}");
        }
        for (text, expected) in [
            ("", Some(None)),
            (" 7 ", Some(Some(7))),
            ("-1", None),
            ("x", None),
        ] {
            assert_eq!(limit_of(text), expected, "{text}");
        }
    }
}
