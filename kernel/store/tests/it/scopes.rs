//! What a transaction reaches, held by the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use regia_ident::TerritoryId;
use regia_store::{Areas, Scope, Store, StoreError};
use regia_testkit::TestDb;
use sqlx::{Connection as _, PgConnection};

/// Tenants 2 and 3, each with two regions, the first of which has two towns.
const TREES: &str = "
    insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
        (2, 2, null, 'two'), (21, 2, 2, 'north'), (22, 2, 2, 'south'),
        (211, 2, 21, 'a town'), (212, 2, 21, 'another town'),
        (3, 3, null, 'three'), (31, 3, 3, 'north'), (32, 3, 3, 'south'), (311, 3, 31, 'a town');
    create table kernel.thing (
        territory_id bigint not null,
        area_id bigint not null,
        thing_id bigint not null,
        primary key (territory_id, thing_id),
        foreign key (territory_id, area_id) references kernel.territory (tenant_id, territory_id));
    call kernel.protect('kernel.thing');
    call kernel.protect_area('kernel.thing');
    insert into kernel.thing select tenant_id, territory_id, territory_id from kernel.territory";

async fn trees() -> TestDb {
    let db = TestDb::new().await;
    db.own(TREES).await;
    db
}

async fn things(store: &Store, scope: Scope) -> Vec<i64> {
    let mut tx = store.begin(scope).await.unwrap();
    sqlx::query_scalar("select thing_id from kernel.thing order by thing_id")
        .fetch_all(tx.conn())
        .await
        .unwrap()
}

fn scope(tenant: i64, areas: Areas) -> Scope {
    Scope {
        areas,
        ..Scope::whole(TerritoryId(tenant))
    }
}

fn below(areas: &[i64]) -> Areas {
    Areas::Below {
        tops: areas.iter().copied().map(TerritoryId).collect(),
        few: None,
    }
}

#[tokio::test]
async fn a_transaction_sees_its_part_of_one_tree() {
    let db = trees().await;
    let store = db.store();
    for (tenant, areas, expected) in [
        (2, Areas::Whole, &[2, 21, 22, 211, 212][..]),
        (3, Areas::Whole, &[3, 31, 32, 311]),
        (2, Areas::Only(TerritoryId(211)), &[211]),
        (2, below(&[21]), &[21, 211, 212]),
        (2, below(&[22, 211]), &[22, 211]),
        (2, below(&[2]), &[2, 21, 22, 211, 212]),
        (2, below(&[]), &[]),
        // Territories of another tenant are none of this one's.
        (2, below(&[31]), &[]),
        (2, Areas::Only(TerritoryId(311)), &[]),
        (9, Areas::Whole, &[]),
    ] {
        let found = things(&store, scope(tenant, areas.clone())).await;
        assert_eq!(found, expected, "{tenant} {areas:?}");
    }
}

#[tokio::test]
async fn without_a_scope_nothing_is_there() {
    let db = trees().await;
    let mut connection = PgConnection::connect(db.url().expose()).await.unwrap();
    for preparation in [
        "set role regia_app",
        "set role regia_app; set regia.tenant = ''; set regia.areas = ''",
        "set role regia_app; set regia.tenant = '2'; set regia.areas = ''",
        "set role regia_app; set regia.tenant = '2'; set regia.areas = '{}'",
        "set role regia_app; set regia.areas = 'all'; set regia.tenant = '2'",
        "set role regia_area; set regia.tenant = ''; set regia.area = ''",
        "set role regia_area; set regia.tenant = '2'; set regia.area = ''",
        "set role regia_area; set regia.tenant = '2'; reset regia.area",
        "set role regia_area; set regia.tenant = ''; set regia.area = '211'",
        "set role regia_tenant; set regia.tenant = ''",
        "reset regia.tenant",
    ] {
        sqlx::raw_sql(preparation)
            .execute(&mut connection)
            .await
            .unwrap();
        let count: i64 = sqlx::query_scalar("select count(*) from kernel.thing")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0, "{preparation}");
    }
}

#[tokio::test]
async fn nobody_writes_where_they_do_not_see() {
    let db = trees().await;
    let store = db.store();
    let north = scope(2, below(&[21]));
    for (statement, expected) in [
        ("insert into kernel.thing values (2, 211, 1)", Ok(1)),
        (
            "insert into kernel.thing values (2, 22, 2)",
            Err("row-level security"),
        ),
        (
            "insert into kernel.thing values (3, 31, 3)",
            Err("row-level security"),
        ),
        (
            "insert into kernel.thing values (2, 31, 4)",
            Err("row-level security"),
        ),
        (
            "update kernel.thing set area_id = 212 where thing_id = 211",
            Ok(1),
        ),
        (
            "update kernel.thing set area_id = 22 where thing_id = 211",
            Err("row-level security"),
        ),
        (
            "update kernel.thing set area_id = 21 where thing_id = 22",
            Ok(0),
        ),
        ("delete from kernel.thing where thing_id in (22, 31)", Ok(0)),
        ("truncate kernel.thing", Err("permission denied")),
        (
            "alter table kernel.thing disable row level security",
            Err("must be owner"),
        ),
    ] {
        let mut tx = store.begin(north.clone()).await.unwrap();
        let done = sqlx::query(statement).execute(tx.conn()).await;
        match (done, expected) {
            (Ok(done), Ok(rows)) => assert_eq!(done.rows_affected(), rows, "{statement}"),
            (Err(error), Err(reason)) => {
                assert!(error.to_string().contains(reason), "{statement}: {error}");
            }
            (done, _) => panic!("{statement}: {done:?}"),
        }
    }
    // The whole tenant is not the next one, and a reference does not cross.
    let mut tx = store.begin(TerritoryId(2)).await.unwrap();
    let crossed = sqlx::query("insert into kernel.thing values (2, 31, 5)")
        .execute(tx.conn())
        .await
        .map_err(StoreError::from)
        .unwrap_err();
    assert_eq!(
        crossed.constraint(),
        Some("thing_territory_id_area_id_fkey")
    );
}

