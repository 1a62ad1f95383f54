//! Simulated CPEs against a scripted ACS: sessions, what the ACS asks, what follows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use regia_cwmp::{AcsMessage, CpeMessage, ValueKind};
use regia_httpauth::{Algorithm, Authorization, DigestOffer, Qop, Secret, basic_challenge};
use regia_simulate::{Model, SimulateCpe};

use crate::acs::{Reply, Seen};
use crate::cwmp::{Acs, Session};
use crate::{counted, fleet, get, options, set, values};

#[tokio::test]
async fn the_first_session_registers_the_cpe() {
    let mut acs = Acs::start(vec![vec![get(&["Device.DeviceInfo.SerialNumber"])]]).await;
    let fleet = fleet(&options(&acs)).await;
    let session = acs.session().await;
    assert_eq!(session.events(), [("0 BOOTSTRAP", ""), ("1 BOOT", "")]);
    let device = &session.inform.device_id;
    assert_eq!(
        (device.oui.as_str(), device.serial_number.as_str()),
        ("00D09E", "SIM000000")
    );
    assert_eq!(device.product_class, "HomeGate181");
    assert!(session.inform.current_time.is_some());
    assert_eq!(session.parameter("DeviceInfo.SoftwareVersion"), "1.0.0");
    assert!(
        session
            .parameter("ConnectionRequestURL")
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(values(&session.answers[0]), ["SIM000000"]);
    counted(&fleet, 1).await;
    let report = fleet.stop().await;
    assert_eq!(
        (report.sessions, report.failed_sessions, report.rpcs),
        (1, 0, 1)
    );
}

#[tokio::test]
async fn a_fleet_is_mixed_and_every_cpe_differs() {
    let mut acs = Acs::start(vec![]).await;
    let fleet = fleet(&SimulateCpe {
        count: 20,
        model: Model::Mixed,
        ..options(&acs)
    })
    .await;
    let mut sessions: Vec<Session> = Vec::new();
    while sessions.len() < 20 {
        sessions.push(acs.session().await);
    }
    let mut urls: Vec<&str> = sessions
        .iter()
        .map(|session| session.parameter("ConnectionRequestURL"))
        .collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 20);
    let tr098 = |session: &&Session| session.inform.device_id.product_class == "HomeGate98";
    assert_eq!(sessions.iter().filter(tr098).count(), 10);
    assert_eq!(counted(&fleet, 20).await.sessions, 20);
    fleet.stop().await;
}

