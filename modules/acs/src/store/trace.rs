//! Protocol traces: the switch on the device row, and the messages.

use regia_store::page::{Limit, Page};
use regia_store::partitions::{self, DailyTable};
use regia_store::{Store, StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use time::{Duration, OffsetDateTime};

use crate::model::identity::DeviceId;
use crate::model::trace::{Kept, Kind, MAX_BYTES, Message, ROW_BYTES, Remark, Trace};

/// Hours for which messages are shown.
const SHOWN: Duration = Duration::hours(24);

/// Bytes that are left when a trace was full: so that not every message makes room for itself.
const ROOMY_BYTES: i64 = MAX_BYTES / 10 * 9;

const TABLE: DailyTable = DailyTable::new("acs", "trace_message");

/// Days for which partitions are made ahead: a node that is down over a long weekend may come back
/// before housekeeping ran.
const DAYS_AHEAD: u16 = 7;

/// Makes the partitions of the coming days and drops those of which nothing is shown any more.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn keep_partitions(store: &Store, now: OffsetDateTime) -> Result<(), StoreError> {
    let today = now.date();
    partitions::ensure(store, TABLE, today, DAYS_AHEAD).await?;
    if let Some(first_kept) = today.previous_day() {
        partitions::drop_older(store, TABLE, first_kept).await?;
    }
    Ok(())
}

/// Switches the trace of a device on, or its end to another time; until when it now runs.
///
/// # Errors
/// When the database does not take it, or there is no such device.
pub(crate) async fn start(
    tx: &mut Tx,
    device: DeviceId,
    minutes: u32,
    by: &str,
) -> Result<Option<OffsetDateTime>, StoreError> {
    let row = sqlx::query(
        "update acs.device set trace_until = now() + make_interval(mins => $3::int)
         where territory_id = $1 and device_id = $2 returning trace_until",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(i64::from(minutes))
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    sqlx::query(
        "insert into acs.trace (territory_id, device_id, started_by) values ($1, $2, $3)
         on conflict (territory_id, device_id)
         do update set started_at = now(), started_by = excluded.started_by, rolled = 0",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(row.try_get("trace_until")?)
}

/// Switches the trace of a device off; whether it was on.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn stop(tx: &mut Tx, device: DeviceId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.device d set trace_until = null
         from (select trace_until > now() as running from acs.device
               where territory_id = $1 and device_id = $2 for update) before
         where territory_id = $1 and device_id = $2 and before.running",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets the messages of a device that is about to be deleted.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn forget(tx: &mut Tx, device: DeviceId) -> Result<(), StoreError> {
    sqlx::query("delete from acs.trace_message where territory_id = $1 and device_id = $2")
        .bind(tx.territory().0)
        .bind(device.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Whether a device is traced, and what is kept; nothing when there is no such device.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(tx: &mut Tx, device: DeviceId) -> Result<Option<Trace>, StoreError> {
    let row = sqlx::query(
        "select case when d.trace_until > now() then d.trace_until end as until,
            t.started_at, coalesce(t.started_by, '') as started_by, coalesce(t.rolled, 0) as rolled,
            (select coalesce(sum(least(m.bytes, octet_length(m.body))), 0)::bigint
             from acs.trace_message m
             where m.territory_id = $1 and m.device_id = $2 and m.happened_at > $3) as bytes
         from acs.device d left join acs.trace t using (territory_id, device_id)
         where d.territory_id = $1 and d.device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(shown_since(tx).await?)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Trace {
            until: row.try_get("until")?,
            started_at: row.try_get("started_at")?,
            started_by: row.try_get("started_by")?,
            bytes: row.try_get("bytes")?,
            rolled: row.try_get("rolled")?,
        })
    })
    .transpose()
}

/// The time since which messages are shown: as a value, so that older partitions are not opened.
async fn shown_since(tx: &mut Tx) -> Result<OffsetDateTime, StoreError> {
    let row = sqlx::query("select now() as now")
        .fetch_one(tx.conn())
        .await?;
    Ok(row.try_get::<OffsetDateTime, _>("now")? - SHOWN)
}

/// Writes messages of a device if it is still traced, and makes room when its trace is full.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn append(
    tx: &mut Tx,
    device: DeviceId,
    messages: &[Kept],
) -> Result<(), StoreError> {
    let number = |pick: fn(&Kept) -> i64| -> Vec<i64> { messages.iter().map(pick).collect() };
    let text =
        |pick: fn(&Kept) -> &'static str| -> Vec<&str> { messages.iter().map(pick).collect() };
    let sessions = messages.iter().map(|one| one.session.map(Vec::from));
    let row = sqlx::query(APPEND)
        .bind(tx.territory().0)
        .bind(device.0)
        .bind(
            messages
                .iter()
                .map(|one| one.happened_at)
                .collect::<Vec<_>>(),
        )
        .bind(sessions.collect::<Vec<_>>())
        .bind(text(|one| one.kind.as_str()))
        .bind(
            messages
                .iter()
                .map(|one| one.status.map(i64::from))
                .collect::<Vec<_>>(),
        )
        .bind(
            messages
                .iter()
                .map(|one| one.body.as_bytes())
                .collect::<Vec<_>>(),
        )
        .bind(number(|one| i64::try_from(one.bytes).unwrap_or(i64::MAX)))
        .bind(text(|one| one.remark.as_str()))
        .bind(number(|one| one.missed.into()))
        .bind(ROW_BYTES)
        .fetch_optional(tx.conn())
        .await?;
    let full = |row: PgRow| Ok::<_, StoreError>(row.try_get::<i64, _>("bytes")? > MAX_BYTES);
    if row.map(full).transpose()?.unwrap_or_default() {
        make_room(tx, device).await?;
    }
    Ok(())
}

