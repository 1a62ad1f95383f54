//! `/acs/onboarding`

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_ident::TerritoryId;
use regia_web::{Caller, Form, Problem};
use serde::Deserialize;

use super::{go, render};
use crate::context::Context;
use crate::flows::mode;
use crate::model::onboarding::{InForce, Source};
use crate::permissions;
use crate::settings::OnboardingMode;

#[derive(Template)]
#[template(path = "onboarding.html")]
struct OnboardingPage {
    page: Page,
    question: Question,
}

/// The question as a page asks it.
pub(super) struct Question {
    pub(super) found: InForce,
    /// The settings have answered it.
    pub(super) fixed: bool,
    /// Nobody has.
    pub(super) open: bool,
    /// Whether whoever looks may answer it.
    pub(super) may_choose: bool,
}

impl Question {
    pub(super) fn new(context: &Context, principal: &Principal) -> Self {
        let found = mode::in_force(context);
        let fixed = found.source == Source::Settings;
        // The answer holds for the whole server, so it is the first tenant's.
        let scope = principal.scope(&permissions::ONBOARDING_WRITE);
        let may = scope.is_ok_and(|scope| scope.tenant == TerritoryId::ROOT);
        Self {
            may_choose: may && !fixed,
            fixed,
            open: found.source == Source::Nobody,
            found,
        }
    }

    /// Value of each choice, its messages, and whether it is in force.
    pub(super) fn choices(&self) -> [(&'static str, &'static str, &'static str, bool); 2] {
        let in_force = |mode| !self.open && self.found.mode == mode;
        [
            (
                "observe",
                "acs.onboarding.observe",
                "acs.onboarding.observe_text",
                in_force(OnboardingMode::Observe),
            ),
            (
                "manage",
                "acs.onboarding.manage",
                "acs.onboarding.manage_text",
                in_force(OnboardingMode::Manage),
            ),
        ]
    }

    /// Message that says what is in force.
    pub(super) const fn told(&self) -> &'static str {
        match self.found.mode {
            OnboardingMode::Observe => "acs.onboarding.observed",
            OnboardingMode::Manage => "acs.onboarding.managed",
        }
    }
}

/// What was chosen.
#[derive(Debug, Deserialize)]
pub(super) struct Chosen {
    mode: OnboardingMode,
}

pub(super) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    mode::show(&context, &principal)?;
    let home = page.t("acs.home.title").to_string();
    render(&OnboardingPage {
        page: page.headed("acs.onboarding.title").below(home, "/acs"),
        question: Question::new(&context, &principal),
    })
}

pub(super) async fn choose(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Form(Chosen { mode }): Form<Chosen>,
) -> Result<Response, Problem> {
    mode::choose(&context, &principal, mode).await?;
    Ok(go("/acs/onboarding"))
}
