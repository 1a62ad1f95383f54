//! The rows of the trail: only ever added.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use time::{Date, OffsetDateTime};

use super::{bounds, mac};
use crate::chain::{Mac, Row};
use crate::{Actor, Entry};

/// Signed before it is written: number, time and JSON are taken as PostgreSQL will keep them.
pub(crate) async fn insert(tx: &mut Tx, actor: Actor<'_>, entry: Entry) -> Result<(), StoreError> {
    let key = tx.signing_key()?;
    let (entry_id, recorded_at, before, after): (i64, _, _, _) = sqlx::query_as(
        "select nextval('access.audit_entry_id_seq'), now(), $1::jsonb::text, $2::jsonb::text",
    )
    .bind(entry.before)
    .bind(entry.after)
    .fetch_one(tx.conn())
    .await?;
    let row = Row {
        tenant: tx.territory(),
        entry_id,
        recorded_at,
        actor_kind: actor.kind.to_owned(),
        actor_id: actor.id,
        actor_name: actor.name.to_owned(),
        action: entry.action.to_owned(),
        object: entry.object.into_owned(),
        before,
        after,
        address: actor.address.map(|address| address.to_string()),
        trace_id: actor.trace_id.map(str::to_owned),
    };
    let mac = row.mac(&key);
    insert_signed(tx, row, &mac).await
}

/// Writes the row, and that it waits for a block.
pub(crate) async fn insert_signed(tx: &mut Tx, row: Row, mac: &Mac) -> Result<(), StoreError> {
    sqlx::query(
        "with entry as (
             insert into access.audit
                 (territory_id, entry_id, recorded_at, actor_kind, actor_id, actor_name, action,
                  object, before, after, address, trace_id, mac)
             overriding system value
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10::jsonb, $11, $12, $13))
         insert into access.audit_unsealed (territory_id, recorded_at, entry_id)
         values ($1, $3, $2)",
    )
    .bind(row.tenant.0)
    .bind(row.entry_id)
    .bind(row.recorded_at)
    .bind(row.actor_kind)
    .bind(row.actor_id)
    .bind(row.actor_name)
    .bind(row.action)
    .bind(row.object)
    .bind(row.before)
    .bind(row.after)
    .bind(row.address)
    .bind(row.trace_id)
    .bind(mac.as_slice())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A row with the hash that stands beside it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub row: Row,
    pub mac: Option<Mac>,
}

fn stored(found: &PgRow) -> Result<Stored, StoreError> {
    let signed: Option<Vec<u8>> = found.try_get("mac")?;
    Ok(Stored {
        row: Row {
            tenant: TerritoryId(found.try_get("territory_id")?),
            entry_id: found.try_get("entry_id")?,
            recorded_at: found.try_get("recorded_at")?,
            actor_kind: found.try_get("actor_kind")?,
            actor_id: found.try_get("actor_id")?,
            actor_name: found.try_get("actor_name")?,
            action: found.try_get("action")?,
            object: found.try_get("object")?,
            before: found.try_get("before_text")?,
            after: found.try_get("after_text")?,
            address: found.try_get("address")?,
            trace_id: found.try_get("trace_id")?,
        },
        mac: signed.as_deref().map(mac).transpose()?,
    })
}

/// The rows of a day with these numbers.
pub(crate) async fn list_of(
    tx: &mut Tx,
    day: Date,
    entry_ids: &[i64],
) -> Result<Vec<Stored>, StoreError> {
    let (from, to) = bounds(day);
    let rows = sqlx::query(
        "select territory_id, entry_id, recorded_at, actor_kind, actor_id, actor_name, action, object,
                before::text as before_text, after::text as after_text, address, trace_id, mac
         from access.audit
         where territory_id = $1 and recorded_at >= $2 and recorded_at < $3
           and entry_id = any ($4)",
    )
    .bind(tx.territory().0)
    .bind(from)
    .bind(to)
    .bind(entry_ids)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(stored).collect()
}

/// A row that is in no block.
#[derive(Debug)]
pub(crate) struct Loose {
    pub entry_id: i64,
    /// Whether the next block takes it.
    pub waits: bool,
    /// Whether it has a hash at all.
    pub is_signed: bool,
}

/// Rows of a day that no block of that day names, in the order of their numbers; those without a hash
/// from before `legacy_until` are left out, and counted by [`count_legacy`].
pub(crate) async fn list_loose(
    tx: &mut Tx,
    day: Date,
    legacy_until: OffsetDateTime,
    after: i64,
    limit: i64,
) -> Result<Vec<Loose>, StoreError> {
    let (from, to) = bounds(day);
    let rows: Vec<(i64, bool, bool)> = sqlx::query_as(
        "with sealed as (
             select distinct unnest(entry_ids) as entry_id from access.audit_block
             where territory_id = $1 and day = $4)
         select a.entry_id, u.entry_id is not null, a.mac is not null
         from access.audit a
         left join sealed s on s.entry_id = a.entry_id
         left join access.audit_unsealed u
             on u.territory_id = a.territory_id and u.recorded_at = a.recorded_at
             and u.entry_id = a.entry_id
         where a.territory_id = $1 and a.recorded_at >= $2 and a.recorded_at < $3
           and s.entry_id is null and a.entry_id > $5
           and not (a.mac is null and a.recorded_at < $6)
         order by a.entry_id limit $7",
    )
    .bind(tx.territory().0)
    .bind(from)
    .bind(to)
    .bind(day)
    .bind(after)
    .bind(legacy_until)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let loose = |(entry_id, waits, is_signed)| Loose {
        entry_id,
        waits,
        is_signed,
    };
    Ok(rows.into_iter().map(loose).collect())
}

/// Rows of a day without a hash, from before there were any.
pub(crate) async fn count_legacy(
    tx: &mut Tx,
    day: Date,
    legacy_until: OffsetDateTime,
) -> Result<i64, StoreError> {
    let (from, to) = bounds(day);
    Ok(sqlx::query_scalar(
        "select count(*) from access.audit
         where territory_id = $1 and recorded_at >= $2 and recorded_at < least($3, $4)
           and mac is null",
    )
    .bind(tx.territory().0)
    .bind(from)
    .bind(to)
    .bind(legacy_until)
    .fetch_one(tx.conn())
    .await?)
}

/// When the first row that is kept was written.
pub(crate) async fn first_at(tx: &mut Tx) -> Result<Option<OffsetDateTime>, StoreError> {
    Ok(
        sqlx::query_scalar("select min(recorded_at) from access.audit where territory_id = $1")
            .bind(tx.territory().0)
            .fetch_one(tx.conn())
            .await?,
    )
}

/// The newest rows of an action, with their hashes.
pub(crate) async fn newest_of(
    tx: &mut Tx,
    action: &str,
    since: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query(
        "select territory_id, entry_id, recorded_at, actor_kind, actor_id, actor_name, action, object,
                before::text as before_text, after::text as after_text, address, trace_id, mac
         from access.audit
         where territory_id = $1 and action = $2 and recorded_at >= $3
         order by recorded_at desc, entry_id desc limit $4",
    )
    .bind(tx.territory().0)
    .bind(action)
    .bind(since)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(stored).collect()
}
