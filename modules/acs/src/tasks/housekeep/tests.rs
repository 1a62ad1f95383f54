//! What housekeeping removes of files and transfers, and what it leaves alone.

use axum::body::Body;
use regia_ident::TerritoryId;
use serde_json::{Value as Json, json};

use super::tidy;
use crate::fault::AcsError;
use crate::flows::{files, transfer};
use crate::model::file::{CHUNK_BYTES, Draft};
use crate::store::file;
use crate::testing::{TESTER, World};

/// The names of files that are there, and how many chunks they have.
const FILES: &str = "select coalesce(jsonb_object_agg(name, chunks), '{}') from (
    select f.name, count(c.chunk_no) as chunks from acs.file f
    left join acs.file_chunk c using (territory_id, file_id) group by f.file_id, f.name) f";

/// The CommandKeys of the tasks whose transfers are remembered.
const TRANSFERS: &str = "select coalesce(jsonb_agg(t.created_by order by t.created_by), '[]')
    from acs.transfer x join acs.task t using (territory_id, task_id)";

const STATES: &str = "select jsonb_object_agg(created_by, state) from acs.task";

fn draft(name: &str) -> Draft {
    Draft {
        name: name.to_owned(),
        file_type: "1 Firmware Upgrade Image".to_owned(),
        ..Draft::default()
    }
}

