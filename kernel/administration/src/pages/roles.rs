//! `/administration/roles`: the roles of the server, those that the tenant made, and their editor

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use regia_access::{AccessError, Catalogue, Principal, Role, RoleId, SystemRole};
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_fault::Fault;
use regia_roles::{Draft, OwnRole, RoleError, Roles, SystemRoleRule};
use regia_store::page::Limit;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::mandates::name_of;
use super::permissions::{Module, modules};
use super::refusal::Refusal;
use super::{ROLES, again, go, render};
use crate::Administration;
use crate::api::cursor;
use crate::api::roles::{allowed_to, problem};

/// A role of the server as a row.
struct SystemRow {
    rule: SystemRoleRule,
    name: String,
    permissions: usize,
}

#[derive(Template)]
#[template(path = "roles.html")]
struct RolesPage {
    page: Page,
    list: Listing,
    system: Vec<SystemRow>,
    own: Vec<OwnRole>,
    next: Option<String>,
}

pub(super) async fn show(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("administration.roles.title");
    let list = page.listing("");
    let after: Option<String> = cursor(list.get("after"))?;
    let limit = Limit::default();
    let own = roles.list(&principal, after.as_deref(), limit).await;
    let own = own.map_err(problem)?;
    let rules = roles.system(&principal).await.map_err(problem)?;
    let row = |rule: SystemRoleRule| SystemRow {
        name: name_of(&page, rule.role),
        permissions: allowed_to(rule.role, access.catalogue()).len(),
        rule,
    };
    render(&RolesPage {
        system: rules.into_iter().map(row).collect(),
        own: own.items,
        next: own.next,
        list,
        page,
    })
}

#[derive(Template)]
#[template(path = "role.html")]
struct RolePage {
    page: Page,
    /// What its pages and forms are called after; none for one that is being made.
    role: Option<Role>,
    draft: Draft,
    users: i64,
    modules: Vec<Module>,
    refusal: Refusal,
}

impl RolePage {
    fn new(page: Page, catalogue: &Catalogue, role: Option<Role>, draft: Draft) -> Self {
        let roles = page.t("administration.roles.title").to_string();
        let page = page.below(roles, ROLES);
        let page = match role {
            Some(Role::System(role)) => {
                let name = name_of(&page, role);
                page.titled(name)
            }
            Some(Role::Own(_)) => page.titled(&draft.name),
            None => page.headed("administration.roles.new"),
        };
        Self {
            modules: modules(&page, catalogue.all(), |name| {
                draft.permissions.contains(name)
            }),
            page,
            role,
            draft,
            users: 0,
            refusal: Refusal::default(),
        }
    }

    /// Whether it comes with the server: it is looked at, not edited.
    const fn is_system(&self) -> bool {
        matches!(self.role, Some(Role::System(_)))
    }

    /// Where the form is posted to.
    fn action(&self, verb: &str) -> String {
        match self.role {
            Some(role) => format!("{ROLES}/{role}/{verb}"),
            None => ROLES.to_owned(),
        }
    }

    /// Where a copy of it is made.
    fn copy(&self) -> String {
        let role = self.role.map(|role| role.to_string()).unwrap_or_default();
        format!("{ROLES}/new?copy={role}")
    }
}

fn no_role(text: &str) -> Problem {
    let detail = format!("There is no role {text}.");
    Problem::new(http::StatusCode::NOT_FOUND, "access.no_role", detail)
}

/// What a role is now, and how many hold it.
async fn read(
    roles: &Roles,
    catalogue: &Catalogue,
    principal: &Principal,
    role: Role,
) -> Result<(Draft, i64), Problem> {
    match role {
        Role::Own(id) => {
            let found = roles.get(principal, id).await.map_err(problem)?;
            let draft = Draft {
                name: found.name,
                permissions: found.permissions,
                requires_second_factor: found.requires_second_factor,
            };
            Ok((draft, found.users))
        }
        Role::System(role) => {
            let rules = roles.system(principal).await.map_err(problem)?;
            let rule = rules.into_iter().find(|rule| rule.role == role);
            let rule = rule.ok_or_else(|| no_role(role.as_str()))?;
            let draft = Draft {
                name: String::new(),
                permissions: allowed_to(role, catalogue).into_iter().collect(),
                requires_second_factor: rule.requires_second_factor,
            };
            Ok((draft, rule.users))
        }
    }
}

pub(super) async fn one(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    Path(text): Path<String>,
    page: Page,
) -> Result<Response, Problem> {
    let role: Role = text.parse().map_err(|_| no_role(&text))?;
    let catalogue = access.catalogue();
    let (draft, users) = read(&roles, catalogue, &principal, role).await?;
    let mut shown = RolePage::new(page, catalogue, Some(role), draft);
    shown.users = users;
    render(&shown)
}

