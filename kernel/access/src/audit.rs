//! Lines of the audit trail about what a principal did.

use regia_audit::Actor;
pub use regia_audit::Entry;
use regia_store::{StoreError, Tx};

use crate::Principal;

/// Who did something, as the trail names them.
#[must_use]
pub fn actor(principal: &Principal) -> Actor<'_> {
    let origin = principal.origin();
    Actor {
        kind: principal.kind(),
        id: principal.id(),
        name: principal.name(),
        address: origin.and_then(|origin| origin.address),
        trace_id: origin.and_then(|origin| origin.trace_id.as_deref()),
    }
}

/// Writes the entry; it stands when `tx` commits, together with the change.
///
/// # Errors
/// As [`regia_audit::record`].
pub async fn record(tx: &mut Tx, principal: &Principal, entry: Entry) -> Result<(), StoreError> {
    regia_audit::record(tx, actor(principal), entry).await
}
