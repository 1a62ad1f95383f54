//! Mandates: who holds which role where, and from when to when.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;

use super::few::{few, few_below};
use crate::authority::{Allowed, Grant, SystemRole};
use crate::mandates::{Mandate, NewMandate, Role, Standing};
use crate::{MandateId, RoleId, UserId};

/// A territory with those below it, and the role of the server or the permissions held there; none for
/// a user without a mandate. Then whether single things were handed to the user, and whether the role
/// takes a second factor.
type HeldRow = (
    Option<i64>,
    Vec<i64>,
    Option<String>,
    Option<Vec<String>>,
    bool,
    bool,
);

/// What somebody may do now, by the database's clock.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    /// By their mandates.
    pub(crate) grants: Vec<Grant>,
    /// Whether single things were ever handed to them.
    pub(crate) was_handed: bool,
    /// Whether a role of theirs takes a second factor.
    pub(crate) takes_second_factor: bool,
}

/// What a user may do now.
pub(crate) async fn list_in_force(
    tx: &mut Tx,
    tenant: TerritoryId,
    user: UserId,
) -> Result<InForce, StoreError> {
    let below = few_below("m.territory_id", "m.area_id");
    let rows: Vec<HeldRow> = sqlx::query_as(AssertSqlSafe(format!(
        "select m.area_id, {below}, m.system_role, r.permissions, u.was_handed,
            coalesce(r.requires_second_factor, s.requires_second_factor, false)
         from access.user_account u
         left join access.mandate m on m.territory_id = u.territory_id and m.user_id = u.user_id
              and m.valid_from <= now() and (m.valid_until is null or m.valid_until > now())
         left join access.role r on r.territory_id = m.territory_id and r.role_id = m.role_id
         left join access.system_role_rule s
              on s.territory_id = m.territory_id and s.system_role = m.system_role
         where u.territory_id = $1 and u.user_id = $2
         order by m.mandate_id"
    )))
    .bind(tenant.0)
    .bind(user.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(in_force(rows))
}

/// The same, as far as it lies in an area: of a mandate's territory and the area the lower one, where
/// one stands above the other.
pub(crate) async fn list_in_force_within(
    tx: &mut Tx,
    (tenant, user): (TerritoryId, UserId),
    area: TerritoryId,
) -> Result<InForce, StoreError> {
    let below = few_below("$1", "common.area_id");
    let rows: Vec<HeldRow> = sqlx::query_as(AssertSqlSafe(format!(
        "select common.area_id, {below}, m.system_role, r.permissions, u.was_handed, false
         from access.user_account u
         left join access.mandate m on m.territory_id = u.territory_id and m.user_id = u.user_id
              and m.valid_from <= now() and (m.valid_until is null or m.valid_until > now())
         left join access.role r on r.territory_id = m.territory_id and r.role_id = m.role_id
         left join lateral (
             select a.territory_id as area_id from kernel.territory_above a
             where a.tenant_id = $1
               and (a.ancestor_id, a.territory_id) in ((m.area_id, $3), ($3, m.area_id))
             limit 1
         ) common on true
         where u.territory_id = $1 and u.user_id = $2
         order by m.mandate_id"
    )))
    .bind(tenant.0)
    .bind(user.0)
    .bind(area.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(in_force(rows))
}

fn in_force(rows: Vec<HeldRow>) -> InForce {
    let mut found = InForce::default();
    for (area, below, role, own, was_handed, takes_second_factor) in rows {
        found.was_handed |= was_handed;
        found.takes_second_factor |= takes_second_factor;
        if let (Some(area), Some(allowed)) = (area, allowed(role.as_deref(), own)) {
            found.grants.push(Grant {
                area: TerritoryId(area),
                few: few(below),
                allowed,
            });
        }
    }
    found
}

/// None for a role that a newer version made, which is none here.
fn allowed(role: Option<&str>, own: Option<Vec<String>>) -> Option<Allowed> {
    match role {
        Some(role) => Some(Allowed::Role(SystemRole::parse(role)?)),
        None => Some(Allowed::These(own?.into_iter().collect())),
    }
}

/// What a user may do now or later, and where.
pub(crate) async fn list_not_over(
    tx: &mut Tx,
    user: UserId,
) -> Result<Vec<(Allowed, TerritoryId)>, StoreError> {
    let rows: Vec<(i64, Option<String>, Option<Vec<String>>)> = sqlx::query_as(
        "select m.area_id, m.system_role, r.permissions
         from access.mandate m left join access.role r using (territory_id, role_id)
         where m.territory_id = $1 and m.user_id = $2
           and (m.valid_until is null or m.valid_until > now())",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_all(tx.conn())
    .await?;
    let gifts = rows
        .into_iter()
        .filter_map(|(area, role, own)| Some((allowed(role.as_deref(), own)?, TerritoryId(area))));
    Ok(gifts.collect())
}

/// A territory of the tenant with every one above it; none where there is no such territory.
///
/// # Errors
/// As any statement.
pub async fn above(tx: &mut Tx, area: TerritoryId) -> Result<Vec<TerritoryId>, StoreError> {
    let above: Vec<i64> = sqlx::query_scalar(
        "select ancestor_id from kernel.territory_above where tenant_id = $1 and territory_id = $2",
    )
    .bind(tx.territory().0)
    .bind(area.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(above.into_iter().map(TerritoryId).collect())
}

/// The permissions of a role that the tenant made, which stays until the end of the transaction.
pub(crate) async fn hold_role(
    tx: &mut Tx,
    role: RoleId,
) -> Result<Option<Vec<String>>, StoreError> {
    Ok(sqlx::query_scalar(
        "select permissions from access.role where territory_id = $1 and role_id = $2 for share",
    )
    .bind(tx.territory().0)
    .bind(role.0)
    .fetch_optional(tx.conn())
    .await?)
}

/// Whether the tenant has this user.
pub(crate) async fn is_user(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    find_user(tx, user, "").await
}

/// The same, and no other transaction changes them until the end of this one.
///
/// # Errors
/// As any statement.
pub async fn lock_user(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    find_user(tx, user, "for update").await
}

async fn find_user(tx: &mut Tx, user: UserId, locking: &'static str) -> Result<bool, StoreError> {
    let statement = format!(
        "select user_id from access.user_account where territory_id = $1 and user_id = $2 {locking}"
    );
    let found: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(user.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.is_some())
}

type Row = (
    i64,
    Option<String>,
    Option<i64>,
    Option<String>,
    i64,
    Option<String>,
    OffsetDateTime,
    Option<OffsetDateTime>,
    bool,
    bool,
);

pub(crate) async fn list(tx: &mut Tx, user: UserId) -> Result<Vec<Mandate>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select m.mandate_id, m.system_role, m.role_id, r.name, m.area_id,
            kernel.territory_path(m.area_id), m.valid_from, m.valid_until,
            m.valid_from > now(), coalesce(m.valid_until <= now(), false)
         from access.mandate m left join access.role r using (territory_id, role_id)
         where m.territory_id = $1 and m.user_id = $2
         order by m.mandate_id desc",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(mandate).collect())
}

fn mandate(row: Row) -> Option<Mandate> {
    let (id, system, own, role_name, area, path, valid_from, valid_until, coming, over) = row;
    let role = match (system, own) {
        (Some(name), _) => Role::System(SystemRole::parse(&name)?),
        (None, own) => Role::Own(RoleId(own?)),
    };
    Some(Mandate {
        id: MandateId(id),
        role,
        role_name,
        area: TerritoryId(area),
        path: path.unwrap_or_default(),
        valid_from,
        valid_until,
        standing: match (coming, over) {
            (true, _) => Standing::Coming,
            (false, true) => Standing::Over,
            (false, false) => Standing::InForce,
        },
    })
}

/// How many a user has.
pub(crate) async fn count(tx: &mut Tx, user: UserId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "select count(*) from access.mandate where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?)
}

/// How many users have one in this territory that is not over.
pub(crate) async fn count_holders(tx: &mut Tx, area: TerritoryId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "select count(distinct user_id) from access.mandate
         where territory_id = $1 and area_id = $2 and (valid_until is null or valid_until > now())",
    )
    .bind(tx.territory().0)
    .bind(area.0)
    .fetch_one(tx.conn())
    .await?)
}

/// None when it would end before it begins.
pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    area: TerritoryId,
    mandate: &NewMandate,
) -> Result<Option<MandateId>, StoreError> {
    let (system, own) = match mandate.role {
        Role::System(role) => (Some(role.as_str()), None),
        Role::Own(id) => (None, Some(id.0)),
    };
    let id: Option<i64> = sqlx::query_scalar(
        "insert into access.mandate
             (territory_id, user_id, system_role, role_id, area_id, valid_from, valid_until)
         select $1, $2, $3, $4, $5, coalesce($6, now()), $7
         where $7::timestamptz is null or $7 > coalesce($6, now())
         returning mandate_id",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(system)
    .bind(own)
    .bind(area.0)
    .bind(mandate.valid_from)
    .bind(mandate.valid_until)
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(MandateId))
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId, id: MandateId) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.mandate where territory_id = $1 and user_id = $2 and mandate_id = $3",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whoever asks who is left comes alone: two administrators may suspend each other.
pub(crate) async fn one_at_a_time(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('access super administrator', $1))")
        .bind(tx.territory().0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a user may log in and has everything in the whole tenant for good. A mandate with an end
/// does not count: with the last one that has none, the tenant would lock itself out in time.
pub(crate) async fn is_super_administrator(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    super_administrators(tx, user, "u.user_id = $2").await
}

/// Whether there is another such user.
pub(crate) async fn any_other_super_administrator(
    tx: &mut Tx,
    user: UserId,
) -> Result<bool, StoreError> {
    super_administrators(tx, user, "u.user_id <> $2").await
}

async fn super_administrators(
    tx: &mut Tx,
    user: UserId,
    condition: &'static str,
) -> Result<bool, StoreError> {
    let statement = format!(
        "select exists (
             select from access.mandate m join access.user_account u using (territory_id, user_id)
             where m.territory_id = $1 and {condition} and m.system_role = 'super_administrator'
               and m.area_id = m.territory_id and m.valid_from <= now() and m.valid_until is null
               and u.state = 'active' and u.password_hash is not null)"
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(user.0)
        .fetch_one(tx.conn())
        .await?)
}
