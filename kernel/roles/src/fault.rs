//! What can go wrong with roles.

use regia_access::{AccessError, Denied, RoleId};
use regia_fault::{Category, Fault};
use regia_store::StoreError;
use thiserror::Error;

/// A failure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RoleError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The principal may not do this in the whole tenant.
    #[error("not allowed")]
    Denied(#[from] Denied),
    /// It takes more than the principal holds.
    #[error("refused by what the principal holds")]
    Access(#[from] AccessError),
    /// No own role has this number.
    #[error("there is no role {0}")]
    NoRole(RoleId),
    /// The name is empty, too long, or cannot be seen.
    #[error("the name {0}")]
    Name(&'static str),
    /// Another role has this name.
    #[error("there is a role {0} already")]
    NameTaken(String),
    /// Nobody declares this permission; the one that may have been meant.
    #[error("there is no permission {0}")]
    UnknownPermission(String, Option<&'static str>),
    /// So many users hold it.
    #[error("{0} users hold the role")]
    InUse(i64),
    /// A tenant has no room for more.
    #[error("there are too many roles")]
    TooMany,
}

impl From<RoleError> for Fault {
    fn from(error: RoleError) -> Self {
        use Category::{Conflict, Invalid, NotFound};
        match error {
            RoleError::Store(error) => error.into(),
            RoleError::Denied(denied) => denied.into(),
            RoleError::Access(error) => error.into(),
            RoleError::NoRole(id) => Self::new(
                NotFound,
                "access.no_role",
                format!("There is no role {id} that was made here."),
            ),
            RoleError::Name(reason) => Self::new(
                Invalid,
                "access.field_invalid",
                format!("The name {reason}."),
            ),
            RoleError::NameTaken(name) => Self::new(
                Conflict,
                "access.role_name_taken",
                format!("There is a role {name} already."),
            )
            .hint("Choose another name."),
            RoleError::UnknownPermission(name, nearest) => {
                let fault = Self::new(
                    Invalid,
                    "access.permission_unknown",
                    format!("There is no permission {name}."),
                );
                match nearest {
                    Some(nearest) => fault.hint(format!("The nearest is {nearest}.")),
                    None => fault.hint("All of them are listed at /api/v1/access/permissions."),
                }
            }
            RoleError::InUse(users) => Self::new(
                Conflict,
                "access.role_in_use",
                format!("The role is in use: {users} users hold it, now or later."),
            )
            .hint("Take it from them first."),
            RoleError::TooMany => Self::new(
                Conflict,
                "access.too_many_roles",
                "There are as many roles as there can be.",
            )
            .hint("Delete one of them first."),
        }
    }
}
