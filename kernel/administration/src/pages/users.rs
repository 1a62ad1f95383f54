//! `/administration/users`, and the page that invites a new one

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use regia_access::{AccessError, Principal};
use regia_console::Page;
use regia_console::export::Format;
use regia_console::listing::{Listing, Matches};
use regia_fault::Fault;
use regia_identity::Access;
use regia_roles::Roles;
use regia_store::page::Limit;
use regia_users::{NewUser, Person, UserFilter, UserState, UserSummary};
use regia_web::{Caller, Form, Problem};
use serde::Deserialize;

use super::mandates;
use super::refusal::{Refusal, refusal};
use super::verbs::{Base, LinkPage};
use super::{USERS, again, export, render};
use crate::Administration;
use crate::api::cursor;

/// Users are counted up to here.
const MOST_COUNTED: i64 = 1_000;

/// Tone and message of a state.
pub(super) const fn state(state: UserState) -> (&'static str, &'static str) {
    match state {
        UserState::Invited => ("info", "administration.state.invited"),
        UserState::Active => ("ok", "administration.state.active"),
        UserState::Suspended => ("warn", "administration.state.suspended"),
    }
}

struct Row {
    user: UserSummary,
    tone: &'static str,
    state: &'static str,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    page: Page,
    list: Listing,
    rows: Vec<Row>,
    total: Matches,
    next: Option<String>,
    states: Vec<(&'static str, String)>,
}

pub(super) async fn show(
    State(access): State<Access>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let tenant = principal.tenant();
    let page = page.headed("administration.users.title");
    let list = page.listing("name").kept_as(&[Format::Csv]);
    let filter = UserFilter {
        text: list.get("q").map(str::to_owned),
        state: list.get("state").and_then(UserState::parse),
    };
    if list.file().is_some() {
        return Ok(export::users(access, tenant, filter));
    }
    let after: Option<String> = cursor(list.get("after"))?;
    let found = access
        .users()
        .list_users(tenant, &filter, after.as_deref(), Limit::default())
        .await?;
    let counted = access
        .users()
        .count_users(tenant, &filter, MOST_COUNTED + 1)
        .await?;
    let row = |user: UserSummary| {
        let (tone, state) = state(user.state);
        Row { user, tone, state }
    };
    let states = UserState::ALL.map(|one| (one.as_str(), page.t(state(one).1).to_string()));
    render(&UsersPage {
        states: states.to_vec(),
        rows: found.items.into_iter().map(row).collect(),
        next: found.next,
        total: Matches::counted(counted, MOST_COUNTED),
        list,
        page,
    })
}

#[derive(Template)]
#[template(path = "user_new.html")]
struct NewPage {
    page: Page,
    invited: Invitation,
    roles: Vec<(String, String)>,
    refusal: Refusal,
}

/// The form that invites a user.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    name: String,
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    email: String,
    /// Empty: none yet.
    #[serde(default)]
    role: String,
    /// Empty: the whole tenant.
    #[serde(default)]
    territory: String,
}

/// The roles there are, and none yet.
async fn roles_or_none(
    roles: &Roles,
    principal: &Principal,
    page: &Page,
) -> Result<Vec<(String, String)>, Problem> {
    let none = page.t("administration.invite.no_role").to_string();
    let mut all = mandates::roles(roles, principal, page).await?;
    all.insert(0, (String::new(), none));
    Ok(all)
}

fn head(page: Page) -> Page {
    let users = page.t("administration.users.title").to_string();
    page.headed("administration.invite.title")
        .below(users, USERS)
}

pub(super) async fn new(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    principal.scope(&crate::USER_WRITE).map_err(Fault::from)?;
    render(&NewPage {
        roles: roles_or_none(&roles, &principal, &page).await?,
        page: head(page),
        invited: Invitation::default(),
        refusal: Refusal::default(),
    })
}

pub(super) async fn invite(
    State(Administration {
        access,
        territories,
        roles,
        ..
    }): State<Administration>,
    Caller(principal): Caller,
    base: Base,
    page: Page,
    Form(invited): Form<Invitation>,
) -> Result<Response, Problem> {
    let person = Person {
        full_name: invited.full_name.clone(),
        email: invited.email.clone(),
    };
    let mandate = match invited.role.as_str() {
        "" => Ok(None),
        role => {
            let typed = (role, invited.territory.as_str());
            mandates::read(&territories, &principal, typed)
                .await
                .map(Some)
        }
    };
    let made = match mandate {
        Ok(mandate) => {
            let user = NewUser {
                name: &invited.name,
                person: &person,
                mandates: mandate.as_slice(),
            };
            access.users().invite_new_user(&principal, user).await
        }
        Err(wrong) => Err(wrong),
    };
    match made {
        Ok((id, link)) => {
            let title = page
                .t("administration.invite.done")
                .arg("name", invited.name.trim())
                .to_string();
            LinkPage::answer(page.titled(title), (id, invited.name.trim()), &link, &base)
        }
        Err(error) => {
            let page = head(page);
            let refusal = match &error {
                AccessError::Beyond(_) => mandates::beyond(&page),
                _ => refusal(&page, error)?,
            };
            again(&NewPage {
                roles: roles_or_none(&roles, &principal, &page).await?,
                page,
                invited,
                refusal,
            })
        }
    }
}
