//! The rows of `kernel.territory`. The database shows those that the transaction reaches.

use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};

/// Which territories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Those that have none above them that is reached.
    Tops,
    /// Those right below this one.
    Below(TerritoryId),
    /// Those whose name has this in it, whatever its case.
    Named(String),
}

/// One territory on the way down to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number.
    pub id: TerritoryId,
    /// Its name.
    pub name: String,
}

/// A territory as a reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Territory {
    /// Its number.
    pub id: TerritoryId,
    /// The one above it; none at the top of the tenant, and where it is not reached.
    pub parent: Option<TerritoryId>,
    /// Its name.
    pub name: String,
    /// Its name after those above it, as far as they are reached.
    pub path: String,
    /// Whether there are others below it.
    pub has_below: bool,
}

type Row = (i64, Option<i64>, String, Option<String>, bool);

const COLUMNS: &str = "t.territory_id,
    (select above.territory_id from kernel.territory above where above.territory_id = t.parent_id),
    t.name, kernel.territory_path(t.territory_id),
    exists (select from kernel.territory b
            where b.tenant_id = t.tenant_id and b.parent_id = t.territory_id)";

fn territory((id, parent, name, path, has_below): Row) -> Territory {
    Territory {
        id: TerritoryId(id),
        parent: parent.map(TerritoryId),
        path: path.unwrap_or_else(|| name.clone()),
        name,
        has_below,
    }
}

/// By name, after the name and number given.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<&(String, i64)>,
    limit: Limit,
) -> Result<Vec<Territory>, StoreError> {
    // PostgreSQL refuses the character in text, so no name has it.
    let text = match filter {
        Filter::Named(text) => text.as_str(),
        Filter::Tops | Filter::Below(_) => "",
    };
    if text.contains('\0') || after.is_some_and(|(name, _)| name.contains('\0')) {
        return Ok(Vec::new());
    }
    let condition = match filter {
        Filter::Tops => {
            "t.parent_id is null or not exists
                 (select from kernel.territory above where above.territory_id = t.parent_id)"
        }
        Filter::Below(_) => "t.parent_id = $5",
        Filter::Named(_) => "position(lower($6) in lower(t.name)) > 0",
    };
    let statement = format!(
        "select {COLUMNS} from kernel.territory t
         where t.tenant_id = $1 and ({condition})
           and ($2::text is null or (lower(t.name), t.territory_id) > (lower($2), $3))
           and ($5::bigint is null or true) and ($6::text is null or true)
         order by lower(t.name), t.territory_id limit $4"
    );
    let below = match filter {
        Filter::Below(id) => Some(id.0),
        Filter::Tops | Filter::Named(_) => None,
    };
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(after.map(|(name, _)| name.as_str()))
        .bind(after.map(|(_, id)| *id))
        .bind(limit.rows_to_read())
        .bind(below)
        .bind(text)
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(territory).collect())
}

pub(crate) async fn get(tx: &mut Tx, id: TerritoryId) -> Result<Option<Territory>, StoreError> {
    let statement = format!(
        "select {COLUMNS} from kernel.territory t where t.tenant_id = $1 and t.territory_id = $2"
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(territory))
}

/// The way down to a territory, itself last, as far as it is reached.
pub(crate) async fn way_to(tx: &mut Tx, id: TerritoryId) -> Result<Vec<Step>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select t.territory_id, t.name
         from kernel.territory_above above
         join kernel.territory t on t.territory_id = above.ancestor_id
         where above.tenant_id = $1 and above.territory_id = $2
         order by (select count(*) from kernel.territory_above over_it
                   where over_it.territory_id = t.territory_id)",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_all(tx.conn())
    .await?;
    let step = |(id, name)| Step {
        id: TerritoryId(id),
        name,
    };
    Ok(rows.into_iter().map(step).collect())
}

