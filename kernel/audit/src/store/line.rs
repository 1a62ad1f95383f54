//! The rows of the trail as people ask for them.

use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};
use time::OffsetDateTime;

use crate::list::{Filter, Line, LineKey, at};

const SELECT: &str =
    "select entry_id, recorded_at, actor_kind, actor_id, actor_name, action, object,
     before, after, address, trace_id
     from access.audit where territory_id = ";

/// Greater than any character of an action.
const PAST_ANY: char = char::MAX;

fn line(row: &PgRow) -> Result<Line, sqlx::Error> {
    Ok(Line {
        entry_id: row.try_get("entry_id")?,
        recorded_at: row.try_get("recorded_at")?,
        actor_kind: row.try_get("actor_kind")?,
        actor_id: row.try_get("actor_id")?,
        actor_name: row.try_get("actor_name")?,
        action: row.try_get("action")?,
        object: row.try_get("object")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
        address: row.try_get("address")?,
        trace_id: row.try_get("trace_id")?,
    })
}

/// Lines of a span of time, the newest first. Only what is asked for stands in the statement, so that
/// it finds its index.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &Filter,
    (since, before): (Option<OffsetDateTime>, OffsetDateTime),
    after: Option<LineKey>,
    limit: Limit,
) -> Result<Vec<Line>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push_bind(tx.territory().0);
    // The last line of the page before has this time too.
    query.push(" and recorded_at <= ").push_bind(before);
    if let Some(to) = filter.to {
        query.push(" and recorded_at < ").push_bind(to);
    }
    if let Some(since) = since {
        query.push(" and recorded_at >= ").push_bind(since);
    }
    if let Some((micros, entry_id)) = after {
        let Some(at) = at(micros) else {
            return Ok(Vec::new());
        };
        query.push(" and (recorded_at, entry_id) < (").push_bind(at);
        query.push(", ").push_bind(entry_id).push(")");
    }
    for (column, wanted) in [
        ("actor_name", &filter.actor),
        ("object", &filter.object),
        ("address", &filter.address),
        ("trace_id", &filter.trace_id),
    ] {
        if let Some(wanted) = wanted {
            query.push(format!(" and {column} = ")).push_bind(wanted);
        }
    }
    if let Some(action) = &filter.action {
        query
            .push(" and action collate \"C\" >= ")
            .push_bind(action);
        query.push(" and action collate \"C\" < ");
        query.push_bind(format!("{action}{PAST_ANY}"));
    }
    query.push(" order by recorded_at desc, entry_id desc limit ");
    query.push_bind(limit.rows_to_read());
    let rows = query.build().fetch_all(tx.conn()).await?;
    Ok(rows.iter().map(line).collect::<Result<_, _>>()?)
}

/// One line.
pub(crate) async fn find(tx: &mut Tx, entry_id: i64) -> Result<Option<Line>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push_bind(tx.territory().0);
    query.push(" and entry_id = ").push_bind(entry_id);
    query.push(" order by recorded_at limit 1");
    let row = query.build().fetch_optional(tx.conn()).await?;
    Ok(row.as_ref().map(line).transpose()?)
}
