//! The load generator against a scripted ACS.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use regia_clock::{Chance, Clock};
use regia_httpauth::{Algorithm, Authorization, DigestOffer, Qop, Secret};
use regia_simulate::load::{Devices, Failure, LoadOptions, LoadReport, Login, Pace, Until, run};

use crate::acs::{self, Reply, Seen};

const ANSWER: &str = "<x:InformResponse/>";

fn options(acs: std::net::SocketAddr) -> LoadOptions {
    LoadOptions {
        acs: format!("http://{acs}/cwmp?a=b"),
        login: Login::Basic {
            username: "fleet".to_owned(),
            password: "secret".to_owned(),
        },
        oui: "00D09E".to_owned(),
        serial_prefix: "LOAD".to_owned(),
        devices: Devices::New { first: 100 },
        connections: 4,
        pace: Pace::Closed,
        until: Until::Sessions(40),
    }
}

async fn load(options: LoadOptions) -> LoadReport {
    tokio::task::spawn_blocking(move || run(&options, &Clock::system(), &Chance::seeded(1)))
        .await
        .unwrap()
        .unwrap()
}

/// What a CPE must send, and the answers of an ACS without tasks.
fn serve(seen: &Seen) -> Reply {
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/cwmp?a=b")
    );
    if seen.body.is_empty() {
        assert_eq!(seen.header("cookie"), "session=abc");
        assert!(!seen.headers.contains_key("content-type"));
        assert!(!seen.headers.contains_key("soapaction"));
        return Reply::status(204);
    }
    assert!(seen.header("content-type").starts_with("text/xml"));
    assert!(seen.headers.contains_key("soapaction"));
    Reply::body(ANSWER).with("set-cookie", "session=abc; Path=/; HttpOnly")
}

fn part<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .unwrap()
        .1
        .split_once(after)
        .unwrap()
        .0
}

#[tokio::test]
async fn every_session_is_a_new_device_over_few_connections() {
    let seen = Arc::new(Mutex::new((BTreeSet::new(), BTreeSet::new())));
    let log = Arc::clone(&seen);
    let address = acs::start(move |seen| {
        assert_eq!(seen.header("authorization"), "Basic ZmxlZXQ6c2VjcmV0");
        if !seen.body.is_empty() {
            assert!(seen.body.contains("0 BOOTSTRAP") && seen.body.contains("1 BOOT"));
            let mut log = log.lock().unwrap();
            log.0
                .insert(part(&seen.body, "<SerialNumber>", "<").to_owned());
            log.1.insert(seen.connection);
        }
        serve(seen)
    })
    .await;
    let report = load(options(address)).await;
    assert_eq!((report.sessions, report.failed()), (40, 0), "{report:?}");
    assert_eq!(report.latency.count(), 40);
    assert!(report.rate() > 0.0);
    let (serials, connections) = &*seen.lock().unwrap();
    let expected: BTreeSet<String> = (100..140).map(|n| format!("LOAD{n:09}")).collect();
    assert_eq!(serials, &expected);
    assert_eq!(connections.len(), 4);
}

#[tokio::test]
async fn known_devices_take_turns_at_the_asked_rate() {
    let seen = Arc::new(Mutex::new(BTreeMap::<String, usize>::new()));
    let log = Arc::clone(&seen);
    let address = acs::start(move |seen| {
        if !seen.body.is_empty() {
            assert!(seen.body.contains("2 PERIODIC"));
            let serial = part(&seen.body, "<SerialNumber>", "<").to_owned();
            *log.lock().unwrap().entry(serial).or_default() += 1;
        }
        serve(seen)
    })
    .await;
    let report = load(LoadOptions {
        devices: Devices::Known { count: 10 },
        pace: Pace::Open { rate: 1000.0 },
        ..options(address)
    })
    .await;
    assert_eq!((report.sessions, report.failed()), (40, 0), "{report:?}");
    assert!(report.elapsed >= std::time::Duration::from_millis(39));
    let counts: Vec<usize> = seen.lock().unwrap().values().copied().collect();
    assert_eq!(counts, [4; 10]);
}

#[tokio::test]
async fn digest_is_answered_and_its_nonce_used_again() {
    let seen = Arc::new(Mutex::new((0, BTreeSet::new())));
    let log = Arc::clone(&seen);
    let address = acs::start(move |seen| {
        let offer = DigestOffer {
            realm: "acs",
            nonce: "n1",
            algorithm: Algorithm::Md5,
            qop: Qop::Auth,
            stale: false,
        };
        let mut log = log.lock().unwrap();
        let Ok(Authorization::Digest(digest)) =
            Authorization::parse(seen.header("authorization").as_bytes())
        else {
            log.0 += 1;
            return Reply::status(401).with("www-authenticate", offer.to_header());
        };
        assert!(digest.verify("acs", "POST", Secret::Password("secret")));
        assert_eq!(digest.path(), seen.target);
        assert!(
            log.1.insert((seen.connection, digest.nc.clone())),
            "nc came twice"
        );
        serve(seen)
    })
    .await;
    let login = Login::Digest {
        username: "fleet".to_owned(),
        password: "secret".to_owned(),
    };
    let report = load(LoadOptions {
        login,
        ..options(address)
    })
    .await;
    assert_eq!((report.sessions, report.failed()), (40, 0), "{report:?}");
    assert_eq!(
        seen.lock().unwrap().0,
        4,
        "one challenge for each connection"
    );
}

#[tokio::test]
async fn failures_are_counted_by_kind() {
    let table: [(fn() -> Reply, Failure); 5] = [
        (|| Reply::status(503), Failure::Busy),
        (|| Reply::status(500), Failure::Status),
        (|| Reply::status(401), Failure::Unauthorized),
        (|| Reply::status(204), Failure::Status),
        (|| Reply::body("<Fault/>"), Failure::Content),
    ];
    for (reply, expected) in table {
        let address = acs::start(move |_| reply()).await;
        let report = load(options(address)).await;
        assert_eq!(report.sessions, 0);
        assert_eq!(report.failures, BTreeMap::from([(expected, 40)]));
    }
    let address = acs::start(|seen| {
        if seen.body.is_empty() {
            Reply::body("no 204")
        } else {
            serve(seen)
        }
    })
    .await;
    assert_eq!(
        load(options(address)).await.failures,
        BTreeMap::from([(Failure::Status, 40)])
    );
    let nobody = "127.0.0.1:1".parse().unwrap();
    assert_eq!(
        load(options(nobody)).await.failures,
        BTreeMap::from([(Failure::Connect, 40)])
    );
}
