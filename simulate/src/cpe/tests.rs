//! A CPE's memory, answers and agenda, without a network.

use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_cwmp::{
    AcsMessage, CpeFault, CpeMessage, Download, Inform, ParameterValue, ScheduleDownload,
    SetParameterAttribute, TimeWindow, Upload, ValueKind,
};
use time::macros::datetime;

use super::agenda::retry_wait;
use super::session::SessionError;
use super::{Cpe, Parts, Restart};
use crate::faults::Faults;
use crate::model::{Factory, Identity, Standard, Template};
use crate::statistics::Statistics;

const FIRMWARE: &str = "1 Firmware Upgrade Image";

fn cpe(clock: &Clock) -> Cpe {
    Cpe::new(Parts {
        identity: Identity {
            oui: "00D09E".into(),
            product_class: "HG".into(),
            serial: "S1".into(),
            seed: 7,
        },
        factory: Factory {
            acs_url: "http://acs/".into(),
            username: "fleet".into(),
            password: "secret".into(),
            interval_seconds: 300,
        },
        template: Template::new(Standard::Tr181, 2),
        faults: Faults::default(),
        clock: clock.clone(),
        preemptive_basic: false,
        connection_request_url: "http://cpe/x".into(),
    })
}

fn clock() -> Clock {
    Clock::by_hand(datetime!(2026-11-21 08:00:00 UTC))
}

fn value(name: &str, value: &str, kind: ValueKind) -> ParameterValue {
    ParameterValue {
        name: name.into(),
        value: value.into(),
        kind,
    }
}

fn set(cpe: &mut Cpe, name: &str, text: &str, kind: ValueKind) {
    let values = vec![value(
        &format!("Device.ManagementServer.{name}"),
        text,
        kind,
    )];
    let set = AcsMessage::SetParameterValues {
        values,
        parameter_key: "k".into(),
    };
    assert_eq!(
        cpe.answer(set),
        CpeMessage::SetParameterValuesResponse { status: 0 }
    );
}

fn fault(cpe: &mut Cpe, question: AcsMessage) -> u32 {
    match cpe.answer(question) {
        CpeMessage::Fault(CpeFault { code, text, .. }) => {
            assert!(!text.is_empty());
            code
        }
        _ => 0,
    }
}

fn codes(inform: &Inform) -> Vec<&str> {
    inform
        .events
        .iter()
        .map(|event| event.code.as_str())
        .collect()
}

/// As if a session had told everything.
fn told(cpe: &mut Cpe) -> Inform {
    let inform = cpe.inform();
    cpe.acknowledge(&inform);
    inform
}

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

#[test]
fn values_are_set_all_or_none() {
    let mut cpe = cpe(&clock());
    let good = value("Device.WiFi.SSID.1.SSID", "New", ValueKind::String);
    let values = vec![
        good.clone(),
        value("Device.WiFi.Radio.1.Channel", "999", ValueKind::UnsignedInt),
        value("Device.DeviceInfo.UpTime", "1", ValueKind::UnsignedInt),
        value("Device.Nothing", "1", ValueKind::String),
        value("Device.WiFi.Radio.1.Enable", "1", ValueKind::String),
    ];
    let set = |values| AcsMessage::SetParameterValues {
        values,
        parameter_key: "new".into(),
    };
    let CpeMessage::Fault(fault) = cpe.answer(set(values)) else {
        panic!("no fault")
    };
    assert_eq!(fault.code, 9003);
    let codes: Vec<u32> = fault.parameters.iter().map(|each| each.code).collect();
    assert_eq!(codes, [9007, 9008, 9005, 9006]);
    assert_ne!(
        cpe.tree.text("WiFi.SSID.1.SSID", &cpe.facts()).unwrap(),
        "New"
    );
    assert_eq!(cpe.parameter_key, "");

    let twice = vec![good.clone(), good.clone()];
    let CpeMessage::Fault(fault) = cpe.answer(set(twice)) else {
        panic!("no fault")
    };
    assert_eq!((fault.code, fault.parameters.len()), (9003, 0));

    assert_eq!(
        cpe.answer(set(vec![good])),
        CpeMessage::SetParameterValuesResponse { status: 0 }
    );
    assert_eq!(
        cpe.tree.text("WiFi.SSID.1.SSID", &cpe.facts()).unwrap(),
        "New"
    );
    assert_eq!(cpe.parameter_key, "new");
}

