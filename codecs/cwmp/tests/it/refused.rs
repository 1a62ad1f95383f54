//! What is refused, and with which words.

use regia_cwmp::{CpeMessage, Limits, ParseError, parse_acs, parse_cpe};

use crate::{envelope, inform, parse};

fn check(body: impl AsRef<[u8]>, code: u32, sentence: &str) {
    let body = body.as_ref();
    let error = parse(body).expect_err("refused");
    assert_eq!(error.to_string(), sentence);
    assert_eq!(error.fault_code(), code, "{error}");
}

/// As [`check`], for bodies whose error names a place that only the parser knows.
fn check_start(body: impl AsRef<[u8]>, code: u32, start: &str) {
    let error = parse(body).expect_err("refused");
    assert!(error.to_string().starts_with(start), "{error}");
    assert_eq!(error.fault_code(), code, "{error}");
}

#[test]
fn an_identity_is_needed() {
    for (identity, element) in [
        ("", "OUI"),
        ("<DeviceId><SerialNumber>S</SerialNumber></DeviceId>", "OUI"),
        (
            "<DeviceId><OUI> </OUI><SerialNumber>S</SerialNumber></DeviceId>",
            "OUI",
        ),
        (
            "<DeviceId><OUI>00D09E</OUI><SerialNumber/></DeviceId>",
            "SerialNumber",
        ),
    ] {
        check(
            envelope(&format!("<c:Inform>{identity}</c:Inform>")),
            8003,
            &format!("The element {element} is missing or empty."),
        );
    }
    check(
        envelope("<c:AddObjectResponse><Status>0</Status></c:AddObjectResponse>"),
        8003,
        "The element InstanceNumber is missing or empty.",
    );
}

#[test]
fn what_is_no_envelope_is_refused() {
    check(
        "",
        8003,
        "The body ends at byte 0 before the envelope does.",
    );
    check(
        " \n",
        8003,
        "The body ends at byte 2 before the envelope does.",
    );
    check_start(
        "hello",
        8003,
        "The XML is not well-formed at byte 5: something stands outside",
    );
    check_start(
        "\u{1f}\u{8b}\u{8}",
        8003,
        "The XML is not well-formed at byte",
    );
    check(
        "<html/>",
        8003,
        "The element \"html\" at byte 7 is out of place.",
    );
    check("<Envelope/>", 8003, "The element Body is missing or empty.");
    check(
        "<Envelope><Body/></Envelope>",
        8003,
        "The element Body is missing or empty.",
    );
    check_start(
        "<Envelope><Odd/></Envelope>",
        8003,
        "The element \"Odd\" at byte 16 is out",
    );
    check_start(
        envelope("<c:Inform/><c:Inform/>"),
        8003,
        "The element \"Inform\" at byte",
    );
    check_start(
        format!("{}x", inform("")),
        8003,
        "The XML is not well-formed at byte",
    );
    check_start(
        format!("{}<a/>", inform("")),
        8003,
        "The element \"a\" at byte",
    );
    check_start(
        format!("{}</a>", inform("")),
        8003,
        "The XML is not well-formed at byte",
    );
}

#[test]
fn broken_xml_is_refused() {
    for broken in [
        "<a>",
        "</a>",
        "<a></b>",
        "<CurrentTime>x</MaxEnvelopes>",
        "<a",
        "<a b=\"c>",
        "<!-- ",
        "<![CDATA[ ",
        "<!x>",
        "<?",
        "<CurrentTime>a & b</CurrentTime>",
        "<CurrentTime>a &amp b</CurrentTime>",
    ] {
        check_start(inform(broken), 8003, "The XML is not well-formed at byte");
    }
    check_start(
        [
            b"<Envelope><Body><a>\xFF</a>".as_slice(),
            b"</Body></Envelope>",
        ]
        .concat(),
        8003,
        "The body is not valid UTF-8 at byte",
    );
    check_start(
        inform("<RetryCount>two</RetryCount>"),
        8003,
        "The element RetryCount at byte",
    );
}

#[test]
fn document_types_and_entities_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>";
    check(
        format!("{bomb}{}", inform("")),
        8003,
        "A document type at byte 53 is not allowed.",
    );
    check_start(inform(bomb), 8003, "A document type at byte");
    for entity in [
        "b",
        "nbsp",
        "#x110000",
        "#xD800",
        "#",
        "#-1",
        "#99999999999999",
        "LT",
    ] {
        let sentence = format!("The entity {entity:?} at byte");
        check_start(
            inform(&format!("<CurrentTime>&{entity};</CurrentTime>")),
            8003,
            &sentence,
        );
    }
}

