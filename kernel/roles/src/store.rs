//! The rows of roles.

use std::collections::BTreeSet;

use regia_access::{RoleId, SystemRole};
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use time::OffsetDateTime;

use crate::roles::Draft;

/// A role that the tenant made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRole {
    /// Its number.
    pub id: RoleId,
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub permissions: BTreeSet<String>,
    /// Whether who holds it must have a second factor.
    pub requires_second_factor: bool,
    /// Users who hold it, now or later.
    pub users: i64,
    /// When it was last changed.
    pub changed_at: OffsetDateTime,
}

/// How a role that comes with the server stands in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemRoleRule {
    /// Which.
    pub role: SystemRole,
    /// Whether who holds it must have a second factor.
    pub requires_second_factor: bool,
    /// Users who hold it, now or later.
    pub users: i64,
}

type Row = (i64, String, Vec<String>, bool, i64, OffsetDateTime);

const COLUMNS: &str = "r.role_id, r.name, r.permissions, r.requires_second_factor,
    (select count(distinct m.user_id) from access.mandate m
     where m.territory_id = r.territory_id and m.role_id = r.role_id
       and (m.valid_until is null or m.valid_until > now())),
    r.changed_at";

fn own_role((id, name, permissions, requires_second_factor, users, changed_at): Row) -> OwnRole {
    OwnRole {
        id: RoleId(id),
        name,
        permissions: permissions.into_iter().collect(),
        requires_second_factor,
        users,
        changed_at,
    }
}

/// By name, after the one given.
pub(crate) async fn list(
    tx: &mut Tx,
    after: Option<&str>,
    limit: Limit,
) -> Result<Vec<OwnRole>, StoreError> {
    // PostgreSQL refuses the character in text, so no name has it.
    if after.is_some_and(|after| after.contains('\0')) {
        return Ok(Vec::new());
    }
    let statement = format!(
        "select {COLUMNS} from access.role r
         where r.territory_id = $1 and ($2::text is null or lower(r.name) > lower($2))
         order by lower(r.name) limit $3"
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(after)
        .bind(limit.rows_to_read())
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(own_role).collect())
}

pub(crate) async fn get(tx: &mut Tx, id: RoleId) -> Result<Option<OwnRole>, StoreError> {
    let statement =
        format!("select {COLUMNS} from access.role r where r.territory_id = $1 and r.role_id = $2");
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(own_role))
}

/// As [`get`], and nobody gives, changes or deletes the role until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: RoleId) -> Result<Option<OwnRole>, StoreError> {
    let held: Option<i64> = sqlx::query_scalar(
        "select role_id from access.role where territory_id = $1 and role_id = $2 for update",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    match held {
        Some(_) => get(tx, id).await,
        None => Ok(None),
    }
}

pub(crate) async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(
        sqlx::query_scalar("select count(*) from access.role where territory_id = $1")
            .bind(tx.territory().0)
            .fetch_one(tx.conn())
            .await?,
    )
}

fn names(draft: &Draft) -> Vec<&str> {
    draft.permissions.iter().map(String::as_str).collect()
}

pub(crate) async fn insert(tx: &mut Tx, name: &str, draft: &Draft) -> Result<RoleId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into access.role (territory_id, name, permissions, requires_second_factor)
         values ($1, $2, $3, $4) returning role_id",
    )
    .bind(tx.territory().0)
    .bind(name)
    .bind(names(draft))
    .bind(draft.requires_second_factor)
    .fetch_one(tx.conn())
    .await?;
    Ok(RoleId(id))
}

pub(crate) async fn change(
    tx: &mut Tx,
    id: RoleId,
    name: &str,
    draft: &Draft,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.role set name = $3, permissions = $4, requires_second_factor = $5,
             changed_at = now()
         where territory_id = $1 and role_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(name)
    .bind(names(draft))
    .bind(draft.requires_second_factor)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// With the mandates that are over.
pub(crate) async fn delete(tx: &mut Tx, id: RoleId) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.mandate where territory_id = $1 and role_id = $2
             and valid_until <= now()",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    sqlx::query("delete from access.role where territory_id = $1 and role_id = $2")
        .bind(tx.territory().0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// All five, the least first.
pub(crate) async fn rules(tx: &mut Tx) -> Result<Vec<SystemRoleRule>, StoreError> {
    let names: Vec<&str> = SystemRole::ALL.iter().map(|role| role.as_str()).collect();
    let rows: Vec<(String, bool, i64)> = sqlx::query_as(
        "select role.name, coalesce(rule.requires_second_factor, false),
            (select count(distinct m.user_id) from access.mandate m
             where m.territory_id = $1 and m.system_role = role.name
               and (m.valid_until is null or m.valid_until > now()))
         from unnest($2::text[]) with ordinality as role (name, place)
         left join access.system_role_rule rule
              on rule.territory_id = $1 and rule.system_role = role.name
         order by role.place",
    )
    .bind(tx.territory().0)
    .bind(names)
    .fetch_all(tx.conn())
    .await?;
    let rule = |(name, requires_second_factor, users): (String, bool, i64)| {
        Some(SystemRoleRule {
            role: SystemRole::parse(&name)?,
            requires_second_factor,
            users,
        })
    };
    Ok(rows.into_iter().filter_map(rule).collect())
}

pub(crate) async fn set_rule(
    tx: &mut Tx,
    role: SystemRole,
    requires_second_factor: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into access.system_role_rule (territory_id, system_role, requires_second_factor)
         values ($1, $2, $3)
         on conflict (territory_id, system_role) do update
             set requires_second_factor = excluded.requires_second_factor, changed_at = now()",
    )
    .bind(tx.territory().0)
    .bind(role.as_str())
    .bind(requires_second_factor)
    .execute(tx.conn())
    .await?;
    Ok(())
}
