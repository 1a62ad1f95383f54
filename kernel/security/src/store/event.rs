//! What happened at the doors.

use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::partitions::DailyTable;
use regia_store::{Store, StoreError, Tx};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;

use crate::fold::{Folded, Same};
use crate::list::{EventFilter, EventKey, Logged, PerHour, at};

pub(crate) const TABLE: DailyTable = DailyTable::new("access", "security_event");

/// Counts rows up, or adds them; another node may have the same.
pub(crate) async fn add(store: &Store, rows: &[(Same, Folded)]) -> Result<(), StoreError> {
    let mut sorted: Vec<_> = rows.iter().collect();
    // Always in the same order, so that two nodes never wait for each other.
    sorted.sort_by_cached_key(|(same, _)| {
        let address = same.address.map(|address| address.to_string());
        (
            same.tenant.0,
            same.minute,
            same.kind,
            address,
            same.actor.clone(),
        )
    });
    let mut query = QueryBuilder::<Postgres>::new(
        "insert into access.security_event
             (territory_id, minute, kind, address, actor, count, last_at, route, detail, trace_id) ",
    );
    query.push_values(sorted, |mut row, (same, folded)| {
        row.push_bind(same.tenant.0)
            .push_bind(same.minute)
            .push_bind(same.kind.as_str())
            .push_bind(
                same.address
                    .map(|address| address.to_string())
                    .unwrap_or_default(),
            )
            .push_bind(same.actor.clone())
            .push_bind(folded.count)
            .push_bind(folded.last_at)
            .push_bind(folded.route.clone())
            .push_bind(folded.detail.clone())
            .push_bind(folded.trace_id.clone());
    });
    query.push(
        " on conflict (territory_id, minute, kind, address, actor) do update
         set count = security_event.count + excluded.count,
             last_at = greatest(security_event.last_at, excluded.last_at)",
    );
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    query.build().execute(tx.conn()).await?;
    tx.commit().await
}

type Row = (
    i64,
    OffsetDateTime,
    String,
    String,
    String,
    i64,
    OffsetDateTime,
    String,
    String,
    String,
);

fn logged(row: Row) -> Logged {
    let (event_id, minute, kind, address, actor, count, last_at, route, detail, trace_id) = row;
    Logged {
        event_id,
        minute,
        kind,
        address,
        actor,
        count,
        last_at,
        route,
        detail,
        trace_id,
    }
}

/// Rows of a span of time, the newest first. Only what is asked for stands in the statement, so that
/// it finds its index.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &EventFilter,
    (since, before): (Option<OffsetDateTime>, OffsetDateTime),
    after: Option<EventKey>,
    limit: Limit,
) -> Result<Vec<Logged>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select event_id, minute, kind, address, actor, count, last_at, route, detail, trace_id
         from access.security_event where territory_id = ",
    );
    query.push_bind(tx.territory().0);
    query.push(" and minute <= ").push_bind(before);
    if let Some(since) = since {
        query.push(" and minute >= ").push_bind(since);
    }
    if let Some((seconds, event_id)) = after {
        let Some(at) = at(seconds) else {
            return Ok(Vec::new());
        };
        query.push(" and (minute, event_id) < (").push_bind(at);
        query.push(", ").push_bind(event_id).push(")");
    }
    for (column, wanted) in [
        ("kind", filter.kind.map(|kind| kind.as_str().to_owned())),
        ("address", filter.address.clone()),
        ("actor", filter.actor.clone()),
    ] {
        if let Some(wanted) = wanted {
            query.push(format!(" and {column} = ")).push_bind(wanted);
        }
    }
    query.push(" order by minute desc, event_id desc limit ");
    query.push_bind(limit.rows_to_read());
    let rows: Vec<Row> = query.build_query_as().fetch_all(tx.conn()).await?;
    Ok(rows.into_iter().map(logged).collect())
}

/// How much happened in each hour, by kind.
pub(crate) async fn per_hour(
    tx: &mut Tx,
    since: OffsetDateTime,
) -> Result<Vec<PerHour>, StoreError> {
    let rows: Vec<(OffsetDateTime, String, i64)> = sqlx::query_as(
        "select date_trunc('hour', minute, 'UTC') as hour, kind, sum(count)::bigint
         from access.security_event where territory_id = $1 and minute >= $2
         group by hour, kind order by hour, kind",
    )
    .bind(tx.territory().0)
    .bind(since)
    .fetch_all(tx.conn())
    .await?;
    let per_hour = |(hour, kind, count)| PerHour { hour, kind, count };
    Ok(rows.into_iter().map(per_hour).collect())
}
