//! What a page costs, as the database counts it: with a fleet in many territories, whoever asks.

use std::sync::Arc;

use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{Areas, Handed, Scope, Tx};

use super::device::{self, DeviceFilter, Sort};
use super::task::{self, TaskFilter};
use crate::model::task::TaskState;
use crate::testing::World;

/// Ten regions of a hundred territories each, twenty devices in every one, two tasks a device.
const FLEET: &str = "
    insert into kernel.territory (territory_id, tenant_id, parent_id, name)
    select 100 + i, 1, 1, 'region ' || i from generate_series(0, 9) i;
    insert into kernel.territory (territory_id, tenant_id, parent_id, name)
    select 1000 + i, 1, 100 + i / 100, 'territory ' || i from generate_series(0, 999) i;
    insert into acs.device (territory_id, area_id, oui, product_class, serial_number, manufacturer)
    select 1, 1000 + (i * 7919) % 1000, '00D09E', 'HG', lpad(((i * 7919) % 1000003)::text, 10, '0'),
        'Acme'
    from generate_series(1, 20000) i;
    insert into acs.task (territory_id, area_id, device_id, kind, arguments, created_by, expires_at,
        state)
    select 1, d.area_id, d.device_id, 'refresh', '{\"kind\":\"refresh\"}', 'x',
        now() + interval '1 day', (array['queued', 'done', 'failed'])[1 + i % 3]
    from acs.device d, generate_series(1, 2) i;
    insert into access.user_account (territory_id, user_id, name, password_hash)
    overriding system value values (1, 7, 'seven', 'x'), (1, 8, 'eight', 'x');
    insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
    select 1, i * 400, 7, 1, 'x' from generate_series(1, 50) i;
    analyze";

/// Rows of a page.
const PAGE: u16 = 10;

/// Rows of a table that this transaction has read so far: by themselves, or as entries of an index,
/// which PostgreSQL counts for the index.
async fn rows_read(tx: &mut Tx, table: &str) -> i64 {
    sqlx::query_scalar(
        "select sum(pg_stat_get_xact_tuples_returned(relation))::bigint from (
             select $1::regclass::oid as relation
             union all select indexrelid from pg_index where indrelid = $1::regclass) relations",
    )
    .bind(table)
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

/// Who asks, and how many rows may be read for one on the page: whoever has a tenth of the fleet steps
/// over the rest.
fn whoever() -> [(&'static str, Scope, i64); 7] {
    let of = |areas| Scope {
        areas,
        ..Scope::whole(TerritoryId::ROOT)
    };
    let few = |few: &[i64]| {
        let few: Arc<[TerritoryId]> = few.iter().copied().map(TerritoryId).collect();
        of(Areas::Below {
            tops: few.clone(),
            few: Some(few),
        })
    };
    let handed = |user, scope| Scope {
        handed: Some(Handed {
            user,
            least_level: 1,
        }),
        ..scope
    };
    let region = Areas::Below {
        tops: [TerritoryId(103)].into(),
        few: None,
    };
    [
        ("the whole tenant", of(Areas::Whole), 2),
        ("one territory", of(Areas::Only(TerritoryId(1123))), 2),
        ("three territories", few(&[1123, 1124, 1917]), 5),
        ("one region", of(region), 20),
        // A user who has fifty devices, and one who had some.
        ("one territory, and handed", handed(7, few(&[1123])), 20),
        ("one territory, handed none", handed(8, few(&[1123])), 2),
        ("only what was handed", handed(7, few(&[])), 20),
    ]
}

#[tokio::test]
async fn a_page_reads_few_rows_whoever_asks_for_it() {
    let world = World::new().await;
    world.run(FLEET).await;
    for (who, scope, per_row) in whoever() {
        for (list, middle) in [
            ("newest devices", None),
            ("newest devices", Some(10_000)),
            ("devices by serial number", None),
            ("devices by serial number", Some(500_000)),
            ("newest tasks", None),
            ("newest tasks", Some(20_000)),
            ("failed tasks", None),
        ] {
            let mut tx = world.context.store.begin(scope.clone()).await.unwrap();
            let table = if list.ends_with("tasks") {
                "acs.task"
            } else {
                "acs.device"
            };
            for time in 0..UNTIL_ANY_VALUE {
                let before = rows_read(&mut tx, table).await;
                let shown = page(&mut tx, list, middle).await;
                let read = rows_read(&mut tx, table).await - before;
                let what = format!("{list} after {middle:?} of {who}, time {time}");
                assert!(shown > 0, "{what}: nothing shown");
                assert!(read >= shown, "{what}: {read} rows read for {shown}");
                assert!(
                    read <= per_row * i64::from(PAGE + 1),
                    "{what}: {read} rows read"
                );
            }
        }
    }
}

/// Times after which PostgreSQL may go over to one plan for any value.
const UNTIL_ANY_VALUE: usize = 7;

/// Rows on a page of a list.
async fn page(tx: &mut Tx, list: &str, middle: Option<i64>) -> i64 {
    let limit = Limit::try_from(PAGE).unwrap();
    let shown = if list.ends_with("tasks") {
        let filter = TaskFilter {
            state: (list == "failed tasks").then_some(TaskState::Failed),
            ..TaskFilter::default()
        };
        let page = task::list(tx, &filter, middle, limit).await.unwrap();
        page.items.len()
    } else {
        let (sort, after) = match list {
            "newest devices" => (Sort::Newest, middle.map(|id| (String::new(), id))),
            _ => (
                Sort::Serial,
                middle.map(|serial| (format!("{serial:010}"), 0)),
            ),
        };
        let filter = DeviceFilter::default();
        let page = device::list(tx, &filter, sort, after, limit).await.unwrap();
        page.items.len()
    };
    i64::try_from(shown).unwrap()
}
