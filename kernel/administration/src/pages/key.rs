//! `/administration/keys/{id}` and `/account/keys/{id}`

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use regia_access::{ApiKeyId, Principal};
use regia_console::Page;
use regia_keys::{KeyState, MAX_OVERLAP_HOURS};
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::key_new::{day_of, ends_hint, terms_of};
use super::keys::{Place, Row};
use super::refusal::{Refusal, key_refusal};
use super::verbs::Base;
use super::{again, go, key_made, refusal, render};
use crate::Administration;

/// Hours for which a replaced text may go on, each with its message; the usual one first.
const OVERLAPS: [(u16, &str); 5] = [
    (24, "administration.keys.overlap_day"),
    (0, "administration.keys.overlap_none"),
    (1, "administration.keys.overlap_hour"),
    (168, "administration.keys.overlap_week"),
    (MAX_OVERLAP_HOURS, "administration.keys.overlap_month"),
];

#[derive(Template)]
#[template(path = "key.html")]
struct KeyPage {
    page: Page,
    row: Row,
    /// What it may do: each permission, and what that lets somebody do.
    may: Vec<(String, String)>,
    base: &'static str,
    writes: bool,
    change: Change,
    ends_hint: String,
    overlaps: Vec<(String, String)>,
    refusal: Refusal,
}

impl KeyPage {
    async fn of(
        Administration { keys, access, .. }: &Administration,
        (principal, place): (&Principal, Place),
        page: Page,
        id: ApiKeyId,
    ) -> Result<Self, Problem> {
        let key = keys.get(principal, place.reach, id).await?;
        let page = place.below(page.titled(&key.name));
        let told = |name: &String| {
            // What nobody declares any more is a name and nothing else.
            let known = access.catalogue().find(name);
            let means = known.map(|known| page.reason(known.means));
            (name.clone(), means.unwrap_or_default())
        };
        let overlap = |(hours, word): (u16, &str)| (hours.to_string(), page.t(word).to_string());
        Ok(Self {
            may: key.permissions.iter().map(told).collect(),
            overlaps: OVERLAPS.map(overlap).to_vec(),
            change: Change {
                name: key.name.clone(),
                ends_on: day_of(key.expires_at),
                limit: key
                    .requests_per_minute
                    .map(|limit| limit.to_string())
                    .unwrap_or_default(),
            },
            ends_hint: ends_hint(&page, keys.max_days()),
            base: place.base,
            writes: place.writes(&page),
            refusal: Refusal::default(),
            row: Row::of(key, page.now()),
            page,
        })
    }

    /// Where a verb is posted to.
    fn action(&self, verb: &str) -> String {
        format!("{}/{}/{verb}", self.base, self.row.key.id)
    }

    /// Whether anything can still be done with it, by whoever looks.
    fn is_there(&self) -> bool {
        self.writes && self.row.key.state != KeyState::Revoked
    }

    /// What to know before anything is done with it.
    fn note(&self) -> Option<&'static str> {
        match self.row.key.state {
            KeyState::Active if self.row.ends_soon() => Some("administration.keys.soon_note"),
            KeyState::Active | KeyState::Revoked => None,
            KeyState::Suspended => Some("administration.keys.suspended_note"),
            KeyState::Expired => Some("administration.keys.expired_note"),
        }
    }
}

pub(super) async fn show(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    Extension(place): Extension<Place>,
    Path(id): Path<ApiKeyId>,
    page: Page,
) -> Result<Response, Problem> {
    render(&KeyPage::of(&desk, (&principal, place), page, id).await?)
}

/// Name, end and limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    name: String,
    #[serde(default)]
    ends_on: String,
    #[serde(default)]
    limit: String,
}

pub(super) async fn change(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    (Extension(place), Path(id)): (Extension<Place>, Path<ApiKeyId>),
    page: Page,
    Form(change): Form<Change>,
) -> Result<Response, Problem> {
    let refused = match terms_of(&change.name, &change.ends_on, &change.limit) {
        Ok(terms) => match desk.keys.change(&principal, place.reach, id, &terms).await {
            Ok(_) => return Ok(go(&format!("{}/{id}", place.base))),
            Err(error) => key_refusal(&page, error)?,
        },
        Err(field) => refusal::of_key_field(&page, field),
    };
    let mut shown = KeyPage::of(&desk, (&principal, place), page, id).await?;
    shown.change = change;
    shown.refusal = refused;
    again(&shown)
}

/// How long the present text goes on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overlap {
    overlap_hours: u16,
}

pub(super) async fn rotate(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    (Extension(place), Path(id)): (Extension<Place>, Path<ApiKeyId>),
    (base, page): (Base, Page),
    Form(Overlap { overlap_hours }): Form<Overlap>,
) -> Result<Response, Problem> {
    let rotated = desk.keys.rotate(&principal, place.reach, id, overlap_hours);
    let (key, text) = rotated.await?;
    key_made::answer(page, place, (&key, &text), &base)
}

/// Nothing but the button.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

pub(super) async fn revoke(
    State(desk): State<Administration>,
    Caller(principal): Caller,
    (Extension(place), Path(id)): (Extension<Place>, Path<ApiKeyId>),
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Problem> {
    desk.keys.revoke(&principal, place.reach, id).await?;
    Ok(go(place.base))
}
