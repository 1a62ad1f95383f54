//! `/acs/devices/move`: where many devices are to stand

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_ident::TerritoryId;
use regia_web::{Caller, Form, Problem, Query};

use super::many::{Asker, Draft, ManyPage, Stand, Verb};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::many::{self, Fate};
use crate::flows::place;
use crate::model::identity::DeviceId;
use crate::permissions;

/// Territories that are told apart: the others are one line.
const TOLD: usize = 20;

type Shared = State<Arc<Context>>;

/// Asks where to; once that is said, shows what it changes.
pub(super) async fn ask(
    State(context): Shared,
    Caller(principal): Caller,
    Query(draft): Query<Draft>,
    page: Page,
) -> Result<Response, Problem> {
    let asker = Asker::new(&context, &principal);
    let who = (&principal, &permissions::DEVICE_MOVE);
    let reach = draft.reach(&context, who).await?;
    let wanted = draft.territory.clone();
    let shown = ManyPage::new(page, Verb::Move, draft);
    let mut shown = shown.of(asker, reach.as_ref()).await?;
    let Some(reach) = reach.filter(|reach| !reach.own.is_empty()) else {
        return shown.answer();
    };
    if let Some(text) = wanted {
        match place::destination(&context, &principal, &text).await {
            Ok((area, path)) => {
                shown.settle(area, &path);
                let fate = many::of_move(&context, &principal, reach, area).await?;
                return told(shown, asker, &fate, (&path, false)).await;
            }
            Err(AcsError::NoTerritory(_)) => shown.refuse(),
            Err(error) => return Err(error.into()),
        }
    }
    shown.stands = stands(asker, &reach.own).await?;
    shown.answer()
}

/// Moves them, and tells what became of each.
pub(super) async fn place(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let who = (&principal, &permissions::DEVICE_MOVE);
    let reach = draft.reach_some(&context, who).await?;
    let expected = draft.confirmed()?;
    let wanted = draft.territory.as_deref().unwrap_or_default();
    let (area, path) = place::destination(&context, &principal, wanted).await?;
    let fate = many::move_them(&context, &principal, (reach, area), expected).await?;
    let shown = ManyPage::new(page, Verb::Move, draft);
    let asker = Asker::new(&context, &principal);
    told(shown, asker, &fate, (&path, true)).await
}

/// From where how many go there, or went.
async fn told(
    shown: ManyPage,
    asker: Asker<'_>,
    fate: &Fate<TerritoryId>,
    (path, done): (&str, bool),
) -> Result<Response, Problem> {
    let from = many::tally(fate.changed.iter().map(|(_, area)| *area));
    let (stands, elsewhere) = named(asker, &from).await?;
    let line = |stand: &Stand| shown.line(stand.number, &stand.path, path);
    let mut changes: Vec<_> = stands.iter().map(line).collect();
    if elsewhere > 0 {
        let others = shown.page.t("acs.many.other_places");
        changes.push(shown.line(elsewhere, others, path));
    }
    let shown = shown.showing(asker, fate, (changes, done)).await?;
    shown.answer()
}

async fn stands(asker: Asker<'_>, devices: &[DeviceId]) -> Result<(Vec<Stand>, usize), AcsError> {
    let stands = many::stands(asker.context, asker.principal, devices).await?;
    named(asker, &stands).await
}

/// The first territories by their names, and how many devices are in the others.
async fn named(
    asker: Asker<'_>,
    stands: &[(TerritoryId, usize)],
) -> Result<(Vec<Stand>, usize), AcsError> {
    let (first, others) = stands.split_at(stands.len().min(TOLD));
    let areas: Vec<TerritoryId> = first.iter().map(|(area, _)| *area).collect();
    let paths = many::paths_of(asker.context, asker.principal, &areas).await?;
    let stand = |(area, number): &(TerritoryId, usize)| Stand {
        address: format!("/administration/territories/{area}"),
        path: paths.get(area).cloned().unwrap_or_else(|| area.to_string()),
        number: *number,
    };
    let elsewhere = others.iter().map(|(_, number)| number).sum();
    Ok((first.iter().map(stand).collect(), elsewhere))
}
