//! Who may look.

use regia_access::{Denied, Permission, Principal, SystemRole};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_store::Areas;
use regia_web::Problem;

/// The audit trail of the whole tenant, and its check.
pub const AUDIT_READ: Permission =
    Permission::new("access.audit.read", SystemRole::Administrator).in_whole();

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
