//! Misbehaviour on request.

use std::sync::{Arc, Mutex};

use regia_cwmp::{AcsMessage, CpeMessage};
use regia_simulate::{Fault, FaultShare, SimulateCpe};

use crate::acs::Seen;
use crate::cwmp::Acs;
use crate::{counted, fleet, get, options};

fn with(acs: &Acs, fault: Fault) -> SimulateCpe {
    SimulateCpe {
        faults: vec![FaultShare { fault, share: 1.0 }],
        ..options(acs)
    }
}

fn fault_of(message: &CpeMessage) -> Option<u32> {
    match message {
        CpeMessage::Fault(fault) => Some(fault.code),
        _ => None,
    }
}

#[tokio::test]
async fn a_subtree_is_listed_and_answers_9005() {
    let names = AcsMessage::GetParameterNames {
        path: "Device.WiFi.".into(),
        next_level: false,
    };
    let questions = vec![
        names,
        get(&["Device.WiFi.SSID.2.SSID"]),
        get(&["Device.WiFi.SSID.1.SSID"]),
        get(&["Device.WiFi."]),
    ];
    let mut acs = Acs::start(vec![questions]).await;
    let fleet = fleet(&with(&acs, Fault::Missing)).await;
    let session = acs.session().await;
    let faults: Vec<Option<u32>> = session.answers.iter().map(fault_of).collect();
    assert_eq!(faults, [None, Some(9005), None, None]);
    let CpeMessage::GetParameterNamesResponse(names) = &session.answers[0] else {
        panic!()
    };
    assert!(
        names
            .iter()
            .any(|info| info.name == "Device.WiFi.SSID.2.SSID")
    );
    assert_eq!(fleet.stop().await.faults, 1);
}

#[tokio::test]
async fn big_batches_answer_9002() {
    let mut acs = Acs::start(vec![vec![
        get(&["Device."]),
        get(&["Device.UserInterface."]),
    ]])
    .await;
    let fleet = fleet(&with(&acs, Fault::SmallBatches)).await;
    let session = acs.session().await;
    let faults: Vec<Option<u32>> = session.answers.iter().map(fault_of).collect();
    assert_eq!(faults, [Some(9002), None]);
    fleet.stop().await;
}

#[tokio::test]
async fn odd_prefixes_are_on_the_wire() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let gate = move |seen: &Seen| {
        if seen.body.contains("Inform>") {
            log.lock()
                .unwrap()
                .push(seen.body.split(' ').next().unwrap().to_owned());
        }
        None
    };
    let mut acs = Acs::gated(vec![], Box::new(gate)).await;
    let fleet = fleet(&SimulateCpe {
        count: 16,
        ..with(&acs, Fault::OddPrefixes)
    })
    .await;
    for _ in 0..16 {
        acs.session().await;
    }
    fleet.stop().await;
    let mut roots = seen.lock().unwrap().clone();
    roots.sort_unstable();
    roots.dedup();
    assert!(roots.len() >= 3, "{roots:?}");
}

#[tokio::test]
async fn some_sessions_break_off_and_others_do_not() {
    for fault in [Fault::Drop, Fault::BadXml, Fault::LostCookie] {
        let questions = vec![get(&["Device.DeviceInfo."]), get(&["Device.WiFi."])];
        let mut acs = Acs::start(vec![questions; 24]).await;
        let fleet = fleet(&SimulateCpe {
            count: 24,
            ..with(&acs, fault)
        })
        .await;
        acs.session().await;
        let report = counted(&fleet, 24).await;
        assert!(
            report.failed_sessions > 0 && report.sessions > 0,
            "{fault:?}: {report:?}"
        );
        fleet.stop().await;
    }
}

#[tokio::test]
async fn some_cpes_open_a_second_session_with_the_same_inform() {
    let informs = Arc::new(Mutex::new(0));
    let count = Arc::clone(&informs);
    let gate = move |seen: &Seen| {
        if seen.body.contains("Inform>") {
            *count.lock().unwrap() += 1;
        }
        None
    };
    let mut acs = Acs::gated(vec![], Box::new(gate)).await;
    let fleet = fleet(&SimulateCpe {
        count: 12,
        ..with(&acs, Fault::Duplicate)
    })
    .await;
    for _ in 0..12 {
        acs.session().await;
    }
    fleet.stop().await;
    assert!(*informs.lock().unwrap() > 12);
}