/// Whoever changes a tenant's tree comes alone: two moves at once could make a circle.
pub(crate) async fn one_at_a_time(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('kernel territory', $1))")
        .bind(tx.territory().0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How many stand above it, itself among them, and how many levels it is high. All of them count,
/// reached or not.
pub(crate) async fn levels(tx: &mut Tx, id: TerritoryId) -> Result<(i64, i64), StoreError> {
    Ok(sqlx::query_as(
        "select (select count(*) from kernel.territory_above
                 where tenant_id = $1 and territory_id = $2),
            (select coalesce(max(high), 0) from
                 (select count(*) as high from kernel.territory_above below
                  join kernel.territory_above between on between.tenant_id = $1
                       and between.ancestor_id = $2 and between.territory_id = below.ancestor_id
                  where below.tenant_id = $1 and below.territory_id in
                       (select territory_id from kernel.territory_above
                        where tenant_id = $1 and ancestor_id = $2)
                  group by below.territory_id) as of_each)",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_one(tx.conn())
    .await?)
}

/// Whether the one stands in the other, or is it.
pub(crate) async fn stands_in(
    tx: &mut Tx,
    id: TerritoryId,
    above: TerritoryId,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from kernel.territory_above
                        where tenant_id = $1 and territory_id = $2 and ancestor_id = $3)",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(above.0)
    .fetch_one(tx.conn())
    .await?)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    parent: TerritoryId,
    name: &str,
) -> Result<TerritoryId, StoreError> {
    // What a statement returns must be in sight, and a new territory comes into sight after it.
    sqlx::query("insert into kernel.territory (tenant_id, parent_id, name) values ($1, $2, $3)")
        .bind(tx.territory().0)
        .bind(parent.0)
        .bind(name)
        .execute(tx.conn())
        .await?;
    let id = sqlx::query_scalar(
        "select territory_id from kernel.territory
         where tenant_id = $1 and parent_id = $2 and lower(name) = lower($3)",
    )
    .bind(tx.territory().0)
    .bind(parent.0)
    .bind(name)
    .fetch_one(tx.conn())
    .await?;
    Ok(TerritoryId(id))
}

pub(crate) async fn rename(tx: &mut Tx, id: TerritoryId, name: &str) -> Result<(), StoreError> {
    sqlx::query("update kernel.territory set name = $3 where tenant_id = $1 and territory_id = $2")
        .bind(tx.territory().0)
        .bind(id.0)
        .bind(name)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(crate) async fn place(
    tx: &mut Tx,
    id: TerritoryId,
    parent: TerritoryId,
) -> Result<(), StoreError> {
    sqlx::query(
        "update kernel.territory set parent_id = $3 where tenant_id = $1 and territory_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(parent.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: TerritoryId) -> Result<(), StoreError> {
    sqlx::query("delete from kernel.territory where tenant_id = $1 and territory_id = $2")
        .bind(tx.territory().0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A territory with none above it: a tenant.
pub(crate) async fn insert_tenant(tx: &mut Tx, name: &str) -> Result<TerritoryId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into kernel.territory (parent_id, name) values (null, $1) returning territory_id",
    )
    .bind(name)
    .fetch_one(tx.conn())
    .await?;
    Ok(TerritoryId(id))
}

/// Whether a tenant has this name, whatever its case.
pub(crate) async fn is_tenant(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from kernel.territory
                        where parent_id is null and lower(name) = lower($1))",
    )
    .bind(name)
    .fetch_one(tx.conn())
    .await?)
}

/// By number, after the one given: number and name.
pub(crate) async fn list_tenants(
    tx: &mut Tx,
    after: Option<TerritoryId>,
    limit: Limit,
) -> Result<Vec<(i64, String)>, StoreError> {
    Ok(sqlx::query_as(
        "select territory_id, name from kernel.territory
         where parent_id is null and ($1::bigint is null or territory_id > $1)
         order by territory_id limit $2",
    )
    .bind(after.map(|id| id.0))
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?)
}