#[tokio::test]
async fn a_territory_moves_with_what_is_below_and_never_below_itself() {
    let db = trees().await;
    let store = db.store();
    db.own("update kernel.territory set parent_id = 22 where territory_id = 21")
        .await;
    assert_eq!(
        things(&store, scope(2, below(&[22]))).await,
        [21, 22, 211, 212]
    );
    db.own("update kernel.territory set parent_id = 2 where territory_id = 211")
        .await;
    assert_eq!(things(&store, scope(2, below(&[22]))).await, [21, 22, 212]);
    assert_eq!(things(&store, scope(2, below(&[2]))).await.len(), 5);
    let mut tx = store.begin(TerritoryId(2)).await.unwrap();
    for statement in [
        "update kernel.territory set parent_id = 212 where territory_id = 22",
        "update kernel.territory set parent_id = 22 where territory_id = 22",
    ] {
        let refused = sqlx::query(statement).execute(tx.conn()).await;
        assert!(refused.is_err(), "{statement}");
        tx = store.begin(TerritoryId(2)).await.unwrap();
    }
}

#[tokio::test]
async fn every_table_of_tenants_is_under_the_rule() {
    let db = TestDb::new().await;
    let mut tx = db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let unruled: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and not c.relispartition
           and n.nspname not in ('pg_catalog', 'information_schema')
           and c.oid not in ('kernel.migration'::regclass, 'kernel.installation'::regclass)
           and not (c.relrowsecurity and c.relforcerowsecurity
                    and exists (select from pg_policy p where p.polrelid = c.oid
                                and p.polpermissive
                                and pg_get_expr(p.polqual, p.polrelid) like '%kernel.tenant()%'))",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(unruled, Vec::<String>::new());
    // What is narrowed for somebody of several territories is narrowed for somebody of one.
    let wider: Vec<String> = sqlx::query_scalar(
        "select p.polrelid::regclass::text from pg_policy p
         where not p.polpermissive and 'regia_app'::regrole = any (p.polroles)
           and not exists (select from pg_policy one where one.polrelid = p.polrelid
                           and not one.polpermissive and 'regia_area'::regrole = any (one.polroles))",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(wider, Vec::<String>::new());
    let exempt: Vec<String> = sqlx::query_scalar(
        "select rolname::text from pg_roles
         where rolname like 'regia\\_%' and (rolsuper or rolbypassrls)",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap();
    assert_eq!(exempt, Vec::<String>::new());
    let owned: i64 = sqlx::query_scalar(
        "select count(*) from pg_class where pg_get_userbyid(relowner) like 'regia\\_%'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap();
    assert_eq!(owned, 0);
}

/// Requests of all tenants share eight connections; some fail, some are dropped half-way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interleaved_requests_of_many_tenants_never_see_a_foreign_row() {
    const TENANTS: i64 = 50;
    const REQUESTS: u64 = 100_000;
    let db = trees().await;
    db.own(
        "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             select i, i, null, 'tenant' || i from generate_series(1000, 1049) i;
         insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             select i * 100 + j, i, i, 'area' || j
             from generate_series(1000, 1049) i, generate_series(1, 5) j;
         insert into kernel.thing select tenant_id, territory_id, territory_id
             from kernel.territory where tenant_id >= 1000",
    )
    .await;
    let store = db.store();
    let next = Arc::new(AtomicU64::new(0));
    let workers = (0..8).map(|_| {
        let (store, next) = (store.clone(), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= REQUESTS {
                    return;
                }
                request(
                    &store,
                    turn,
                    1000 + i64::try_from(turn).unwrap() * 7 % TENANTS,
                )
                .await;
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
}

async fn request(store: &Store, turn: u64, tenant: i64) {
    let area = tenant * 100 + i64::try_from(turn % 5).unwrap() + 1;
    let (areas, rows) = match turn % 3 {
        0 => (Areas::Whole, 6),
        1 => (Areas::Only(TerritoryId(area)), 1),
        _ => (below(&[area, area]), 1),
    };
    let mut tx = store.begin(scope(tenant, areas)).await.unwrap();
    if turn.is_multiple_of(11) {
        let broken = sqlx::query("select 1 / 0").execute(tx.conn()).await;
        assert!(broken.is_err());
        return;
    }
    let found: Vec<(i64, i64)> = sqlx::query_as("select territory_id, area_id from kernel.thing")
        .fetch_all(tx.conn())
        .await
        .unwrap();
    assert_eq!(found.len(), rows, "{turn}");
    assert!(
        found.iter().all(|(of, _)| *of == tenant),
        "{turn}: {found:?}"
    );
    if !turn.is_multiple_of(3) {
        assert_eq!(found, [(tenant, area)], "{turn}");
    }
    if !turn.is_multiple_of(7) {
        tx.commit().await.unwrap();
    }
}