#[test]
fn every_method_of_the_list_is_answered_and_others_are_refused() {
    let mut cpe = cpe(&clock());
    let CpeMessage::GetRpcMethodsResponse(methods) = cpe.answer(AcsMessage::GetRpcMethods) else {
        panic!("no list");
    };
    assert!(methods.len() > 15 && methods.contains(&"ScheduleDownload".into()));
    let unknown = AcsMessage::Unknown {
        name: "SetVouchers".into(),
    };
    assert_eq!(fault(&mut cpe, unknown), 9000);
    let add = AcsMessage::AddObject {
        object_name: "Device.NAT.PortMapping.".into(),
        parameter_key: "a".into(),
    };
    let CpeMessage::AddObjectResponse {
        instance_number,
        status: 0,
    } = cpe.answer(add)
    else {
        panic!("no row");
    };
    let delete = AcsMessage::DeleteObject {
        object_name: format!("Device.NAT.PortMapping.{instance_number}."),
        parameter_key: "d".into(),
    };
    assert_eq!(
        cpe.answer(delete.clone()),
        CpeMessage::DeleteObjectResponse { status: 0 }
    );
    assert_eq!(cpe.parameter_key, "d");
    assert_eq!(fault(&mut cpe, delete), 9005);
    let get = |name: &str| vec![name.to_owned()];
    for (question, code) in [
        (AcsMessage::GetParameterValues(get("Device.Nothing")), 9005),
        (AcsMessage::GetParameterValues(get("Device.WiFi.Radio.")), 0),
        (AcsMessage::GetParameterValues(vec![]), 0),
        (
            AcsMessage::GetParameterAttributes(get("Device.Nothing")),
            9005,
        ),
        (
            AcsMessage::GetParameterAttributes(get("Device.WiFi.Radio.")),
            0,
        ),
        (
            AcsMessage::GetParameterNames {
                path: "Device.".into(),
                next_level: true,
            },
            0,
        ),
        (
            AcsMessage::Reboot {
                command_key: "x".repeat(33),
            },
            9003,
        ),
    ] {
        assert_eq!(fault(&mut cpe, question.clone()), code, "{question:?}");
    }
}

fn download(key: &str, url: &str, file_type: &str) -> AcsMessage {
    AcsMessage::Download(Box::new(Download {
        command_key: key.into(),
        url: url.into(),
        file_type: file_type.into(),
        delay_seconds: 60,
        ..Download::default()
    }))
}

fn schedule(windows: Vec<TimeWindow>) -> AcsMessage {
    AcsMessage::ScheduleDownload(Box::new(ScheduleDownload {
        command_key: "s".into(),
        url: "http://127.0.0.1:1/x".into(),
        file_type: FIRMWARE.into(),
        windows,
        ..ScheduleDownload::default()
    }))
}

fn window(start: u32, end: u32) -> TimeWindow {
    TimeWindow {
        start,
        end,
        ..TimeWindow::default()
    }
}

#[test]
fn transfers_that_cannot_work_are_refused_at_once() {
    let mut cpe = cpe(&clock());
    for (question, code) in [
        (download("a", "ftp://files/x", FIRMWARE), 9013),
        (download("a", "http://", FIRMWARE), 9003),
        (download("a", "http://files/x", "9 Other"), 9003),
        (download(&"x".repeat(33), "http://files/x", FIRMWARE), 9003),
        (
            AcsMessage::CancelTransfer {
                command_key: "z".into(),
            },
            9021,
        ),
        (schedule(vec![]), 9003),
        (schedule(vec![window(20, 10)]), 9003),
    ] {
        assert_eq!(fault(&mut cpe, question.clone()), code, "{question:?}");
    }
    assert!(cpe.transfers.is_empty());
}

