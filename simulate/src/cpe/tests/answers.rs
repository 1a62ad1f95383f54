//! What a CPE answers.

use std::time::Duration;

use regia_cwmp::{
    AcsMessage, CpeMessage, Download, ScheduleDownload, TimeWindow, Upload, ValueKind,
};

use super::{clock, codes, cpe, fault, told, value};
use crate::statistics::Statistics;

const FIRMWARE: &str = "1 Firmware Upgrade Image";

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
        content: regia_cwmp::Fragment::default(),
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
