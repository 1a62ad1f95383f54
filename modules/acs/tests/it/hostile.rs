//! Bad input: each has a defined answer, and no other device notices.

use axum::body::Body;
use axum::http::Request;
use regia_cwmp::{CpeMessage, Dialect, Envelope, write_cpe};
use serde_json::json;

use crate::cpe::{Cpe, parameter};
use crate::world::World;

#[tokio::test]
async fn bodies_that_are_no_message_are_refused_and_change_nothing() {
    let world = World::new().await;
    let nested = "<a>".repeat(100_000);
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><x>&b;</x>";
    let cases: [(&str, Vec<u8>, u16); 6] = [
        ("malformed", b"<not><xml".to_vec(), 400),
        ("empty element", b"<x/>".to_vec(), 400),
        ("nested", nested.into_bytes(), 400),
        ("entities", bomb.as_bytes().to_vec(), 400),
        ("binary", vec![0xff, 0xfe, 0, 1, 2, 3], 400),
        ("large", vec![b' '; 5_000_000], 413),
    ];
    for (name, body, status) in cases {
        let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
        let answer = cpe.post(body).await;
        assert_eq!(answer.status, status, "{name} {answer:?}");
    }
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        0
    );
}

#[tokio::test]
async fn an_inform_without_identity_is_answered_with_a_fault() {
    let world = World::new().await;
    for (oui, serial) in [("", "S1"), ("00D09E", ""), ("00D09E", "S\u{85}1")] {
        let mut cpe = Cpe::new(world.acs.cwmp(), serial);
        oui.clone_into(&mut cpe.id.oui);
        let answer = cpe.inform(&[("1 BOOT", "")]).await;
        assert!(
            answer.text.contains("8003"),
            "{oui:?} {serial:?} {answer:?}"
        );
    }
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        0
    );
}

#[tokio::test]
async fn other_methods_are_refused() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let answer = cpe
        .send(Request::get("/").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (answer.status, answer.headers["allow"].to_str().unwrap()),
        (405, "POST")
    );
}

#[tokio::test]
async fn messages_without_a_genuine_session_are_refused() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    assert_eq!(cpe.nothing().await.status, 400, "no cookie");
    let mut probing = Cpe::new(world.acs.cwmp(), "S2");
    probing.authorization = None;
    let challenge = probing.nothing().await;
    assert_eq!(
        challenge.status, 401,
        "a client that asks for the challenge first"
    );
    assert!(challenge.headers.contains_key("www-authenticate"));
    cpe.inform(&[("1 BOOT", "")]).await;
    let genuine = cpe.cookie.clone().unwrap();
    cpe.cookie = Some(format!("{}A", &genuine[..genuine.len() - 1]));
    let forged = cpe.nothing().await;
    cpe.cookie = Some("session=".to_owned() + &"A".repeat(64));
    assert_eq!((forged.status, cpe.nothing().await.status), (400, 400));
    cpe.cookie = Some(genuine);
    assert_eq!(
        cpe.nothing().await.status,
        204,
        "the genuine one still works"
    );
    assert_eq!(
        cpe.nothing().await.status,
        204,
        "and tells again that nothing is left"
    );
}

#[tokio::test]
async fn answers_that_nobody_asked_for_end_the_session_and_nothing_else() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await
        .as_i64()
        .unwrap();
    let value = || CpeMessage::GetParameterValuesResponse(vec![parameter("Device.A", "1")]);
    cpe.inform(&[("2 PERIODIC", "")]).await;
    assert_eq!(
        cpe.say(Some("x"), value()).await.status,
        400,
        "before any question"
    );
    world
        .queue(device, "get", json!({ "paths": ["Device.A"] }))
        .await;
    for (id, answer) in [
        (Some("another"), value()),
        (None, CpeMessage::RebootResponse),
    ] {
        let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
        let id = id.map(str::to_owned).or(question.id);
        assert_eq!(cpe.say(id.as_deref(), answer).await.status, 400);
    }
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(cpe.answer(&question, value()).await.is_none());
    assert_eq!(
        world.value("select to_jsonb(state) from acs.task").await,
        "done"
    );
}