/// A file of two chunks that is still being received.
async fn half_written(world: &World, name: &str) -> crate::model::file::FileId {
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    let id = file::begin(&mut tx, &draft(name), "test").await.unwrap();
    for chunk_no in 0..2 {
        let body = vec![1; CHUNK_BYTES];
        assert!(file::add_chunk(&mut tx, id, chunk_no, &body).await.unwrap());
    }
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn a_file_whose_sender_fell_silent_is_removed_with_its_content() {
    let world = World::new().await;
    let silent = half_written(&world, "silent").await;
    half_written(&world, "busy").await;
    let whole = files::store(&world.context, &TESTER, &draft("whole"), Body::from("x")).await;
    assert!(whole.is_ok());
    world
        .run("update acs.file set touched_at = now() - interval '61 minutes' where name <> 'busy'")
        .await;
    tidy(&world.context).await.unwrap();
    assert_eq!(world.value(FILES).await, json!({ "busy": 2, "whole": 1 }));

    // Its sender goes on all the same, and is told that it broke off.
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    assert!(!file::add_chunk(&mut tx, silent, 2, b"x").await.unwrap());
    assert!(!file::publish(&mut tx, silent, 1, &[0; 32]).await.unwrap());
    tx.commit().await.unwrap();
    let chunks = "select to_jsonb(count(*)) from acs.file_chunk";
    assert_eq!(world.value(chunks).await, 3);
}

#[tokio::test]
async fn a_half_written_file_is_nobodys_file() {
    let world = World::new().await;
    let id = half_written(&world, "half").await;
    let found = files::get(&world.context, &TESTER, id).await;
    assert!(matches!(found, Err(AcsError::NoFile(_))));
    let open = files::open(&world.context, &TESTER, id).await;
    assert!(matches!(open.map(|_| ()), Err(AcsError::NoFile(_))));
    let deleted = files::delete(&world.context, &TESTER, id).await;
    assert!(matches!(deleted, Err(AcsError::NoFile(_))));
}

/// A device with tasks and their transfers: name, kind, state of the task, how many days ago the
/// transfer was sent, and whether the task is over. A transfer's token is the task's name, 24 long.
async fn transfers(world: &World, rows: Json) {
    world.inform("S1", &[]).await;
    world.inform("S2", &[]).await;
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    for row in rows.as_array().unwrap() {
        let name = row[0].as_str().unwrap();
        let hash = blake3::hash(format!("{name:A<24}").as_bytes());
        sqlx::query(
            "with t as (
                insert into acs.task (territory_id, device_id, kind, arguments, state, created_by,
                    expires_at, sent_at, finished_at)
                select 1, min(device_id), $2, jsonb_build_object('kind', $2, 'file', 1,
                    'file_type', '2 Vendor Log File') - case $2 when 'upload' then 'file' else 'file_type' end,
                    $3, $1, now() + interval '1 day', now() - make_interval(days => $4),
                    case when $5 then now() - make_interval(days => $4) end
                from acs.device returning task_id, device_id),
             x as (
                insert into acs.transfer (territory_id, task_id, device_id, is_upload, token_hash, created_at)
                select 1, task_id, device_id, $2 = 'upload', $6, now() - make_interval(days => $4) from t
                returning transfer_id)
             select from x",
        )
        .bind(name)
        .bind(row[1].as_str())
        .bind(row[2].as_str())
        .bind(i32::try_from(row[3].as_i64().unwrap()).unwrap())
        .bind(row[4].as_bool())
        .bind(hash.as_bytes().as_slice())
        .execute(tx.conn())
        .await
        .unwrap();
    }
    sqlx::query(
        "update acs.task t set command_key = 't' || x.transfer_id from acs.transfer x
         where x.task_id = t.task_id",
    )
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_transfer_is_remembered_for_a_week_and_while_its_task_is_open() {
    let world = World::new().await;
    let rows = json!([
        ["fresh", "download", "done", 6, true],
        ["old", "download", "done", 8, true],
        ["old failed", "upload", "failed", 8, true],
        ["old open", "download", "waiting", 8, false],
        ["old uncertain", "upload", "uncertain", 80, false],
    ]);
    transfers(&world, rows).await;
    tidy(&world.context).await.unwrap();
    assert_eq!(
        world.value(TRANSFERS).await,
        json!(["fresh", "old open", "old uncertain"])
    );
    let tasks = "select to_jsonb(count(*)) from acs.task";
    assert_eq!(world.value(tasks).await, 5, "tasks are kept longer");
}

#[tokio::test]
async fn a_token_opens_nothing_once_its_transfer_is_over() {
    let world = World::new().await;
    let rows = json!([
        ["sent", "download", "sent", 0, false],
        ["waiting", "upload", "waiting", 1, false],
        ["uncertain", "download", "uncertain", 89, false],
        ["too old", "download", "uncertain", 91, false],
        ["queued", "download", "queued", 0, false],
        ["done", "download", "done", 0, true],
        ["failed", "upload", "failed", 0, true],
        ["cancelled", "download", "cancelled", 0, true],
        ["expired", "download", "expired", 0, true],
        ["again", "download", "sent", 0, false],
        ["reported", "download", "waiting", 0, false],
    ]);
    transfers(&world, rows).await;
    world
        .run("update acs.task set command_key = 't0' where created_by = 'again'")
        .await;
    world
        .run(
            "update acs.transfer x set reported_at = now() from acs.task t
             where t.task_id = x.task_id and t.created_by = 'reported'",
        )
        .await;
    for (name, opens) in [
        ("sent", true),
        ("waiting", true),
        ("uncertain", true),
        ("too old", false),
        ("queued", false),
        ("done", false),
        ("failed", false),
        ("cancelled", false),
        ("expired", false),
        ("again", false),
        ("reported", false),
        ("never given", false),
    ] {
        let token = format!("{name:A<24}");
        let found = transfer::find(&world.context, &token).await.unwrap();
        assert_eq!(found.is_some(), opens, "{name}");
    }
}

#[tokio::test]
async fn a_transfer_that_was_sent_never_expires_unsettled() {
    let world = World::new().await;
    let rows = json!([
        ["unsent", "download", "queued", 0, false],
        ["reading the version", "download", "queued", 0, false],
        ["accepted", "download", "waiting", 0, false],
        ["sending", "upload", "waiting", 0, false],
        ["in a session", "download", "sent", 0, false],
    ]);
    transfers(&world, rows).await;
    world
        .run("update acs.task set expires_at = now() - interval '1 second'")
        .await;
    world
        .run("update acs.task set sent_at = null where created_by = 'unsent'")
        .await;
    tidy(&world.context).await.unwrap();
    assert_eq!(
        world.value(STATES).await,
        json!({
            "unsent": "expired",
            "reading the version": "uncertain",
            "accepted": "uncertain",
            "sending": "uncertain",
            "in a session": "sent",
        })
    );
}