/// A body that is refused under one tightened limit, and read when that limit is one larger.
fn check_limit(body: &str, what: &str, limit: usize, set: fn(&mut Limits, usize)) {
    let with = |limit| {
        let mut limits = Limits::default();
        set(&mut limits, limit);
        parse_cpe(body.as_bytes(), &limits)
    };
    let error = with(limit - 1).expect_err(what);
    let start = format!("There are more than {} {what} at byte", limit - 1);
    assert!(error.to_string().starts_with(&start), "{error}");
    assert_eq!(error.fault_code(), 8004);
    with(limit).expect(what);
}

#[test]
fn every_limit_holds_exactly() {
    let body =
        inform("<a><b><c/></b></a><Event><EventStruct/><EventStruct/><EventStruct/></Event>");
    check_limit(&body, "bytes", body.len(), |limits, to| {
        limits.max_body_bytes = to;
    });
    check_limit(&body, "elements within each other", 6, |limits, to| {
        limits.max_depth = to;
    });
    check_limit(&body, "elements", 15, |limits, to| limits.max_elements = to);
    check_limit(&body, "list entries", 3, |limits, to| {
        limits.max_parameters = to;
    });
    check_limit(&body, "events", 3, |limits, to| limits.max_events = to);
    let text = inform("<CurrentTime>aa&lt;<![CDATA[bb]]>c</CurrentTime>");
    check_limit(&text, "bytes in one text", 6, |limits, to| {
        limits.max_text_bytes = to;
    });
}

#[test]
fn huge_bodies_are_refused_early() {
    let deep = format!("<Envelope>{}", "<a>".repeat(100_000));
    check_start(deep, 8003, "The element \"a\" at byte");
    check_start(
        inform(&"<a>".repeat(100_000)),
        8004,
        "There are more than 16 elements within",
    );
    check_start(
        inform(&"<a/>".repeat(1_000_000)),
        8004,
        "There are more than 400000 elements",
    );
    let text = format!("<CurrentTime>{}</CurrentTime>", "x".repeat(300_000));
    check_start(
        inform(&text),
        8004,
        "There are more than 262144 bytes in one text",
    );
    let entities = format!("<CurrentTime>{}</CurrentTime>", "&lt;".repeat(300_000));
    check_start(
        inform(&entities),
        8004,
        "There are more than 262144 bytes in one text",
    );
    let events = format!("<Event>{}</Event>", "<EventStruct/>".repeat(65));
    check_start(inform(&events), 8004, "There are more than 64 events");
    check_start(
        " ".repeat(16 * 1024 * 1024 + 1),
        8004,
        "There are more than 16777216 bytes",
    );
    let attributes: String = (0..20_000).map(|n| format!(" xmlns:a{n}=\"b\"")).collect();
    parse(format!(
        "<Envelope{attributes}><Body><c:Reboot{attributes}/></Body></Envelope>"
    ))
    .unwrap();
}

#[test]
fn names_that_a_peer_chose_are_repeated_in_part_only() {
    let name = "n".repeat(100_000);
    let error = parse(format!("<{name}/>")).unwrap_err().to_string();
    assert!(error.len() < 200, "{}", error.len());
    let error = parse(inform(&format!("<{name}></b>")))
        .unwrap_err()
        .to_string();
    assert!(error.len() < 300, "{}", error.len());
    let CpeMessage::Unknown { name, .. } =
        parse(envelope(&format!("<c:{name}/>"))).unwrap().message
    else {
        panic!("expected an unknown message");
    };
    assert_eq!(name.len(), 64);
}

#[test]
fn an_operation_without_a_type_is_refused() {
    for kind in ["", "xsi:type=\"c:OddOpStruct\""] {
        let body = format!("<c:ChangeDUState><Operations {kind}/></c:ChangeDUState>");
        let error = parse_acs(envelope(&body).as_bytes(), &Limits::default()).unwrap_err();
        assert!(
            matches!(
                error,
                ParseError::Value {
                    element: "Operations",
                    ..
                }
            ),
            "{error}"
        );
    }
}
