//! Mandates: who holds which role where, and from when to when.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use crate::UserId;
use crate::authority::{Allowed, Grant, SystemRole};

type Row = (i64, bool, Option<String>, Option<Vec<String>>);

/// What a user may do now, by the database's clock.
pub(crate) async fn list_in_force(
    tx: &mut Tx,
    tenant: TerritoryId,
    user: UserId,
) -> Result<Vec<Grant>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select m.area_id,
            not exists (select from kernel.territory t
                        where t.tenant_id = m.territory_id and t.parent_id = m.area_id),
            m.system_role, r.permissions
         from access.mandate m left join access.role r using (territory_id, role_id)
         where m.territory_id = $1 and m.user_id = $2
           and m.valid_from <= now() and (m.valid_until is null or m.valid_until > now())
         order by m.mandate_id",
    )
    .bind(tenant.0)
    .bind(user.0)
    .fetch_all(tx.conn())
    .await?;
    let grants = rows.into_iter().filter_map(|(area, is_leaf, role, own)| {
        // A role that a newer version made is none here.
        let allowed = match role {
            Some(role) => Allowed::Role(SystemRole::parse(&role)?),
            None => Allowed::These(own?.into_iter().collect()),
        };
        Some(Grant {
            area: TerritoryId(area),
            is_leaf,
            allowed,
        })
    });
    Ok(grants.collect())
}

/// Gives a user a role of the server in a territory, until it is taken away.
pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    role: SystemRole,
    area: TerritoryId,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into access.mandate (territory_id, user_id, system_role, area_id)
         values ($1, $2, $3, $4)",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(role.as_str())
    .bind(area.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}
