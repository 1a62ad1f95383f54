//! Bad input at the real listeners: each has its answer, its log line and its metric, nothing of it
//! is kept, and no other device notices.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use flate2::Compression;
use flate2::write::GzEncoder;
use regia_testkit::TestDb;

use crate::server::{API_KEY, Server, eventually, place, request, status};

/// `fleet:fleet-password-1` and `fleet:wrong`.
const RIGHT: &str = "Authorization: Basic ZmxlZXQ6ZmxlZXQtcGFzc3dvcmQtMQ==";
const WRONG: &str = "Authorization: Basic ZmxlZXQ6d3Jvbmc=";
const SOAP: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
    xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"><s:Header><cwmp:ID>7</cwmp:ID></s:Header><s:Body>";
/// Says that more follows than comes.
const BREAKS_OFF: &str = "Content-Length: 1000";
const END: &str = "</s:Body></s:Envelope>";

/// One bad request and what must follow.
struct Case {
    name: &'static str,
    headers: Vec<String>,
    body: Vec<u8>,
    status: u16,
    /// Part of the answer's body.
    says: &'static str,
    /// The start of a metric's line, with its labels, that must have grown.
    metric: &'static str,
    /// Part of a new log line.
    log: &'static str,
}

fn case(name: &'static str, body: impl Into<Vec<u8>>, status: u16) -> Case {
    Case {
        name,
        headers: vec![RIGHT.to_owned()],
        body: body.into(),
        status,
        says: "",
        metric: "regia_acs_refused_requests_total{reason=\"malformed\"}",
        log: "a body is not CWMP",
    }
}

