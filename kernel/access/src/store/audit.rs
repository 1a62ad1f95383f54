//! The audit trail: rows are only ever added.

use regia_store::{StoreError, Tx};

use crate::Principal;
use crate::audit::Entry;

pub(crate) async fn insert(
    tx: &mut Tx,
    principal: &Principal,
    entry: Entry,
) -> Result<(), StoreError> {
    let origin = principal.origin();
    sqlx::query(
        "insert into access.audit
             (territory_id, actor_kind, actor_id, actor_name, action, object, before, after,
              address, trace_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(tx.territory().0)
    .bind(principal.kind())
    .bind(principal.id())
    .bind(principal.name())
    .bind(entry.action)
    .bind(&*entry.object)
    .bind(entry.before)
    .bind(entry.after)
    .bind(
        origin
            .and_then(|origin| origin.address)
            .map(|address| address.to_string()),
    )
    .bind(origin.and_then(|origin| origin.trace_id.as_deref()))
    .execute(tx.conn())
    .await?;
    Ok(())
}
