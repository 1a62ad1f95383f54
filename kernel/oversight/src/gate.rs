//! Who may look.

use regia_access::{Denied, Permission, Principal, SystemRole};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_store::Areas;
use regia_web::Problem;

/// The audit trail of the whole tenant, and its check.
pub(crate) const AUDIT_READ: Permission = Permission::new(
    "access.audit.read",
    SystemRole::Administrator,
    "Read and export the audit trail, and check it for tampering.",
)
.in_whole();

/// The security log of the whole tenant.
pub(crate) const SECURITY_READ: Permission = Permission::new(
    "access.security.read",
    SystemRole::Administrator,
    "Read and export the security log, and see who is kept out.",
)
.in_whole();

/// Keeping addresses out of console and API, and letting them in again.
pub(crate) const SECURITY_WRITE: Permission = Permission::new(
    "access.security.write",
    SystemRole::SuperAdministrator,
    "Keep addresses out of console and API, and let them in again.",
)
.in_whole();

/// All of them.
pub const PERMISSIONS: [Permission; 3] = [AUDIT_READ, SECURITY_READ, SECURITY_WRITE];

/// Somebody who may do this in the whole of the first tenant: bans count for everybody.
pub(crate) fn everywhere(principal: &Principal, permission: &Permission) -> Result<(), Problem> {
    match tenant(principal, permission)? {
        TerritoryId::ROOT => Ok(()),
        _ => Err(Fault::from(Denied {
            permission: permission.name,
        })
        .into()),
    }
}

/// The tenant of somebody who may do this in all of it.
pub(crate) fn tenant(
    principal: &Principal,
    permission: &Permission,
) -> Result<TerritoryId, Problem> {
    match principal.scope(permission) {
        Ok(scope) if scope.areas == Areas::Whole => Ok(scope.tenant),
        _ => Err(Fault::from(Denied {
            permission: permission.name,
        })
        .into()),
    }
}
