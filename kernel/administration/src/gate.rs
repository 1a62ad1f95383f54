//! Who may look at users and change them.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use regia_access::{Permission, SystemRole};
use regia_fault::Fault;
use regia_web::{Caller, Problem};

/// Users, their roles, their state and their logins. They belong to no territory.
pub const USER_READ: Permission = Permission::new(
    "access.user.read",
    SystemRole::Administrator,
    "See users, their roles, their state and their logins.",
)
.in_whole();

/// Inviting, resetting, suspending and deleting them. Whoever can give somebody a new password can
/// become them, so it takes what the most powerful of them has.
pub const USER_WRITE: Permission = Permission::new(
    "access.user.write",
    SystemRole::SuperAdministrator,
    "Make, suspend and delete users; renew how they log in; give them roles.",
)
.in_whole();

/// All of them, with those of roles and of the tree.
pub const PERMISSIONS: [Permission; 6] = [
    regia_roles::READ,
    regia_roles::WRITE,
    USER_READ,
    USER_WRITE,
    regia_territories::READ,
    regia_territories::WRITE,
];

/// Lets through who may do this in the whole of their tenant, whose users these are.
pub(crate) async fn administrators(
    Caller(principal): Caller,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let permission = match request.method().is_safe() {
        true => &USER_READ,
        false => &USER_WRITE,
    };
    principal.scope(permission).map_err(Fault::from)?;
    Ok(next.run(request).await)
}
