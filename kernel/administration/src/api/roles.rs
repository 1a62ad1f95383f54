//! Roles as the API shows them.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod permissions;
pub(super) mod require;

use std::collections::BTreeSet;

use regia_access::{Catalogue, Role, SystemRole};
use regia_fault::Fault;
use regia_roles::{Draft, OwnRole, RoleError, SystemRoleRule};
use regia_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleOut {
    /// The name of a role that comes with the server, or the number of one that the tenant made.
    #[schema(example = "operator")]
    role: String,
    /// What the tenant called it; absent for roles of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// What it allows.
    permissions: Vec<String>,
    /// Whether who holds it must have a second factor.
    requires_second_factor: bool,
    /// Users who hold it, now or later.
    users: i64,
}

impl From<OwnRole> for RoleOut {
    fn from(role: OwnRole) -> Self {
        Self {
            role: Role::Own(role.id).to_string(),
            name: Some(role.name),
            permissions: role.permissions.into_iter().collect(),
            requires_second_factor: role.requires_second_factor,
            users: role.users,
        }
    }
}

impl RoleOut {
    pub(super) fn of_system(rule: SystemRoleRule, catalogue: &Catalogue) -> Self {
        Self {
            role: rule.role.as_str().to_owned(),
            name: None,
            permissions: allowed_to(rule.role, catalogue),
            requires_second_factor: rule.requires_second_factor,
            users: rule.users,
        }
    }
}

/// What a role of the server has.
pub(crate) fn allowed_to(role: SystemRole, catalogue: &Catalogue) -> Vec<String> {
    let has = catalogue
        .all()
        .filter(|permission| role >= permission.least);
    has.map(|permission| permission.name.to_owned()).collect()
}

/// A role as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleIn {
    /// What it is called: 1 to 64 characters, unlike the others.
    name: String,
    /// What it allows; `GET /api/v1/access/permissions` lists what there is.
    permissions: BTreeSet<String>,
    /// Whether who holds it must have a second factor.
    #[serde(default)]
    requires_second_factor: bool,
}

impl From<RoleIn> for Draft {
    fn from(role: RoleIn) -> Self {
        Self {
            name: role.name,
            permissions: role.permissions,
            requires_second_factor: role.requires_second_factor,
        }
    }
}

/// As it is answered, with the field that is wrong.
pub(crate) fn problem(error: RoleError) -> Problem {
    let wrong = match &error {
        RoleError::Name(reason) => Some(("name", (*reason).to_owned())),
        RoleError::UnknownPermission(name, _) => {
            Some(("permissions", format!("{name} is none that there is")))
        }
        _ => None,
    };
    let problem = Problem::from(Fault::from(error));
    match wrong {
        Some((field, reason)) => problem.field(field, reason),
        None => problem,
    }
}

/// A role that a path names.
pub(super) fn named(text: &str) -> Result<Role, Problem> {
    text.parse().map_err(|_| {
        let detail = format!("There is no role {text}.");
        Problem::new(http::StatusCode::NOT_FOUND, "access.no_role", detail)
    })
}
