//! `/acs/devices/{id}/access`: where a device stands, and in whose hands it is.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use regia_access::{Principal, UserId};
use regia_console::Page;
use regia_console::history::Change;
use regia_ident::TerritoryId;
use regia_web::{Caller, Form, Path, Problem, Query};
use serde::Deserialize;

use super::device::framed;
use super::frame::DeviceFrame;
use super::{allowed, go, render};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{inspect, place};
use crate::model::grant::{Grant, Level};
use crate::model::identity::DeviceId;
use crate::permissions;

#[cfg(test)]
mod tests;

#[derive(Template)]
#[template(path = "device_access.html")]
struct AccessPage {
    page: Page,
    frame: DeviceFrame,
    /// The way down to where it stands, for those who may know.
    stands: Option<String>,
    /// Where it stood before it was moved, and where it stands.
    moved: Vec<Change>,
    /// In whose hands it is, for those who may know.
    handed: Option<Vec<Grant>>,
    levels: Vec<(&'static str, String)>,
    wish: Wish,
}

/// What was typed, and what is wrong with it: sentences, or nothing.
#[derive(Default)]
pub(super) struct Wish {
    pub(super) territory: String,
    pub(super) no_territory: String,
    pub(super) name: String,
    pub(super) level: Option<Level>,
    pub(super) no_name: String,
}

impl Wish {
    pub(super) fn is_refused(&self) -> bool {
        !self.no_territory.is_empty() || !self.no_name.is_empty()
    }

    /// The level that is chosen in the form.
    pub(super) fn level(&self) -> &'static str {
        self.level.unwrap_or(Level::Viewer).name()
    }
}

/// Where a device stood before.
#[derive(Debug, Deserialize)]
pub(super) struct Moved {
    moved_from: Option<TerritoryId>,
}

/// Where it is to stand.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    territory: String,
}

/// To whom it is handed, and what for.
#[derive(Debug, Deserialize)]
pub(super) struct Hand {
    #[serde(default)]
    name: String,
    level: Level,
}

/// From whom it is taken back.
#[derive(Debug, Deserialize)]
pub(super) struct Back {
    user: UserId,
}

type Shared = State<Arc<Context>>;

pub(super) async fn show(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Query(Moved { moved_from }): Query<Moved>,
    page: Page,
) -> Result<Response, Problem> {
    shown(
        &context,
        &principal,
        (page, id),
        (moved_from, Wish::default()),
    )
    .await
}

async fn shown(
    context: &Context,
    principal: &Principal,
    (page, id): (Page, DeviceId),
    (moved_from, wish): (Option<TerritoryId>, Wish),
) -> Result<Response, Problem> {
    let device = inspect::device(context, principal, id).await?;
    let area = device.area;
    let (page, frame) = framed(context, principal, page, device).await?;
    let handed = match place::grants(context, principal, id).await {
        Ok(grants) => Some(grants),
        Err(AcsError::Denied(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let knows = page.may(permissions::DEVICE_MOVE) || page.may(regia_territories::READ);
    let stands = match knows {
        true => place::path_of(context, principal, area).await?,
        false => None,
    };
    let before = match moved_from.filter(|before| *before != area) {
        Some(before) => place::path_of(context, principal, before).await?,
        None => None,
    };
    let moved = before.map(|before| Change {
        name: page.t("acs.access.territory").to_string(),
        before: Some(before),
        after: stands.clone(),
    });
    let refused = wish.is_refused();
    let shown = render(&AccessPage {
        levels: levels(&page),
        moved: moved.into_iter().collect(),
        page,
        frame,
        stands,
        handed,
        wish,
    })?;
    Ok(told(shown, refused))
}

/// A page, and whether it refuses what was typed.
pub(super) fn told(shown: Response, refused: bool) -> Response {
    match refused {
        true => (StatusCode::UNPROCESSABLE_ENTITY, shown).into_response(),
        false => shown,
    }
}

/// The levels at which a device is handed over, for a choice.
pub(super) fn levels(page: &Page) -> Vec<(&'static str, String)> {
    let word = |level: Level| {
        page.t(&format!("acs.access.levels.{}", level.name()))
            .to_string()
    };
    Level::ALL.map(|level| (level.name(), word(level))).to_vec()
}

/// Back to the page; to the list where the device is out of sight now.
async fn back(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    query: &str,
) -> Result<Response, Problem> {
    match inspect::device(context, principal, id).await {
        Ok(_) => Ok(go(&format!("/acs/devices/{id}/access{query}"))),
        Err(AcsError::NoDevice(_)) => Ok(go("/acs/devices")),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn place(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
    Form(Place { territory }): Form<Place>,
) -> Result<Response, Problem> {
    allowed(&principal, &permissions::DEVICE_MOVE)?;
    let before = inspect::device(&context, &principal, id).await?.area;
    match place::move_to_chosen(&context, &principal, id, &territory).await {
        Ok(()) => back(&context, &principal, id, &format!("?moved_from={before}")).await,
        Err(AcsError::NoTerritory(_)) => {
            let wish = Wish {
                territory,
                no_territory: page.t("acs.access.no_territory").to_string(),
                ..Wish::default()
            };
            shown(&context, &principal, (page, id), (None, wish)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn hand(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    page: Page,
    Form(Hand { name, level }): Form<Hand>,
) -> Result<Response, Problem> {
    match place::hand_to_named(&context, &principal, id, (&name, level)).await {
        Ok(()) => back(&context, &principal, id, "").await,
        Err(AcsError::Field("name", _)) => {
            let wish = Wish {
                name,
                level: Some(level),
                no_name: page.t("acs.access.no_name").to_string(),
                ..Wish::default()
            };
            shown(&context, &principal, (page, id), (None, wish)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn take_back(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Back { user }): Form<Back>,
) -> Result<Response, Problem> {
    inspect::device(&context, &principal, id).await?;
    match place::hand(&context, &principal, user, (&[id], None), None).await {
        // Somebody else was quicker.
        Ok(_) | Err(AcsError::NoGrant(_)) => back(&context, &principal, id, "").await,
        Err(error) => Err(error.into()),
    }
}