/// Posts a body; the whole answer. An answer may come before the body is taken.
pub(crate) fn post(address: &str, headers: &[String], body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut head = format!("POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for header in headers {
        head.push_str(&format!("{header}\r\n"));
    }
    if !head.contains("Content-Length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let _answered_early = stream
        .write_all(format!("{head}\r\n").as_bytes())
        .and_then(|()| stream.write_all(body));
    if headers.iter().any(|header| header == BREAKS_OFF) {
        stream.shutdown(Shutdown::Both).unwrap();
    }
    let mut answer = Vec::new();
    let _reset_after_the_answer = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn inform(serial: &str, value: &str) -> String {
    format!(
        "{SOAP}<cwmp:Inform><DeviceId><OUI>00D09E</OUI><ProductClass>HG</ProductClass>\
         <SerialNumber>{serial}</SerialNumber></DeviceId><Event><EventStruct>\
         <EventCode>2 PERIODIC</EventCode></EventStruct></Event><ParameterList>\
         <ParameterValueStruct><Name>Device.DeviceInfo.ProvisioningCode</Name>\
         <Value>{value}</Value></ParameterValueStruct></ParameterList></cwmp:Inform>{END}"
    )
}

/// Opens a session and gives its cookie as a header.
pub(crate) fn open(server: &Server, serial: &str) -> String {
    let answer = post(
        &server.cwmp,
        &[RIGHT.to_owned()],
        inform(serial, "ok").as_bytes(),
    );
    assert_eq!(status(&answer), 200, "{answer}");
    let cookie = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    format!("Cookie: {}", cookie.unwrap().split(';').next().unwrap())
}

/// The value of a metric, summed over the lines that begin so.
fn metric(server: &Server, start: &str) -> f64 {
    let text = server.get("/metrics").1;
    let lines = text.lines().filter(|line| line.starts_with(start));
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

fn check(server: &Server, case: &Case) {
    let (counted, logged) = (metric(server, case.metric), server.log().len());
    let answer = post(&server.cwmp, &case.headers, &case.body);
    let name = case.name;
    assert_eq!(status(&answer), case.status, "{name}: {answer}");
    assert!(answer.contains(case.says), "{name}: {answer}");
    // What nobody waits for an answer of is counted a moment later.
    eventually(&format!("{name}: {}", case.metric), || {
        metric(server, case.metric) > counted
    });
    eventually(&format!("{name}: {}", case.log), || {
        let log = server.log();
        log.get(logged..).unwrap_or_default().contains(case.log)
    });
}

fn bodies() -> Vec<Case> {
    let whole = inform("BAD", "x");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&vec![b' '; 64 << 20]).unwrap();
    let charset = "Content-Type: text/xml; charset=x-unheard-of".to_owned();
    let refused = |reason| Case {
        metric: reason,
        log: "a request was refused",
        ..case("", "", 413)
    };
    vec![
        Case {
            says: "8003",
            ..case("malformed", "<not><xml", 400)
        },
        Case {
            says: "<s:Fault>",
            ..case("truncated", &whole.as_bytes()[..whole.len() / 2], 400)
        },
        Case {
            says: "8004",
            ..case(
                "deeply nested",
                format!("{SOAP}<cwmp:Inform>{}", "<a>".repeat(100_000)),
                400,
            )
        },
        Case {
            headers: vec![RIGHT.to_owned(), charset],
            says: "x-unheard-of",
            ..case("wrong charset", inform("BAD", "\u{e4}"), 400)
        },
        Case {
            name: "100 MB, announced",
            headers: vec![RIGHT.to_owned(), "Content-Length: 104857600".to_owned()],
            body: vec![b' '; 100],
            ..refused("regia_acs_refused_requests_total{reason=\"too_large\"}")
        },
        Case {
            name: "a gzip bomb",
            headers: vec![RIGHT.to_owned(), "Content-Encoding: gzip".to_owned()],
            body: gzip.finish().unwrap(),
            ..refused("regia_acs_refused_requests_total{reason=\"too_large\"}")
        },
        Case {
            name: "damaged gzip",
            headers: vec![RIGHT.to_owned(), "Content-Encoding: gzip".to_owned()],
            body: whole.into_bytes(),
            status: 400,
            ..refused("regia_acs_refused_requests_total{reason=\"damaged_encoding\"}")
        },
        Case {
            name: "broken off",
            headers: vec![RIGHT.to_owned(), BREAKS_OFF.to_owned()],
            body: b"<s:Envelope".to_vec(),
            // Nobody is there to hear an answer.
            status: 0,
            ..refused("regia_acs_refused_requests_total{reason=\"cut_off\"}")
        },
    ]
}

fn sessions(server: &Server) -> Vec<Case> {
    let stray = "a message belongs to no session";
    let message = |text: &str| format!("{SOAP}{text}{END}");
    let with = |cookie: &str| vec![RIGHT.to_owned(), cookie.to_owned()];
    let superseded = open(server, "TWICE");
    open(server, "TWICE");
    let forged = open(server, "FORGED").replace("session=", "session=A");
    let values = "<cwmp:GetParameterValuesResponse><ParameterList/>\
        </cwmp:GetParameterValuesResponse>";
    vec![
        Case {
            headers: with("Cookie: session=AAAA"),
            metric: "regia_acs_refused_requests_total{reason=\"no_session\"}",
            log: stray,
            ..case("a wrong cookie", "", 400)
        },
        Case {
            headers: with(&forged),
            metric: "regia_acs_refused_requests_total{reason=\"no_session\"}",
            log: stray,
            ..case("a forged cookie", "", 400)
        },
        Case {
            headers: with(&superseded),
            metric: "regia_acs_refused_requests_total{reason=\"session_over\"}",
            log: stray,
            ..case("the first of two sessions of one device", "", 400)
        },
        Case {
            headers: with(&open(server, "UNASKED")),
            metric: "regia_acs_sessions_ended_total{reason=\"unasked\"}",
            log: "out of order",
            ..case("an answer that nobody asked for", message(values), 400)
        },
        Case {
            headers: with(&asked(server, "FOREIGN")),
            metric: "regia_acs_refused_requests_total{reason=\"unasked_parameters\"}",
            log: "an answer held parameters that nobody asked for",
            ..case("parameters of another device", foreign_values(), 204)
        },
        Case {
            headers: with(&open(server, "UNKNOWN")),
            says: "8000",
            metric: "regia_acs_refused_requests_total{reason=\"unknown_method\"}",
            log: "a device called a method that there is not",
            ..case("an unknown method", message("<cwmp:Dance/>"), 200)
        },
        Case {
            headers: vec![WRONG.to_owned()],
            metric: "regia_acs_informs_total{result=\"denied\"}",
            log: "a device was denied",
            ..case("wrong credentials", inform("GUESS", "x"), 401)
        },
    ]
}

/// Opens a session in which the device is asked for one parameter, and gives its cookie.
fn asked(server: &Server, serial: &str) -> String {
    open(server, serial);
    let found = server
        .get_with_key(&format!("/api/v1/acs/devices?serial={serial}"))
        .1;
    let (_, rest) = found.split_once("\"id\":").unwrap();
    let (device, _) = rest.split_once(',').unwrap();
    let answer = request(
        &server.console,
        &format!("POST /api/v1/acs/devices/{device}/tasks"),
        &[
            &format!("Authorization: Bearer {API_KEY}"),
            "Content-Type: application/json",
        ],
        r#"{"command":{"kind":"get","paths":["Device.DeviceInfo.SoftwareVersion"]}}"#,
    );
    assert_eq!(status(&answer), 201, "{answer}");
    let cookie = open(server, serial);
    let question = post(&server.cwmp, &[RIGHT.to_owned(), cookie.clone()], b"");
    assert!(question.contains("GetParameterValues"), "{question}");
    cookie
}

/// The wanted parameter, and one that nobody asked for.
fn foreign_values() -> String {
    let value = |name: &str| {
        format!("<ParameterValueStruct><Name>{name}</Name><Value>1</Value></ParameterValueStruct>")
    };
    format!(
        "{}<cwmp:GetParameterValuesResponse><ParameterList>{}{}</ParameterList>\
         </cwmp:GetParameterValuesResponse>{END}",
        SOAP.replace("<cwmp:ID>7</cwmp:ID>", ""),
        value("Device.DeviceInfo.SoftwareVersion"),
        value("Device.ManagementServer.URL"),
    )
}

#[tokio::test]
async fn bad_requests_of_devices_are_answered_logged_and_counted_and_nobody_else_notices() {
    let (database, place) = (TestDb::new().await, place());
    let more = [
        ("REGIA_FLEET_PASSWORD", "fleet-password-1"),
        ("REGIA__ACS__ONBOARDING__CONCURRENT", "0"),
    ];
    let server = Server::start_on(&database, place.path(), &more);
    let bystander = open(&server, "GOOD");
    let cases = bodies().into_iter().chain(sessions(&server));
    for case in cases {
        check(&server, &case);
        let healthy = open(&server, "HEALTHY");
        let answer = post(&server.cwmp, &[healthy], b"");
        assert_eq!(status(&answer), 204, "after {}: {answer}", case.name);
    }
    guess(&server);
    strange_values(&server);
    let answer = post(&server.cwmp, &[bystander], b"");
    assert_eq!(
        status(&answer),
        204,
        "the session that was open all the time: {answer}"
    );
    let kept = server
        .get_with_key("/api/v1/acs/devices?serial=BAD&count=exact")
        .1;
    assert!(kept.contains("\"total\":0"), "{kept}");
}

/// A guessing loop is told to come back later, the same device elsewhere and others are not.
fn guess(server: &Server) {
    let turned = "regia_acs_informs_total{result=\"turned_away\"}";
    let before = metric(server, turned);
    let guess = |_| {
        status(&post(
            &server.cwmp,
            &[WRONG.to_owned()],
            inform("LOOP", "x").as_bytes(),
        ))
    };
    let answers: Vec<u16> = (0..12).map(guess).collect();
    assert!(
        answers.starts_with(&[401; 10]) && answers.ends_with(&[503]),
        "{answers:?}"
    );
    assert!(metric(server, turned) > before);
    open(server, "NEIGHBOUR");
}

/// Characters that XML does not allow are replaced, not kept, and end nothing.
fn strange_values(server: &Server) {
    for (serial, value) in [
        ("CTRL1", "a&#1;b"),
        ("CTRL2", "a\u{1}b"),
        ("CTRL3", "a\u{7f}b"),
    ] {
        let answer = post(
            &server.cwmp,
            &[RIGHT.to_owned()],
            inform(serial, value).as_bytes(),
        );
        assert_eq!(status(&answer), 200, "{serial}: {answer}");
        let path = format!("/api/v1/acs/devices?serial={serial}");
        let kept = server.get_with_key(&path).1;
        assert!(kept.contains("\"provisioning_code\":\"a"), "{kept}");
        assert!(
            !kept.contains("\\u0001") && !kept.contains('\u{1}'),
            "{kept}"
        );
    }
}

#[tokio::test]
async fn bad_requests_at_the_api_are_problems_with_a_code_and_counted() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &[]);
    let key = format!("Authorization: Bearer {API_KEY}");
    let json = "Content-Type: application/json".to_owned();
    let problems = "regia_web_problems_total";
    for (line, body, expected) in [
        (
            "POST /api/v1/acs/searches",
            r#"{"path":"Device.A","matching":"equals","value":"x","colour":1}"#,
            422,
        ),
        (
            "POST /api/v1/acs/searches",
            r#"{"path":7,"matching":"equals","value":"x"}"#,
            422,
        ),
        ("POST /api/v1/acs/searches", r#"{"path""#, 400),
        ("GET /api/v1/acs/devices?cursor=forged", "", 422),
        ("GET /api/v1/acs/devices?limit=100000", "", 422),
        ("GET /api/v1/acs/devices?limit=-1", "", 422),
        ("GET /api/v1/acs/devices?colour=red", "", 422),
        ("GET /api/v1/acs/devices/x", "", 422),
        ("GET /api/v1/acs/devices/999", "", 404),
    ] {
        let before = metric(&server, problems);
        let answer = crate::server::request(&server.console, line, &[&key, &json], body);
        assert_eq!(status(&answer), expected, "{line} {body}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.contains("\"code\":"), "{answer}");
        assert!(metric(&server, problems) > before, "{line}");
    }
    assert_eq!(server.get_with_key("/api/v1/acs/devices").0, 200);
}
