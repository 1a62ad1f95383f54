//! The fleet is counted once, by whoever comes first, and nothing that was counted is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use regia_ident::TerritoryId;

use super::*;
use crate::model::sample::{Outcomes, floor};
use crate::tasks::census::round;
use crate::testing::{TESTER, World};

/// The step of the minute that was counted last.
async fn last(world: &World) -> Sample {
    world.clock.advance(Duration::from_secs(20));
    let samples = series(&world.context, &TESTER, Span::Hour).await.unwrap();
    let known = samples.iter().rev().find(|sample| sample.minutes > 0);
    known.cloned().unwrap()
}

#[tokio::test]
async fn a_minute_holds_what_all_nodes_counted_and_the_fleet_once() {
    let world = World::new().await;
    world.inform("A1", &[("Device.A", "1")]).await;
    world.inform("A2", &[("Device.A", "1")]).await;
    world.run("update acs.device set last_inform_at = now() - interval '9 days' where serial_number = 'A2'").await;
    for new in [true, true, false] {
        world.context.census.note_session(TerritoryId::ROOT, new);
    }
    round(&world.context, true).await.unwrap();
    // Another node comes later, when one device more is offline.
    world
        .run("update acs.device set last_inform_at = now() - interval '9 days'")
        .await;
    world.context.census.note_session(TerritoryId::ROOT, false);
    round(&world.context, true).await.unwrap();
    let sample = last(&world).await;
    assert_eq!((sample.sessions, sample.registrations), (4, 2));
    assert_eq!((sample.online, sample.offline), (Some(1), Some(1)));
    assert_eq!(sample.minutes, 1);
}

#[tokio::test]
async fn a_minute_holds_the_tasks_that_ended_in_it() {
    let world = World::new().await;
    world.inform("A1", &[("Device.A", "1")]).await;
    let minute = floor(world.clock.now(), 60) - time::Duration::MINUTE;
    let tasks = [
        ("done", None, 1),
        ("done", None, 59),
        ("failed", Some(9005), 30),
        ("failed", Some(9005), 31),
        ("failed", None, 32),
        ("expired", None, 33),
        ("cancelled", None, 34),
        ("done", None, 60),
        ("failed", Some(9001), -1),
    ];
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    for (state, code, second) in tasks {
        sqlx::query(
            "insert into acs.task (territory_id, device_id, kind, arguments, state, fault,
                created_by, expires_at, finished_at)
             select 1, device_id, 'reboot', '{}', $1, $2, 'test', now(), $3 from acs.device",
        )
        .bind(state)
        .bind((state == "failed").then(|| json!({ "code": code, "text": "" })))
        .bind(minute + time::Duration::seconds(second))
        .execute(tx.conn())
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    round(&world.context, true).await.unwrap();
    let sample = last(&world).await;
    let outcomes = Outcomes {
        done: 2,
        failed: 3,
        cancelled: 1,
        expired: 1,
    };
    assert_eq!(sample.outcomes, outcomes);
    assert_eq!(sample.faults, BTreeMap::from([(None, 1), (Some(9005), 2)]));
}

#[tokio::test]
async fn what_could_not_be_written_goes_into_a_later_minute() {
    let world = World::new().await;
    world.context.census.note_session(TerritoryId::ROOT, true);
    world.run("alter table acs.sample rename to away").await;
    let minute = floor(world.clock.now(), 60);
    record(&world.context, minute, None).await.unwrap_err();
    world.run("alter table acs.away rename to sample").await;
    record(&world.context, minute, None).await.unwrap();
    let sample = last(&world).await;
    assert_eq!((sample.sessions, sample.registrations), (1, 1));
    assert_eq!(sample.online, None);
}

#[tokio::test]
async fn longer_steps_add_up_and_average() {
    let world = World::new().await;
    let begin = floor(world.clock.now(), 600) - time::Duration::minutes(10);
    let fleet = |online| Summary {
        online,
        ..Summary::default()
    };
    for (minute, online) in [(0, 10), (4, 20), (9, 30)] {
        world.context.census.note_session(TerritoryId::ROOT, false);
        let at = begin + time::Duration::minutes(minute);
        record(&world.context, at, Some(&fleet(online)))
            .await
            .unwrap();
    }
    let samples = series(&world.context, &TESTER, Span::Day).await.unwrap();
    let sample = samples.iter().find(|sample| sample.minutes > 0).unwrap();
    assert_eq!((sample.began_at, sample.minutes), (begin, 3));
    assert_eq!((sample.online, sample.sessions), (Some(20), 3));
}

#[tokio::test]
async fn old_minutes_are_forgotten() {
    let world = World::new().await;
    let now = world.clock.now();
    for days in [0, 89, 91, 400] {
        let minute = floor(now - time::Duration::days(days), 60);
        world.context.census.note_session(TerritoryId::ROOT, false);
        record(&world.context, minute, None).await.unwrap();
    }
    crate::tasks::housekeep::tidy(&world.context).await.unwrap();
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.sample")
            .await,
        2
    );
}

#[tokio::test]
async fn nobody_waits_for_numbers_that_are_there() {
    let world = World::new().await;
    let first = summary(&world.context, &TESTER).await.unwrap();
    world.inform("A1", &[("Device.A", "1")]).await;
    world.clock.advance(FRESH);
    let shown = summary(&world.context, &TESTER).await.unwrap();
    assert_eq!(shown, first);
    // But newer ones are asked for.
    world.context.census.wanted().await;
    round(&world.context, false).await.unwrap();
    assert_eq!(summary(&world.context, &TESTER).await.unwrap().devices, 1);
    // And much older ones are not shown.
    world.inform("A2", &[("Device.A", "1")]).await;
    world.clock.advance(STALE);
    assert_eq!(summary(&world.context, &TESTER).await.unwrap().devices, 2);
}