const APPEND: &str = "
    with i as (
        select * from unnest($3::timestamptz[], $4::bytea[], $5::text[], $6::bigint[],
            $7::bytea[], $8::bigint[], $9::text[], $10::bigint[])
            with ordinality
            as i (happened_at, session_id, kind, status, body, bytes, remark, missed, ord)),
    kept as (
        insert into acs.trace_message (territory_id, device_id, happened_at, session_id, kind,
            status, body, bytes, remark, missed)
        select $1, $2, i.happened_at, i.session_id, i.kind, i.status::smallint, i.body,
            least(i.bytes, 2147483647)::int, i.remark, least(i.missed, 2147483647)::int
        from i join acs.device d
            on d.territory_id = $1 and d.device_id = $2 and d.trace_until > now()
        order by i.ord
        returning octet_length(body) as size)
    update acs.trace t
    set bytes = t.bytes + (select coalesce(sum(size + $11), 0) from kept)::bigint
    where t.territory_id = $1 and t.device_id = $2
    returning t.bytes";

/// Drops the oldest messages of a device, and counts anew what is there.
async fn make_room(tx: &mut Tx, device: DeviceId) -> Result<(), StoreError> {
    sqlx::query(
        "with sized as (
            select happened_at, entry_id, octet_length(body) + $4 as size,
                sum(octet_length(body) + $4) over (order by happened_at desc, entry_id desc) as upto
            from acs.trace_message where territory_id = $1 and device_id = $2),
         gone as (
            delete from acs.trace_message m using sized s
            where m.territory_id = $1 and m.device_id = $2 and m.happened_at = s.happened_at
              and m.entry_id = s.entry_id and s.upto > $3
            returning 1)
         update acs.trace set rolled = rolled + (select count(*) from gone),
            bytes = (select coalesce(sum(size), 0) from sized where upto <= $3)
         where territory_id = $1 and device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(ROOMY_BYTES)
    .bind(ROW_BYTES)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where a page ends: the time (Unix microseconds) and the number of its last message.
pub(crate) type Key = (i64, i64);

/// A page of a device's messages, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    tx: &mut Tx,
    device: DeviceId,
    after: Option<Key>,
    limit: Limit,
) -> Result<Page<Message>, StoreError> {
    let (before_us, before_id) = after.unwrap_or((i64::MAX, i64::MAX));
    let rows = sqlx::query(
        "select entry_id, happened_at, encode(session_id, 'hex') as session, kind, status, body,
            bytes, remark, missed
         from acs.trace_message
         where territory_id = $1 and device_id = $2 and happened_at > $3
           and (happened_at, entry_id) < ($4, $5)
         order by happened_at desc, entry_id desc limit $6",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(shown_since(tx).await?)
    .bind(moment(before_us))
    .bind(before_id)
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let messages = rows
        .iter()
        .map(read_message)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(messages, limit, key))
}

/// The next messages of a device after a place, oldest first; at most `count`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_onward(
    tx: &mut Tx,
    device: DeviceId,
    after: Option<Key>,
    count: i64,
) -> Result<Vec<Message>, StoreError> {
    let (after_us, after_id) = after.unwrap_or((0, 0));
    let rows = sqlx::query(
        "select entry_id, happened_at, encode(session_id, 'hex') as session, kind, status, body,
            bytes, remark, missed
         from acs.trace_message
         where territory_id = $1 and device_id = $2 and happened_at > $3
           and (happened_at, entry_id) > ($4, $5)
         order by happened_at, entry_id limit $6",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(shown_since(tx).await?)
    .bind(moment(after_us))
    .bind(after_id)
    .bind(count)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(read_message).collect()
}

/// The place of a message in the order.
pub(crate) fn key(message: &Message) -> Key {
    let us = message.happened_at.unix_timestamp_nanos() / 1_000;
    (i64::try_from(us).unwrap_or(i64::MAX), message.id)
}

fn moment(us: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1_000).unwrap_or(FAR_FUTURE)
}

/// After everything that the database can hold for us.
const FAR_FUTURE: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

fn read_message(row: &PgRow) -> Result<Message, StoreError> {
    let body: &[u8] = row.try_get("body")?;
    let status: Option<i16> = row.try_get("status")?;
    Ok(Message {
        id: row.try_get("entry_id")?,
        happened_at: row.try_get("happened_at")?,
        session: row.try_get("session")?,
        kind: Kind::parse(row.try_get("kind")?).unwrap_or(Kind::Gap),
        status: status.and_then(|status| u16::try_from(status).ok()),
        body: String::from_utf8_lossy(body).into_owned(),
        bytes: row.try_get("bytes")?,
        remark: Remark::parse(row.try_get("remark")?),
        missed: row.try_get("missed")?,
    })
}
