//! Two servers on one database: they share the devices, and one takes over where another ended.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use regia_testkit::TestDb;
use serde_json::Value as Json;

use crate::server::{API_KEY, Server, eventually, place, request, status};

/// `fleet:fleet-password-1`.
const BASIC: &str = "Authorization: Basic ZmxlZXQ6ZmxlZXQtcGFzc3dvcmQtMQ==";

/// A device that says what it is told to, to whichever server.
struct Device {
    serial: &'static str,
    cookie: String,
    /// Where it takes connection requests, and how many came.
    door: String,
    knocks: Arc<AtomicUsize>,
}

impl Device {
    fn new(serial: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let door = format!("http://{}/", listener.local_addr().unwrap());
        let knocks = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&knocks);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0; 1024];
                if stream.read(&mut head).is_ok_and(|bytes| bytes > 0) {
                    count.fetch_add(1, Ordering::SeqCst);
                    let answer =
                        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                    drop(stream.write_all(answer));
                }
            }
        });
        Self {
            serial,
            cookie: String::new(),
            door,
            knocks,
        }
    }

    fn post(&mut self, to: &Server, body: &str) -> String {
        let cookie = format!("Cookie: {}", self.cookie);
        let headers = [BASIC, "Content-Type: text/xml", &cookie];
        let count = if self.cookie.is_empty() { 2 } else { 3 };
        let answer = request(&to.cwmp, "POST /", &headers[..count], body);
        let set = answer
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: "));
        if let Some(set) = set {
            self.cookie = set.split(';').next().unwrap().to_owned();
        }
        answer
    }

    fn inform(&mut self, to: &Server, event: &str, key: &str) {
        self.cookie.clear();
        let answer = self.post(
            to,
            &envelope(
                "1",
                &format!(
                    "<cwmp:Inform><DeviceId><OUI>00D09E</OUI><ProductClass>HG</ProductClass>\
                     <SerialNumber>{}</SerialNumber></DeviceId><Event><EventStruct>\
                     <EventCode>{event}</EventCode><CommandKey>{key}</CommandKey></EventStruct>\
                     </Event><ParameterList><ParameterValueStruct>\
                     <Name>Device.ManagementServer.ConnectionRequestURL</Name>\
                     <Value>{}</Value></ParameterValueStruct></ParameterList></cwmp:Inform>",
                    self.serial, self.door
                ),
            ),
        );
        assert_eq!(status(&answer), 200, "{answer}");
        assert!(self.cookie.starts_with("session="), "{answer}");
    }

    fn number(&self, server: &Server) -> i64 {
        let path = format!("/api/v1/acs/devices?serial={}", self.serial);
        json(&server.get_with_key(&path).1)["items"][0]["id"]
            .as_i64()
            .unwrap()
    }

    fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }
}

fn envelope(id: &str, message: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:cwmp=\"urn:dslforum-org:cwmp-1-0\"><s:Header><cwmp:ID>{id}</cwmp:ID></s:Header>\
         <s:Body>{message}</s:Body></s:Envelope>"
    )
}

/// The text of an element of an answer.
fn element<'a>(answer: &'a str, name: &str) -> &'a str {
    let (_, rest) = answer
        .split_once(name)
        .unwrap_or_else(|| panic!("no {name} in {answer}"));
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split('<').next().unwrap()
}

