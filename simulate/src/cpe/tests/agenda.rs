//! When a CPE speaks, and what it tells.

use std::time::Duration;

use regia_clock::Chance;
use regia_cwmp::{AcsMessage, CpeMessage, Inform, SetParameterAttribute, ValueKind};

use super::{clock, codes, cpe, fault, set, told};
use crate::cpe::agenda::retry_wait;
use crate::cpe::session::SessionError;
use crate::statistics::Statistics;

#[test]
fn retries_wait_longer_and_longer_within_the_bounds_of_the_standard() {
    let chance = Chance::seeded(1);
    for (retry, m, k, least_ms, most_ms) in [
        (1, 5, 2000, 5_000, 10_000),
        (2, 5, 2000, 10_000, 20_000),
        (3, 5, 2000, 20_000, 40_000),
        (10, 5, 2000, 2_560_000, 5_120_000),
        (11, 5, 2000, 2_560_000, 5_120_000),
        (1, 1, 1000, 1_000, 1_000),
        (10, 65_535, 65_535, u64::MAX / 1000, u64::MAX),
    ] {
        for _ in 0..20 {
            let wait = retry_wait(retry, m, k, &chance).as_millis();
            let bounds = u128::from(least_ms)..=u128::from(most_ms);
            assert!(bounds.contains(&wait), "retry {retry}: {wait}");
        }
    }
}

#[test]
fn a_failed_session_is_tried_again_with_all_its_events_and_a_count() {
    let (clock, statistics) = (clock(), Statistics::default());
    let mut cpe = cpe(&clock);
    for retry in 1..=3 {
        let asked = Duration::from_secs(100);
        let error = SessionError::Status {
            status: 503,
            retry_after: Some(asked),
        };
        cpe.settle(Err(error), &statistics);
        let wait = cpe.next_wake().unwrap() - clock.instant();
        assert!(wait >= asked, "{wait:?}");
        assert_eq!(cpe.inform().retry_count, retry);
    }
    assert_eq!(codes(&cpe.inform()), ["0 BOOTSTRAP", "1 BOOT"]);
    cpe.settle(Ok(()), &statistics);
    told(&mut cpe);
    let inform = cpe.inform();
    assert_eq!((inform.retry_count, codes(&inform)), (0, vec![]));
    assert_eq!(
        (statistics.sessions.get(), statistics.failed_sessions.get()),
        (1, 3)
    );
}

#[test]
fn periodic_informs_come_once_an_interval_and_follow_the_settings() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    let first = cpe.next_wake().unwrap();
    assert!(first - clock.instant() <= Duration::from_secs(300));
    clock.advance(first - clock.instant());
    cpe.raise_due();
    assert_eq!(codes(&told(&mut cpe)), ["2 PERIODIC"]);
    let wait = cpe.next_wake().unwrap() - clock.instant();
    assert!((299..=300).contains(&wait.as_secs()), "{wait:?}");

    set(
        &mut cpe,
        "PeriodicInformInterval",
        "60",
        ValueKind::UnsignedInt,
    );
    assert!(cpe.next_wake().unwrap() - clock.instant() <= Duration::from_secs(60));
    set(&mut cpe, "PeriodicInformEnable", "0", ValueKind::Boolean);
    assert_eq!(cpe.next_wake(), None);
}

#[test]
fn periodic_informs_are_in_phase_with_the_time_that_the_acs_sets() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    set(
        &mut cpe,
        "PeriodicInformInterval",
        "3600",
        ValueKind::UnsignedInt,
    );
    set(
        &mut cpe,
        "PeriodicInformTime",
        "2020-01-01T00:20:00Z",
        ValueKind::DateTime,
    );
    let wait = cpe.next_wake().unwrap() - clock.instant();
    assert!((1199..=1200).contains(&wait.as_secs()), "{wait:?}");
}

#[test]
fn scheduled_informs_come_with_their_keys() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    set(
        &mut cpe,
        "PeriodicInformEnable",
        "false",
        ValueKind::Boolean,
    );
    let schedule = |delay_seconds, key: &str| AcsMessage::ScheduleInform {
        delay_seconds,
        command_key: key.into(),
    };
    assert_eq!(fault(&mut cpe, schedule(0, "x")), 9003);
    assert_eq!(
        cpe.answer(schedule(20, "b")),
        CpeMessage::ScheduleInformResponse
    );
    assert_eq!(
        cpe.answer(schedule(10, "a")),
        CpeMessage::ScheduleInformResponse
    );
    assert_eq!(
        cpe.next_wake().unwrap() - clock.instant(),
        Duration::from_secs(10)
    );
    clock.advance(Duration::from_secs(30));
    cpe.raise_due();
    let inform = told(&mut cpe);
    assert_eq!(
        codes(&inform),
        ["3 SCHEDULED", "M ScheduleInform", "M ScheduleInform"]
    );
    assert_eq!(inform.events[1].command_key, "b");
    assert_eq!(cpe.next_wake(), None);
}

#[test]
fn changes_are_told_as_far_as_the_acs_wants_to_know() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    let path = "Device.WiFi.SSID.1.SSID";
    for (notification, events, reported) in [
        (0, vec![], false),
        (1, vec![], true),
        (2, vec!["4 VALUE CHANGE"], true),
    ] {
        let wanted = SetParameterAttribute {
            name: path.into(),
            notification_change: true,
            notification,
            ..SetParameterAttribute::default()
        };
        let answer = cpe.answer(AcsMessage::SetParameterAttributes(vec![wanted]));
        assert_eq!(answer, CpeMessage::SetParameterAttributesResponse);
        cpe.change(path, "New name");
        let inform = told(&mut cpe);
        assert_eq!(codes(&inform), events, "{notification}");
        let found = inform.parameters.iter().any(|each| each.name == path);
        assert_eq!(found, reported, "{notification}");
        assert!(
            !told(&mut cpe)
                .parameters
                .iter()
                .any(|each| each.name == path)
        );
    }
}

#[test]
fn the_address_changes_by_itself_now_and_then() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    let before = told(&mut cpe);
    cpe.plan_change(Some(Duration::from_secs(60)));
    clock.advance(Duration::from_secs(120));
    cpe.raise_due();
    let after = cpe.inform();
    assert!(codes(&after).contains(&"4 VALUE CHANGE"));
    let address = |inform: &Inform| {
        let end = "Interface.1.IPv4Address.1.IPAddress";
        inform
            .parameters
            .iter()
            .find(|each| each.name.ends_with(end))
            .map(|each| each.value.clone())
    };
    assert_ne!(address(&before).unwrap(), address(&after).unwrap());
}
