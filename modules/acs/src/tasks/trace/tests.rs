//! What is kept of a traced device, and what happens when it cannot be.

use serde_json::json;

use super::*;
use crate::flows::trace as flow;
use crate::testing::{TESTER, World};
use crate::wire::tap::Tracer;

const ROWS: &str = "select coalesce(jsonb_agg(jsonb_build_array(kind, missed,
    convert_from(body, 'UTF8')) order by entry_id), '[]') from acs.trace_message";

const ROOT: TerritoryId = TerritoryId::ROOT;

/// A world with a device that is traced.
async fn traced() -> (World, DeviceId) {
    let world = World::new().await;
    let device = world.inform("S1", &[]).await;
    flow::start(&world.context, &TESTER, device, 30)
        .await
        .unwrap();
    (world, device)
}

/// Hands texts over as outcomes of connection requests, and writes them.
async fn say(world: &World, device: DeviceId, texts: &[&str]) {
    let (tracer, mut receiver) = Tracer::new();
    for text in texts {
        tracer.called((ROOT, device), world.clock.now(), text);
    }
    let mut heard = Vec::new();
    receiver.recv_many(&mut heard, texts.len()).await;
    write(&world.context, heard).await;
}

#[tokio::test]
async fn what_was_missed_is_shown_as_a_gap_before_what_comes_next() {
    let (world, device) = traced().await;
    world.context.tracer.miss(ROOT, device, 3);
    say(&world, device, &["a", "b"]).await;
    let expected = json!([["gap", 3, ""], ["called", 0, "a"], ["called", 0, "b"]]);
    assert_eq!(world.value(ROWS).await, expected);
}

#[tokio::test]
async fn what_the_database_does_not_take_is_missed_and_nothing_waits() {
    let (world, device) = traced().await;
    world
        .run("alter table acs.trace_message rename to away")
        .await;
    say(&world, device, &["a", "b"]).await;
    world
        .run("alter table acs.away rename to trace_message")
        .await;
    say(&world, device, &["c"]).await;
    let expected = json!([["gap", 2, ""], ["called", 0, "c"]]);
    assert_eq!(world.value(ROWS).await, expected);
}

#[tokio::test]
async fn a_device_that_is_not_traced_any_more_leaves_nothing() {
    let (world, device) = traced().await;
    let other = world.inform("S2", &[]).await;
    flow::stop(&world.context, &TESTER, device).await.unwrap();
    say(&world, device, &["a"]).await;
    say(&world, other, &["a"]).await;
    say(&world, DeviceId(999_999), &["a"]).await;
    assert_eq!(world.value(ROWS).await, json!([]));
    world
        .run("update acs.device set trace_until = now() - interval '1 second'")
        .await;
    say(&world, device, &["a"]).await;
    assert_eq!(world.value(ROWS).await, json!([]));
}

#[tokio::test]
async fn past_its_limit_a_trace_keeps_the_newest() {
    let (world, device) = traced().await;
    let large = "x".repeat(1024 * 1024);
    for number in 0..13 {
        say(&world, device, &[&format!("{number} {large}")]).await;
    }
    let kept = "select jsonb_agg(split_part(convert_from(body, 'UTF8'), ' ', 1)::int
        order by entry_id) from acs.trace_message";
    let expected: Vec<i32> = (4..13).collect();
    let kept = world.value(kept).await;
    let bytes = world
        .value("select jsonb_build_array(bytes < 10485760, rolled > 0) from acs.trace")
        .await;
    assert_eq!(bytes, json!([true, true]));
    let kept: Vec<i32> = serde_json::from_value(kept).unwrap();
    assert!(kept.len() >= 8 && expected.ends_with(&kept), "{kept:?}");
}

#[tokio::test]
async fn a_long_message_is_cut_and_says_so() {
    let (world, device) = traced().await;
    say(&world, device, &[&"é".repeat(1_500_000)]).await;
    let row = world
        .value("select jsonb_build_array(octet_length(body), bytes, remark) from acs.trace_message")
        .await;
    assert_eq!(row, json!([MAX_MESSAGE_BYTES, 3_000_000, "cut"]));
}

#[tokio::test]
async fn messages_go_with_their_device() {
    let (world, device) = traced().await;
    say(&world, device, &["a"]).await;
    crate::flows::operate::delete(&world.context, &TESTER, device)
        .await
        .unwrap();
    let left = "select to_jsonb((select count(*) from acs.trace_message)
        + (select count(*) from acs.trace))";
    assert_eq!(world.value(left).await, 0);
}

#[tokio::test]
async fn messages_older_than_a_day_are_not_shown() {
    let (world, device) = traced().await;
    say(&world, device, &["a", "b"]).await;
    world
        .run(
            "update acs.trace_message set happened_at = now() - interval '24 hours 1 second'
             where convert_from(body, 'UTF8') = 'a'",
        )
        .await;
    let limit = regia_store::page::Limit::default();
    let (trace, page) = flow::look(&world.context, &TESTER, device, None, limit)
        .await
        .unwrap();
    let bodies: Vec<&str> = page.items.iter().map(|one| one.body.as_str()).collect();
    assert_eq!((bodies, trace.bytes), (vec!["b"], 1));
}

#[tokio::test]
async fn more_than_can_wait_is_counted() {
    let (world, device) = traced().await;
    let (tracer, _receiver) = Tracer::new();
    for _ in 0..4_100 {
        tracer.called((ROOT, device), world.clock.now(), "a");
    }
    assert_eq!(tracer.take_missed(ROOT, device), 4);
    let (tracer, _receiver) = Tracer::new();
    let large = "x".repeat(4 * 1024 * 1024);
    for _ in 0..9 {
        tracer.called((ROOT, device), world.clock.now(), &large);
    }
    assert_eq!(tracer.take_missed(ROOT, device), 1);
    assert_eq!(tracer.take_missed(ROOT, device), 0);
}