/// The role whose permissions a new one begins with.
#[derive(Debug, Deserialize)]
pub(super) struct Copied {
    copy: Option<String>,
}

pub(super) async fn new(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    Query(Copied { copy }): Query<Copied>,
    page: Page,
) -> Result<Response, Problem> {
    principal.scope(&crate::ROLE_WRITE).map_err(Fault::from)?;
    let catalogue = access.catalogue();
    let draft = match copy {
        Some(text) => {
            let role: Role = text.parse().map_err(|_| no_role(&text))?;
            let (draft, _) = read(&roles, catalogue, &principal, role).await?;
            Draft {
                name: String::new(),
                ..draft
            }
        }
        None => Draft::default(),
    };
    render(&RolePage::new(page, catalogue, None, draft))
}

/// The editor's form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Edited {
    #[serde(default)]
    name: String,
    #[serde(default)]
    permission: BTreeSet<String>,
    #[serde(default)]
    requires_second_factor: bool,
}

impl From<Edited> for Draft {
    fn from(edited: Edited) -> Self {
        Self {
            name: edited.name,
            permissions: edited.permission,
            requires_second_factor: edited.requires_second_factor,
        }
    }
}

pub(super) async fn create(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    page: Page,
    Form(edited): Form<Edited>,
) -> Result<Response, Problem> {
    let draft = Draft::from(edited);
    match administration.roles.create(&principal, &draft).await {
        Ok(id) => Ok(go(&format!("{ROLES}/{id}"))),
        Err(error) => {
            let catalogue = administration.access.catalogue();
            let shown = RolePage::new(page, catalogue, None, draft);
            refuse(shown, error)
        }
    }
}

pub(super) async fn change(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<RoleId>,
    page: Page,
    Form(edited): Form<Edited>,
) -> Result<Response, Problem> {
    let draft = Draft::from(edited);
    match administration.roles.change(&principal, id, &draft).await {
        Ok(()) => Ok(go(&format!("{ROLES}/{id}"))),
        Err(error) => {
            let (catalogue, role) = (administration.access.catalogue(), Role::Own(id));
            let shown = RolePage::new(page, catalogue, Some(role), draft);
            refuse(shown, error)
        }
    }
}

pub(super) async fn delete(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<RoleId>,
    page: Page,
) -> Result<Response, Problem> {
    match roles.delete(&principal, id).await {
        Ok(()) => Ok(go(ROLES)),
        Err(error @ RoleError::InUse(_)) => {
            let (catalogue, role) = (access.catalogue(), Role::Own(id));
            let (draft, users) = read(&roles, catalogue, &principal, role).await?;
            let mut shown = RolePage::new(page, catalogue, Some(role), draft);
            shown.users = users;
            refuse(shown, error)
        }
        Err(error) => Err(problem(error)),
    }
}

/// The form again, with what is wrong in it; what no form can mend stays a problem.
fn refuse(mut shown: RolePage, error: RoleError) -> Result<Response, Problem> {
    let word = |field, key: &str| {
        let key = format!("administration.roles.{key}");
        Refusal::new(field, shown.page.t(&key))
    };
    let refusal = match &error {
        RoleError::Name(_) => word("name", "wrong_name"),
        RoleError::NameTaken(_) => word("name", "name_taken"),
        RoleError::UnknownPermission(..) => word("permission", "unknown"),
        RoleError::Access(AccessError::Beyond(what)) => Refusal::new(
            "permission",
            shown
                .page
                .t("administration.roles.beyond")
                .arg("what", what),
        ),
        RoleError::InUse(users) => Refusal::new(
            "permission",
            shown
                .page
                .t("administration.roles.in_use")
                .arg("users", users),
        ),
        RoleError::TooMany => word("name", "too_many"),
        _ => return Err(problem(error)),
    };
    shown.refusal = refusal;
    again(&shown)
}

/// Whether who holds it must have a second factor.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Required {
    #[serde(default)]
    requires_second_factor: bool,
}

pub(super) async fn require(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    Path(text): Path<String>,
    Form(Required {
        requires_second_factor,
    }): Form<Required>,
) -> Result<Response, Problem> {
    let role = SystemRole::parse(&text).ok_or_else(|| no_role(&text))?;
    let done = roles
        .require_second_factor(&principal, role, requires_second_factor)
        .await;
    done.map_err(problem)?;
    Ok(go(&format!("{ROLES}/{text}")))
}