#[tokio::test]
async fn a_crowd_past_the_limit_is_told_to_come_back_and_a_session_never_is() {
    let world = World::with(|settings| settings.session.max_open = 1).await;
    let mut first = Cpe::new(world.acs.cwmp(), "S1");
    assert_eq!(first.inform(&[("1 BOOT", "")]).await.status, 200);
    let mut second = Cpe::new(world.acs.cwmp(), "S2");
    assert_eq!(second.inform(&[("1 BOOT", "")]).await.status, 503);
    assert_eq!(first.nothing().await.status, 204);
    assert_eq!(second.inform(&[("1 BOOT", "")]).await.status, 200);
}

#[tokio::test]
async fn compressed_messages_are_read() {
    use std::io::Write as _;
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.inform(&[("1 BOOT", "")]).await;
    let envelope = Envelope::new(
        Some("2".to_owned()),
        Dialect::cwmp(0),
        CpeMessage::GetRpcMethods,
    );
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&write_cpe(&envelope)).unwrap();
    let request = Request::post("/")
        .header("cookie", cpe.cookie.clone().unwrap())
        .header("content-encoding", "gzip")
        .body(Body::from(encoder.finish().unwrap()))
        .unwrap();
    assert!(
        cpe.send(request)
            .await
            .text
            .contains("GetRPCMethodsResponse")
    );
}

#[tokio::test]
async fn a_malformed_message_is_answered_in_the_devices_own_dialect() {
    let world = World::new().await;
    let start = "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
        xmlns:cwmp=\"urn:dslforum-org:cwmp-1-4\"><soapenv:Body>";
    for (body, expected) in [
        (format!("{start}<cwmp:Inform>"), "<soapenv:Fault>"),
        (format!("{start}</a>"), "<soapenv:Fault>"),
        (
            format!("{start}<cwmp:Inform></cwmp:Inform></soapenv:Body></soapenv:Envelope>"),
            "<soapenv:Fault>",
        ),
        ("<not".to_owned(), "<SOAP-ENV:Fault>"),
    ] {
        let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
        let answer = cpe.post(body.clone()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.text.contains(expected), "{body}: {}", answer.text);
        assert!(answer.text.contains("8003"), "{}", answer.text);
    }
    // What cannot be seen in the body is known from the session.
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let dialect = Dialect::from_text(
        "s e c i d http://www.w3.org/2001/XMLSchema-instance http://www.w3.org/2001/XMLSchema \
         urn:dslforum-org:cwmp-1-1",
    )
    .unwrap();
    let inform = regia_cwmp::Inform {
        device_id: cpe.id.clone(),
        ..regia_cwmp::Inform::default()
    };
    let inform = CpeMessage::Inform(Box::new(inform));
    let envelope = Envelope::new(Some("1".to_owned()), dialect, inform);
    assert_eq!(cpe.post(write_cpe(&envelope)).await.status, 200);
    let answer = cpe.post(b"<not".to_vec()).await;
    assert!(answer.text.contains("<s:Fault>"), "{}", answer.text);
}

#[tokio::test]
async fn a_message_that_lost_only_closing_tags_counts() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.inform(&[("1 BOOT", "")]).await;
    let methods = CpeMessage::GetRpcMethods;
    let whole = write_cpe(&Envelope::new(
        Some("2".to_owned()),
        Dialect::cwmp(0),
        methods,
    ));
    let text = String::from_utf8(whole).unwrap();
    let end = text.find("</SOAP-ENV:Body>").unwrap();
    for cut in [end, end + 5, end + "</SOAP-ENV:Body>".len(), text.len() - 1] {
        let answer = cpe.post(&text.as_bytes()[..cut]).await;
        assert!(
            answer.text.contains("GetRPCMethodsResponse"),
            "{cut} {answer:?}"
        );
    }
    assert_eq!(cpe.post(&text.as_bytes()[..end - 1]).await.status, 400);
}
