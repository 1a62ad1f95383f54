//! The fleet in its territories, and the statements of the lists as `modules/acs` asks them.

use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::{StoreError, Tx};
use serde_json::Value as Json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

/// Rows of a page.
pub(super) const PAGE: i64 = 50;

/// What the lists show of devices and of tasks.
const DEVICES: &str = "select device_id, area_id, oui, product_class, serial_number, manufacturer, standing,
    root, software_version, hardware_version, provisioning_code, connection_request_url,
    external_address, peer_address, inform_interval_seconds, registered_at, booted_at,
    last_inform_at, secret_used, has_work, discovery, onboarding, reach_at, reach_fault, tags, notes,
    twin from acs.device";
const TASKS: &str =
    "select task_id, device_id, arguments, state, command_key, attempts, progress, result,
    fault, created_by, created_at, expires_at, sent_at, sent_epoch, finished_at
    from acs.task";

/// A list of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Devices, newest first.
    Newest,
    /// Devices by serial number.
    Serial,
    /// Tasks, newest first.
    Tasks,
}

/// A page of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// The list.
    pub(super) list: List,
    /// The one territory that it is about, if it is about one.
    pub(super) area: Option<TerritoryId>,
    /// Whether it is one from the middle, not the first.
    pub(super) middle: bool,
}

/// What keeps the rows of others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The policies of the tables, beside the statement's condition.
    Policy,
    /// The statement's condition alone.
    Filter,
}

/// What one page took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Rows of the list's table that were read, by index or not.
    pub(super) rows: i64,
    /// Pages of the database that were looked at.
    pub(super) buffers: i64,
    /// Rows on the page.
    pub(super) shown: i64,
}

impl Cost {
    /// The dearer of two in each respect.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            rows: self.rows.max(other.rows),
            buffers: self.buffers.max(other.buffers),
            shown: self.shown.max(other.shown),
        }
    }
}

/// Puts the fleet into territories, a hundred in each of ten regions, with two tasks a device. As the
/// owner of the private cluster, whom no policy holds.
pub(super) async fn spread(url: &Secret) -> Result<(), sqlx::Error> {
    let mut owner = PgConnection::connect(url.expose()).await?;
    for statement in [
        "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
         select 9000 + i, 1, 1, 'region ' || i from generate_series(0, 9) i",
        "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
         select 10000 + i, 1, 9000 + i / 100, 'territory ' || i from generate_series(0, 999) i",
        "update acs.device set area_id = 10000 + (device_id * 7919) % 1000",
        "insert into acs.task (territory_id, area_id, device_id, kind, arguments, created_by,
            expires_at, state)
         select 1, area_id, device_id, 'refresh', '{\"kind\":\"refresh\"}', 'bench',
            now() + interval '1 day', (array['done', 'failed'])[i]
         from acs.device, generate_series(1, 2) i",
        "vacuum analyze kernel.territory, kernel.territory_above, acs.device, acs.task",
    ] {
        owner.execute(statement).await?;
    }
    owner.close().await
}

/// Lets the transaction see every row, where it is not to be held by the policies. It has said what it
/// reaches all the same, and every statement has its condition.
pub(super) async fn hold(tx: &mut Tx, rule: Rule) -> Result<(), StoreError> {
    if rule == Rule::Filter {
        let let_through = "set local role regia_upkeep";
        sqlx::raw_sql(let_through).execute(tx.conn()).await?;
    }
    Ok(())
}

/// Reads a page.
pub(super) async fn read(tx: &mut Tx, page: Page, rule: Rule) -> Result<(), StoreError> {
    let statement = page.statement(tx.territory());
    // Each has its plan: one that changed its role would be planned anew.
    let statement = match rule {
        Rule::Policy => statement,
        Rule::Filter => format!("/* filter */ {statement}"),
    };
    sqlx::query(AssertSqlSafe(statement))
        .fetch_all(tx.conn())
        .await?;
    Ok(())
}

/// What a page takes, as the database counts it.
pub(super) async fn cost(tx: &mut Tx, page: Page) -> Result<Cost, StoreError> {
    let before = rows_read(tx, page.list).await?;
    let statement = page.statement(tx.territory());
    let statement = format!("explain (analyze, buffers, format json) {statement}");
    let row = sqlx::query(AssertSqlSafe(statement))
        .fetch_one(tx.conn())
        .await?;
    let explained: Json = row.try_get(0)?;
    let of = |name: &str| {
        let value = explained.pointer(&format!("/0/Plan/{name}"));
        value.and_then(Json::as_i64).unwrap_or_default()
    };
    Ok(Cost {
        rows: rows_read(tx, page.list).await? - before,
        buffers: of("Shared Hit Blocks") + of("Shared Read Blocks"),
        shown: of("Actual Rows"),
    })
}

/// Rows of the list's table that this transaction has read so far: by themselves, or as entries of an
/// index, which PostgreSQL counts for the index.
async fn rows_read(tx: &mut Tx, list: List) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "select sum(pg_stat_get_xact_tuples_returned(relation))::bigint from (
             select $1::regclass::oid as relation
             union all select indexrelid from pg_index where indrelid = $1::regclass) relations",
    )
    .bind(match list {
        List::Newest | List::Serial => "acs.device",
        List::Tasks => "acs.task",
    })
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

impl Page {
    fn statement(self, tenant: TerritoryId) -> String {
        let (from, middle, order) = match self.list {
            List::Newest => (DEVICES, "device_id < 50000", "device_id desc"),
            List::Serial => (
                DEVICES,
                "serial_number ~>=~ 'BENCH000050000'",
                "serial_number using ~<~, device_id",
            ),
            List::Tasks => (TASKS, "task_id < 100000", "task_id desc"),
        };
        let area = self.area.map(|area| format!(" and area_id = {area}"));
        let area = area.unwrap_or_default();
        let middle = match self.middle {
            true => format!(" and {middle}"),
            false => String::new(),
        };
        format!("{from} where territory_id = {tenant}{area}{middle} order by {order} limit {PAGE}")
    }
}