#[test]
fn transfers_are_queued_listed_and_cancelled() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    assert_eq!(
        fault(&mut cpe, download("a", "http://files/x", FIRMWARE)),
        0
    );
    let scheduled = cpe.answer(schedule(vec![window(10, 20)]));
    assert_eq!(scheduled, CpeMessage::ScheduleDownloadResponse);
    let upload = AcsMessage::Upload(Upload {
        command_key: "u".into(),
        url: "http://files/x".into(),
        file_type: "2 Vendor Log File".into(),
        delay_seconds: 5,
        ..Upload::default()
    });
    for expected in [0, 0, 9004] {
        assert_eq!(fault(&mut cpe, upload.clone()), expected);
    }
    assert_eq!(
        cpe.next_wake().unwrap() - clock.instant(),
        Duration::from_secs(5)
    );
    let CpeMessage::GetAllQueuedTransfersResponse(queued) =
        cpe.answer(AcsMessage::GetAllQueuedTransfers)
    else {
        panic!("no list");
    };
    let kinds: Vec<(&str, bool)> = queued
        .iter()
        .map(|each| (each.command_key.as_str(), each.is_download))
        .collect();
    assert_eq!(
        kinds,
        [("a", true), ("s", true), ("u", false), ("u", false)]
    );
    let cancel = AcsMessage::CancelTransfer {
        command_key: "u".into(),
    };
    assert_eq!(cpe.answer(cancel), CpeMessage::CancelTransferResponse);
    assert_eq!(cpe.transfers.len(), 2);
}

#[tokio::test]
async fn a_download_outside_its_window_is_told_as_such() {
    let (clock, statistics) = (clock(), Statistics::default());
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    let scheduled = cpe.answer(schedule(vec![window(10, 20)]));
    assert_eq!(scheduled, CpeMessage::ScheduleDownloadResponse);
    clock.advance(Duration::from_secs(30));
    assert!(!cpe.run_transfers(&statistics).await);
    assert_eq!(
        codes(&cpe.inform()),
        ["7 TRANSFER COMPLETE", "M ScheduleDownload"]
    );
    assert_eq!(cpe.completions[0].fault.code, 9020);
    assert_eq!(statistics.failed_transfers.get(), 1);
}

#[test]
fn a_boot_forgets_what_a_factory_reset_must_and_nothing_else() {
    let clock = clock();
    let mut cpe = cpe(&clock);
    told(&mut cpe);
    set(&mut cpe, "Username", "own", ValueKind::String);
    clock.advance(Duration::from_secs(50));
    assert_eq!(cpe.facts().uptime_seconds, 50);
    assert_eq!(
        cpe.answer(AcsMessage::Reboot {
            command_key: "r".into()
        }),
        CpeMessage::RebootResponse
    );
    let restart = cpe.restart.take();
    assert_eq!(
        restart,
        Some(Restart::Reboot {
            command_key: "r".into()
        })
    );
    cpe.boot(restart);
    assert_eq!(cpe.facts().uptime_seconds, 0);
    assert_eq!(codes(&told(&mut cpe)), ["1 BOOT", "M Reboot"]);
    assert_eq!(
        (cpe.setting("Username").as_str(), cpe.parameter_key.as_str()),
        ("own", "k")
    );

    assert_eq!(
        cpe.answer(AcsMessage::FactoryReset),
        CpeMessage::FactoryResetResponse
    );
    let restart = cpe.restart.take();
    cpe.boot(restart);
    assert_eq!(codes(&told(&mut cpe)), ["0 BOOTSTRAP", "1 BOOT"]);
    assert_eq!(
        (cpe.setting("Username").as_str(), cpe.parameter_key.as_str()),
        ("fleet", "")
    );
}
