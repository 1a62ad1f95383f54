//! `/administration/users/{id}`

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::{Principal, UserId};
use regia_account::logins::{self, Row};
use regia_console::Page;
use regia_identity::SecondFactor;
use regia_users::{UserState, UserSummary};
use regia_web::{Caller, Path, Problem};
use time::OffsetDateTime;

use super::mandates::{self, Held};
use super::refusal::Refusal;
use super::users::state;
use super::{USERS, render};
use crate::Administration;

#[derive(Template)]
#[template(path = "user.html")]
pub(super) struct UserPage {
    page: Page,
    user: UserSummary,
    tone: &'static str,
    state: &'static str,
    factor: Option<SecondFactor>,
    open_until: Option<OffsetDateTime>,
    held: Vec<Held>,
    roles: Vec<(String, String)>,
    given: mandates::Given,
    rows: Vec<Row>,
    end_action: String,
    refusal: Refusal,
}

impl UserPage {
    pub(super) async fn of(
        Administration { access, roles, .. }: &Administration,
        principal: &Principal,
        page: Page,
        id: UserId,
    ) -> Result<Self, Problem> {
        let tenant = principal.tenant();
        let user = access.users().get_user(tenant, id).await?;
        let own = match principal {
            Principal::User { login_id, .. } => Some(*login_id),
            Principal::ApiKey { .. } | Principal::System(_) => None,
        };
        let (tone, state) = state(user.state);
        let users = page.t("administration.users.title").to_string();
        Ok(Self {
            held: mandates::held(access, &page, (tenant, id)).await?,
            roles: mandates::roles(roles, principal, &page).await?,
            given: mandates::Given::default(),
            page: page.titled(&user.name).below(users, USERS),
            tone,
            state,
            factor: access.find_second_factor(tenant, id).await?,
            open_until: access.users().open_link(tenant, id).await?,
            rows: logins::rows(access, (tenant, id), own).await?,
            end_action: format!("{USERS}/{id}/logins/end"),
            refusal: Refusal::default(),
            user,
        })
    }

    pub(super) fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = refusal;
        self
    }

    /// With what was typed into the form that gives a role.
    pub(super) fn giving(mut self, given: mandates::Given) -> Self {
        self.given = given;
        self
    }

    pub(super) const fn page(&self) -> &Page {
        &self.page
    }

    /// Where a verb is posted to.
    fn action(&self, verb: &str) -> String {
        format!("{USERS}/{}/{verb}", self.user.id)
    }

    /// Whether there is a login to end besides the one that asks.
    fn elsewhere(&self) -> bool {
        self.rows.iter().any(|row| !row.own)
    }

    fn is(&self, state: &str) -> bool {
        self.user.state.as_str() == state
    }

    /// What to know before anything is done with this user.
    const fn note(&self) -> Option<&'static str> {
        match self.user.state {
            UserState::Invited => Some("administration.user.invited_note"),
            UserState::Suspended => Some("administration.user.suspended_note"),
            UserState::Active => None,
        }
    }
}

pub(super) async fn show(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    page: Page,
) -> Result<Response, Problem> {
    render(&UserPage::of(&administration, &principal, page, id).await?)
}
