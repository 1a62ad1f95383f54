//! `/acs/devices/hand` and `/acs/devices/take-back`: in whose hands many devices are to be

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use regia_console::Page;
use regia_web::{Caller, Form, Problem, Query};

use super::many::{Asker, Draft, ManyPage, Verb};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::many::{self, Fate};
use crate::flows::place;
use crate::model::grant::Level;
use crate::permissions;

type Shared = State<Arc<Context>>;

/// Asks to whom; once that is said, shows what it changes.
pub(super) async fn ask(
    State(context): Shared,
    Caller(principal): Caller,
    Query(draft): Query<Draft>,
    page: Page,
) -> Result<Response, Problem> {
    let asker = Asker::new(&context, &principal);
    asked(Verb::Hand, asker, draft, page).await
}

/// Shows what taking them back from somebody changes.
pub(super) async fn ask_back(
    State(context): Shared,
    Caller(principal): Caller,
    Query(draft): Query<Draft>,
    page: Page,
) -> Result<Response, Problem> {
    let asker = Asker::new(&context, &principal);
    asked(Verb::TakeBack, asker, draft, page).await
}

async fn asked(
    verb: Verb,
    asker: Asker<'_>,
    draft: Draft,
    page: Page,
) -> Result<Response, Problem> {
    let Asker { context, principal } = asker;
    let who = (principal, &permissions::DEVICE_GRANT);
    let reach = draft.reach(context, who).await?;
    let (wanted, level) = (draft.name.clone(), level(verb, &draft));
    let shown = ManyPage::new(page, verb, draft);
    let mut shown = shown.of(asker, reach.as_ref()).await?;
    let Some(reach) = reach.filter(|reach| !reach.own.is_empty()) else {
        return shown.answer();
    };
    if let Some(name) = wanted {
        match place::user_named(context, principal, &name).await {
            Ok((user, name)) => {
                let fate = many::of_hand(context, principal, reach, (user, level)).await?;
                return told(shown, asker, &fate, (&name, level, false)).await;
            }
            Err(AcsError::Field("name", _)) => shown.refuse(),
            Err(error) => return Err(error.into()),
        }
    }
    shown.holders = many::holders(context, principal, &reach.own).await?;
    shown.answer()
}

/// Hands them over, and tells what became of each.
pub(super) async fn hand(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let asker = Asker::new(&context, &principal);
    done(Verb::Hand, asker, draft, page).await
}

/// Takes them back, and tells what became of each.
pub(super) async fn take_back(
    State(context): Shared,
    Caller(principal): Caller,
    page: Page,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let asker = Asker::new(&context, &principal);
    done(Verb::TakeBack, asker, draft, page).await
}

async fn done(verb: Verb, asker: Asker<'_>, draft: Draft, page: Page) -> Result<Response, Problem> {
    let Asker { context, principal } = asker;
    let who = (principal, &permissions::DEVICE_GRANT);
    let reach = draft.reach_some(context, who).await?;
    let expected = draft.confirmed()?;
    let wanted = draft.name.as_deref().unwrap_or_default();
    let (user, name) = place::user_named(context, principal, wanted).await?;
    let level = level(verb, &draft);
    let fate = many::hand_them(context, principal, (reach, user, level), expected).await?;
    let shown = ManyPage::new(page, verb, draft);
    told(shown, asker, &fate, (&name, level, true)).await
}

/// The level at which the user is to have them; none where they are taken back.
fn level(verb: Verb, draft: &Draft) -> Option<Level> {
    (verb == Verb::Hand).then(|| draft.level.unwrap_or(Level::Viewer))
}

/// At which level how many were in the user's hands, and are.
async fn told(
    shown: ManyPage,
    asker: Asker<'_>,
    fate: &Fate<Option<Level>>,
    (name, after, done): (&str, Option<Level>, bool),
) -> Result<Response, Problem> {
    let held = |level: Option<Level>| match level {
        Some(level) => {
            let word = format!("acs.access.words.{}", level.name());
            format!("{name}: {}", shown.page.t(&word))
        }
        None => shown
            .page
            .t("acs.many.not_held")
            .arg("name", name)
            .to_string(),
    };
    let before = many::tally(fate.changed.iter().map(|(_, before)| *before));
    let line = |(before, number)| shown.line(number, held(before), held(after));
    let changes = before.into_iter().map(line).collect();
    let shown = shown.showing(asker, fate, (changes, done)).await?;
    shown.answer()
}
