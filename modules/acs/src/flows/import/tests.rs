//! Imports, from the file to the devices.

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::json;

use super::round::DEVICES;
use super::{Part, apply, discard, get, round, rows, stop, upload};
use crate::fault::AcsError;
use crate::model::import::{ImportId, ImportState, MAX_ROWS, Verdict};
use crate::testing::{TESTER, World};

async fn read(world: &World, text: &str) -> Result<ImportId, AcsError> {
    upload(&world.context, &TESTER, Body::from(text.to_owned())).await
}

fn file(count: i64) -> String {
    let rows = (0..count).map(|at| format!("00D09E,HG1,E{at},north\r\n"));
    std::iter::once("oui,product_class,serial_number,tags\r\n".to_owned())
        .chain(rows)
        .collect()
}

#[tokio::test]
async fn a_file_shows_what_it_will_do_and_does_it_however_often_the_node_dies() {
    let world = World::new().await;
    world.inform("E1", &[]).await;
    let id = read(&world, &file(2 * DEVICES + 2)).await.unwrap();
    let import = get(&world.context, &TESTER, id).await.unwrap();
    let all = i32::try_from(2 * DEVICES + 1).unwrap();
    assert_eq!((import.fresh, import.known, import.refused), (all, 1, 0));
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        1
    );
    apply(&world.context, &TESTER, id).await.unwrap();
    let import = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!(i64::from(import.registered), DEVICES);
    let world = world.restarted().await;
    while round(&world.context).await.unwrap() {}
    let import = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!((import.state, import.registered), (ImportState::Done, all));
    let row = "select jsonb_agg(distinct jsonb_build_array(standing, tags, registered_at is null))
        from acs.device where serial_number <> 'E1'";
    assert_eq!(
        world.value(row).await,
        json!([["expected", ["north"], false]])
    );
    let lines = "select jsonb_agg(action order by entry_id) from access.audit";
    assert_eq!(
        world.value(lines).await,
        json!([
            "acs.import.upload",
            "acs.import.apply",
            "acs.device.announce",
            "acs.device.announce",
            "acs.device.announce"
        ])
    );
    let again = apply(&world.context, &TESTER, id).await;
    assert!(matches!(again, Err(AcsError::ImportState(..))));
}

#[tokio::test]
async fn an_announced_device_is_in_service_from_its_first_call() {
    let world = World::new().await;
    let text = "serial;oui;product_class;note;password\r\nS1;00d09e;HG1;\"at Mary's; attic\";\r\n";
    let id = read(&world, text).await.unwrap();
    apply(&world.context, &TESTER, id).await.unwrap();
    world.inform("S1", &[]).await;
    let row =
        "select jsonb_build_array(standing, manufacturer, notes, secret_used, count(*) over ())
        from acs.device";
    assert_eq!(
        world.value(row).await,
        json!(["active", "", "at Mary's; attic", false, 1])
    );
}

#[tokio::test]
async fn rows_that_name_no_device_or_one_twice_are_refused_with_their_line() {
    let world = World::new().await;
    let text = "oui,serial_number,colour\n00D09E,A\n2369,B\n\n00d09e,A,red\n00D09E,,\n";
    let id = read(&world, text).await.unwrap();
    let import = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!((import.rows, import.fresh, import.refused), (4, 1, 3));
    assert_eq!(import.ignored, ["colour"]);
    let part = Part {
        verdict: Some(Verdict::Refused),
        ..Part::default()
    };
    let page = rows(&world.context, &TESTER, id, part).await.unwrap();
    let refused: Vec<_> = page
        .items
        .iter()
        .map(|row| (row.line, row.reason.as_str(), row.detail.as_str()))
        .collect();
    assert_eq!(
        refused,
        [(3, "oui", ""), (5, "twice", "2"), (6, "serial", "")]
    );
}

#[tokio::test]
async fn what_is_no_table_of_devices_leaves_nothing() {
    let world = World::new().await;
    for (text, expected) in [
        (&b""[..], "the file has no rows"),
        (b"oui,serial_number\n", "the file has no rows"),
        (b"a,b\n1,2\n", "names no column oui"),
        (b"oui,serial\n00D09E,M\xFCller\n", "line 2 is not UTF-8"),
        (b"\xFF\xFEo\0u\0i\0", "line 1 is not UTF-8"),
    ] {
        let error = upload(&world.context, &TESTER, Body::from(text)).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let many = i64::try_from(MAX_ROWS).unwrap() + 1;
    let error = read(&world, &file(many)).await.unwrap_err();
    assert!(
        error.to_string().contains("more than 50000 rows"),
        "{error}"
    );
    let cut = stream::iter([
        Ok(Bytes::from("oui,serial_number\n00D09E,A\n")),
        Err(std::io::Error::other("gone")),
    ]);
    let error = upload(&world.context, &TESTER, Body::from_stream(cut)).await;
    assert!(matches!(error, Err(AcsError::Interrupted)));
    let left = "select to_jsonb(count(*)) from acs.import";
    assert_eq!(world.value(left).await, 0);
}

#[tokio::test]
async fn a_running_import_can_be_stopped_and_a_waiting_one_removed() {
    let world = World::new().await;
    let id = read(&world, &file(DEVICES + 1)).await.unwrap();
    apply(&world.context, &TESTER, id).await.unwrap();
    let refused = discard(&world.context, &TESTER, id).await;
    assert!(matches!(refused, Err(AcsError::ImportState(..))));
    stop(&world.context, &TESTER, id).await.unwrap();
    assert!(!round(&world.context).await.unwrap());
    let import = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!(import.state, ImportState::Stopped);
    discard(&world.context, &TESTER, id).await.unwrap();
    let left = "select jsonb_build_array((select count(*) from acs.import_row),
        (select count(*) from acs.device))";
    assert_eq!(world.value(left).await, json!([0, DEVICES]));
}