#[tokio::test]
async fn challenges_are_answered_with_the_factory_credentials() {
    let offer = |algorithm, qop| {
        DigestOffer {
            realm: "acs",
            nonce: "n",
            algorithm,
            qop,
            stale: false,
        }
        .to_header()
    };
    for challenge in [
        basic_challenge("acs"),
        offer(Algorithm::Md5, Qop::Auth),
        offer(Algorithm::Md5, Qop::None),
        offer(Algorithm::Md5Sess, Qop::Auth),
    ] {
        let challenged = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&challenged);
        let gate = move |seen: &Seen| {
            let right = match Authorization::parse(seen.header("authorization").as_bytes()) {
                Ok(Authorization::Basic(basic)) => basic.matches("fleet", "secret"),
                Ok(Authorization::Digest(digest)) => {
                    digest.path() == "/cwmp"
                        && digest.verify("acs", "POST", Secret::Password("secret"))
                }
                Err(_) => false,
            };
            (!right).then(|| {
                count.fetch_add(1, Ordering::Relaxed);
                Reply::status(401).with("www-authenticate", challenge.clone())
            })
        };
        let mut acs = Acs::gated(vec![vec![get(&[])]], Box::new(gate)).await;
        let fleet = fleet(&options(&acs)).await;
        acs.session().await;
        assert_eq!(counted(&fleet, 1).await.sessions, 1);
        fleet.stop().await;
        assert_eq!(challenged.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn wrong_credentials_fail_the_session() {
    let refused = Arc::new(tokio::sync::Notify::new());
    let bell = Arc::clone(&refused);
    let gate = move |seen: &Seen| {
        if seen.headers.contains_key("authorization") {
            bell.notify_one();
        }
        Some(Reply::status(401).with("www-authenticate", "Basic realm=\"acs\""))
    };
    let acs = Acs::gated(vec![], Box::new(gate)).await;
    let fleet = fleet(&options(&acs)).await;
    refused.notified().await;
    assert_eq!(counted(&fleet, 1).await.failed_sessions, 1);
    fleet.stop().await;
}

#[tokio::test]
async fn redirects_are_followed_and_not_remembered() {
    for status in [302, 307] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let gate = move |seen: &Seen| {
            log.lock().unwrap().push(seen.target.clone());
            (seen.target == "/cwmp").then(|| Reply::status(status).with("location", "/other?x=1"))
        };
        let mut acs = Acs::gated(vec![], Box::new(gate)).await;
        let fleet = fleet(&options(&acs)).await;
        acs.session().await;
        fleet.stop().await;
        assert_eq!(*seen.lock().unwrap(), ["/cwmp", "/other?x=1", "/other?x=1"]);
    }
}

#[tokio::test]
async fn a_reboot_is_told_with_its_command_key() {
    let reboot = AcsMessage::Reboot {
        command_key: "key 1".into(),
    };
    let mut acs = Acs::start(vec![vec![reboot]]).await;
    let fleet = fleet(&options(&acs)).await;
    assert_eq!(acs.session().await.answers, [CpeMessage::RebootResponse]);
    assert_eq!(
        acs.session().await.events(),
        [("1 BOOT", ""), ("M Reboot", "key 1")]
    );
    assert_eq!(fleet.stop().await.reboots, 1);
}

#[tokio::test]
async fn credentials_of_the_acs_are_used_until_a_factory_reset() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let gate = move |seen: &Seen| {
        match Authorization::parse(seen.header("authorization").as_bytes()) {
            Ok(Authorization::Basic(basic)) if seen.body.contains("Inform>") => {
                log.lock()
                    .unwrap()
                    .push(format!("{}:{}", basic.username, basic.password));
            }
            _ => {}
        }
        None
    };
    let management = "Device.ManagementServer.";
    let values = vec![
        set(&format!("{management}Username"), "cpe-1", ValueKind::String),
        set(&format!("{management}Password"), "own", ValueKind::String),
    ];
    let set = AcsMessage::SetParameterValues {
        values,
        parameter_key: "k1".into(),
    };
    let reboot = AcsMessage::Reboot {
        command_key: String::new(),
    };
    let questions = vec![vec![set, reboot], vec![AcsMessage::FactoryReset], vec![]];
    let mut acs = Acs::gated(questions, Box::new(gate)).await;
    let fleet = fleet(&SimulateCpe {
        preemptive_basic: true,
        ..options(&acs)
    })
    .await;
    let first = acs.session().await;
    assert_eq!(
        first.answers[0],
        CpeMessage::SetParameterValuesResponse { status: 0 }
    );
    assert_eq!(acs.session().await.parameter("ParameterKey"), "k1");
    let reset = acs.session().await;
    assert_eq!(reset.events(), [("0 BOOTSTRAP", ""), ("1 BOOT", "")]);
    assert_eq!(reset.parameter("ParameterKey"), "");
    fleet.stop().await;
    assert_eq!(
        *seen.lock().unwrap(),
        ["fleet:secret", "cpe-1:own", "fleet:secret"]
    );
}

#[tokio::test]
async fn another_acs_is_told_bootstrap_at_once() {
    let mut second = Acs::start(vec![]).await;
    let url = set(
        "Device.ManagementServer.URL",
        &second.url(),
        ValueKind::String,
    );
    let move_on = AcsMessage::SetParameterValues {
        values: vec![url],
        parameter_key: String::new(),
    };
    let mut first = Acs::start(vec![vec![move_on]]).await;
    let fleet = fleet(&options(&first)).await;
    first.session().await;
    assert_eq!(second.session().await.events(), [("0 BOOTSTRAP", "")]);
    fleet.stop().await;
}

#[tokio::test]
async fn a_session_that_fails_after_its_inform_is_tried_again_with_a_count() {
    let management =
        |name, value, kind| set(&format!("Device.ManagementServer.{name}"), value, kind);
    let values = vec![
        management("CWMPRetryMinimumWaitInterval", "1", ValueKind::UnsignedInt),
        management(
            "CWMPRetryIntervalMultiplier",
            "1000",
            ValueKind::UnsignedInt,
        ),
        management("PeriodicInformEnable", "false", ValueKind::Boolean),
    ];
    let first = vec![
        AcsMessage::SetParameterValues {
            values,
            parameter_key: String::new(),
        },
        AcsMessage::ScheduleInform {
            delay_seconds: 1,
            command_key: "k".into(),
        },
    ];
    let mut informs = 0;
    let gate = move |seen: &Seen| {
        informs += usize::from(seen.body.contains("Inform>"));
        (informs == 2 && seen.body.is_empty()).then(|| Reply::status(500))
    };
    let mut acs = Acs::gated(vec![first], Box::new(gate)).await;
    let fleet = fleet(&options(&acs)).await;
    acs.session().await;
    let again = acs.session().await;
    assert_eq!((again.inform.retry_count, again.events()), (1, vec![]));
    let report = counted(&fleet, 3).await;
    assert_eq!((report.sessions, report.failed_sessions), (2, 1));
    fleet.stop().await;
}