fn json(answer: &str) -> Json {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn queue(server: &Server, device: i64, command: &str) -> i64 {
    let key = format!("Authorization: Bearer {API_KEY}");
    let headers = [&*key, "Content-Type: application/json"];
    let path = format!("POST /api/v1/acs/devices/{device}/tasks");
    let body = format!("{{\"command\":{command}}}");
    let answer = request(&server.console, &path, &headers, &body);
    assert_eq!(status(&answer), 201, "{answer}");
    json(&answer)["id"].as_i64().unwrap()
}

fn task(server: &Server, id: i64) -> Json {
    json(&server.get_with_key(&format!("/api/v1/acs/tasks/{id}")).1)
}

/// Two servers that leave new devices alone, so that only the tests' own tasks run.
async fn pair() -> (TestDb, tempfile::TempDir, Server, Server) {
    let (database, place) = (TestDb::new().await, place());
    let more = [
        ("REGIA_FLEET_PASSWORD", "fleet-password-1"),
        ("REGIA__ACS__ONBOARDING__CONCURRENT", "0"),
    ];
    std::fs::create_dir_all(place.path().join("b")).unwrap();
    let first = Server::start_on(&database, place.path(), &more);
    let second = Server::start_on(&database, &place.path().join("b"), &more);
    (database, place, first, second)
}

#[tokio::test]
async fn a_session_begun_on_one_server_goes_on_on_another_and_both_call_the_device() {
    let (_database, _place, first, second) = pair().await;
    let mut device = Device::new("S1");
    device.inform(&first, "1 BOOT", "");
    assert_eq!(status(&device.post(&second, "")), 204, "nothing to do");
    let number = device.number(&second);
    let mut knocks = device.knocks();
    for (asks, (begins, goes_on)) in [(&first, (&second, &first)), (&second, (&first, &second))] {
        let id = queue(asks, number, r#"{"kind":"get","paths":["Device.A"]}"#);
        eventually("a connection request", || device.knocks() > knocks);
        knocks = device.knocks();
        device.inform(begins, "6 CONNECTION REQUEST", "");
        let question = device.post(goes_on, "");
        assert!(question.contains("GetParameterValues>"), "{question}");
        let values = "<cwmp:GetParameterValuesResponse><ParameterList><ParameterValueStruct>\
            <Name>Device.A</Name><Value>1</Value></ParameterValueStruct></ParameterList>\
            </cwmp:GetParameterValuesResponse>";
        let answer = envelope(element(&question, "cwmp:ID"), values);
        assert_eq!(status(&device.post(begins, &answer)), 204);
        let ended = task(asks, id);
        assert_eq!(
            (&ended["state"], &ended["attempts"]),
            (&"done".into(), &1.into())
        );
    }
}

#[tokio::test]
async fn what_a_killed_server_asked_is_answered_to_the_other_one() {
    let (_database, _place, first, second) = pair().await;
    let mut device = Device::new("S1");
    device.inform(&second, "1 BOOT", "");
    assert_eq!(status(&device.post(&second, "")), 204);
    let number = device.number(&second);
    let reboot = queue(&second, number, r#"{"kind":"reboot"}"#);
    device.inform(&first, "2 PERIODIC", "");
    let question = device.post(&first, "");
    assert!(question.contains("Reboot>"), "{question}");
    first.kill();
    let answer = envelope(element(&question, "cwmp:ID"), "<cwmp:RebootResponse/>");
    assert_eq!(status(&device.post(&second, &answer)), 204, "taken over");
    assert_eq!(task(&second, reboot)["state"], "waiting");
    device.inform(&second, "M Reboot", element(&question, "CommandKey"));
    assert_eq!(status(&device.post(&second, "")), 204);
    let ended = task(&second, reboot);
    assert_eq!(
        (&ended["state"], &ended["attempts"]),
        (&"done".into(), &1.into())
    );
}

#[tokio::test]
async fn a_device_that_calls_again_supersedes_the_session_of_a_killed_server() {
    let (_database, _place, first, second) = pair().await;
    let mut device = Device::new("S1");
    device.inform(&first, "1 BOOT", "");
    assert_eq!(status(&device.post(&first, "")), 204);
    let number = device.number(&second);
    let (get, reboot) = (
        queue(&second, number, r#"{"kind":"get","paths":["Device.A"]}"#),
        queue(&second, number, r#"{"kind":"reboot"}"#),
    );
    let values = |question: &str| {
        envelope(
            element(question, "cwmp:ID"),
            "<cwmp:GetParameterValuesResponse><ParameterList><ParameterValueStruct>\
             <Name>Device.A</Name><Value>1</Value></ParameterValueStruct></ParameterList>\
             </cwmp:GetParameterValuesResponse>",
        )
    };
    device.inform(&first, "2 PERIODIC", "");
    let lost = device.post(&first, "");
    let old = device.cookie.clone();
    first.kill();
    device.inform(&second, "2 PERIODIC", "");
    let question = device.post(&second, "");
    assert!(
        question.contains("GetParameterValues>"),
        "asked again: {question}"
    );
    let new = std::mem::replace(&mut device.cookie, old);
    assert_eq!(
        status(&device.post(&second, &values(&lost))),
        400,
        "the old session is over"
    );
    device.cookie = new;
    let question = device.post(&second, &values(&question));
    assert!(question.contains("Reboot>"), "{question}");
    // Its answer is lost. It may not be asked again, and the next boot proves it.
    device.inform(&second, "2 PERIODIC", "");
    assert_eq!(status(&device.post(&second, "")), 204, "not asked again");
    assert_eq!(task(&second, reboot)["state"], "uncertain");
    assert!(
        task(&second, reboot)["fault"]["text"]
            .as_str()
            .unwrap()
            .contains("lost")
    );
    device.inform(&second, "M Reboot", element(&question, "CommandKey"));
    for (id, attempts) in [(get, 2), (reboot, 1)] {
        let ended = task(&second, id);
        assert_eq!(
            (&ended["state"], &ended["attempts"]),
            (&"done".into(), &attempts.into()),
            "{ended}"
        );
    }
}
