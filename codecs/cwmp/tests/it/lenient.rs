//! What real devices get wrong and is read all the same.

use regia_cwmp::{
    CpeMessage, DeviceId, Event, Fragment, Header, Inform, ParameterFault, ParameterInfo,
    ParameterValue, TransferComplete, TransferFault, TransferResponse, ValueKind,
};

use crate::{envelope, inform, parse, parse_inform};

/// The message in this body.
fn message(body: &str) -> CpeMessage {
    parse(envelope(body)).unwrap().message
}

fn check_inform(rest: &str, change: impl FnOnce(&mut Inform)) {
    let mut expected = Inform {
        device_id: DeviceId {
            oui: "00D09E".to_owned(),
            serial_number: "S1".to_owned(),
            ..DeviceId::default()
        },
        ..Inform::default()
    };
    change(&mut expected);
    assert_eq!(parse_inform(inform(rest)), expected, "{rest}");
}

fn event(code: &str) -> Event {
    Event {
        code: code.to_owned(),
        command_key: String::new(),
    }
}

#[test]
fn an_inform_needs_an_identity_only() {
    check_inform("", |_| {});
    check_inform(
        "<RetryCount/><Event/><ParameterList/><CurrentTime/>",
        |_| {},
    );
    check_inform("<RetryCount> 3 </RetryCount>", |inform| {
        inform.retry_count = 3;
    });
    check_inform("<RetryCount>-1</RetryCount>", |_| {});
    check_inform("<MaxEnvelopes>99999999999</MaxEnvelopes>", |inform| {
        inform.max_envelopes = u32::MAX;
    });
    for time in ["", "0001-01-01T00:00:00Z"] {
        check_inform(&format!("<CurrentTime>{time}</CurrentTime>"), |_| {});
    }
    check_inform("<CurrentTime> yesterday\n</CurrentTime>", |inform| {
        inform.current_time = Some("yesterday".to_owned());
    });
}

#[test]
fn array_counts_and_types_are_never_believed() {
    for count in ["[02]", "[16]", "[]", "[99999999999999999999]", "[-1]", ""] {
        let list = format!(
            "<Event e:arrayType=\"c:EventStruct{count}\"><EventStruct>\
             <EventCode>\n 2 PERIODIC </EventCode><CommandKey/></EventStruct><Odd/></Event>"
        );
        check_inform(&list, |inform| inform.events = vec![event("2 PERIODIC")]);
    }
    check_inform("<Event><EventStruct/></Event>", |inform| {
        inform.events = vec![event("")];
    });
}

#[test]
fn local_names_decide_and_unknown_elements_are_passed_over() {
    check_inform(
        "<x:Event><cwmp:EventStruct><q:EventCode>1 BOOT</q:EventCode></cwmp:EventStruct></x:Event>\
         <!-- c --><?pi?><Vendor><Event><EventStruct/></Event><a/></Vendor>text",
        |inform| inform.events = vec![event("1 BOOT")],
    );
    let unqualified = "<Envelope><Body><Inform><DeviceId><OUI>A</OUI>\
        <SerialNumber>B</SerialNumber></DeviceId></Inform></Body></Envelope>";
    assert_eq!(parse_inform(unqualified).device_id.oui, "A");
    let declared = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->\n";
    parse_inform(format!("{declared}{}\r\n <!-- c -->", inform("")));
}

fn check_value(value: &str, expected: &str, kind: ValueKind) {
    let body = format!(
        "<c:GetParameterValuesResponse><ParameterList><ParameterValueStruct><Name> A.B\n</Name>\
         {value}</ParameterValueStruct></ParameterList></c:GetParameterValuesResponse>"
    );
    let expected = ParameterValue {
        name: "A.B".to_owned(),
        value: expected.to_owned(),
        kind,
    };
    assert_eq!(
        message(&body),
        CpeMessage::GetParameterValuesResponse(vec![expected]),
        "{value}"
    );
}

#[test]
fn values_are_kept_as_they_were_sent() {
    for (value, expected, kind) in [
        ("", "", ValueKind::String),
        ("<Value/>", "", ValueKind::String),
        ("<Value xsi:type=\"xsd:int\"/>", "", ValueKind::Int),
        ("<Value> a\tb </Value>", " a\tb ", ValueKind::String),
        (
            "<Value xsi:type=\"xsd:boolean\"> True </Value>",
            "True",
            ValueKind::Boolean,
        ),
        (
            "<Value type='boolean'>maybe</Value>",
            "maybe",
            ValueKind::Boolean,
        ),
        (
            "<Value i:type=\"xsd:unsignedint\">-7</Value>",
            "-7",
            ValueKind::UnsignedInt,
        ),
        (
            "<Value xsi:type=\"SOAP-ENC:base64\">\nAA==\n</Value>",
            "AA==",
            ValueKind::Base64,
        ),
        (
            "<Value xsi:type=\"xsd:json\">{\"a\": 1} </Value>",
            "{\"a\": 1} ",
            ValueKind::String,
        ),
        (
            "<Value xsi:type=\"xsd:dateTime\">soon</Value>",
            "soon",
            ValueKind::DateTime,
        ),
        (
            "<Value><![CDATA[<a>&amp;]]> b</Value>",
            "<a>&amp; b",
            ValueKind::String,
        ),
        (
            "<Value>&lt;&#65;&#x42;&quot;&apos;&gt;</Value>",
            "<AB\"'>",
            ValueKind::String,
        ),
        ("<Value>a<b>odd</b>c</Value>", "ac", ValueKind::String),
        ("<Value>a<!-- c -->b</Value>", "ab", ValueKind::String),
        ("<Value>a\r\nb&#13;c</Value>", "a\nb\rc", ValueKind::String),
        (
            "<Value>\u{1}&#1;\u{ffff}é</Value>",
            "\u{fffd}\u{fffd}\u{fffd}é",
            ValueKind::String,
        ),
    ] {
        check_value(value, expected, kind);
    }
}

#[test]
fn writable_is_true_only_when_it_clearly_says_so() {
    for (text, writable) in [
        ("1", true),
        ("true", true),
        (" True ", true),
        ("0", false),
        ("false", false),
        ("2", false),
        ("yes", false),
        ("", false),
    ] {
        let body = format!(
            "<c:GetParameterNamesResponse><ParameterList><ParameterInfoStruct><Name>A.</Name>\
             <Writable>{text}</Writable></ParameterInfoStruct></ParameterList>\
             </c:GetParameterNamesResponse>"
        );
        let expected = ParameterInfo {
            name: "A.".to_owned(),
            writable,
        };
        assert_eq!(
            message(&body),
            CpeMessage::GetParameterNamesResponse(vec![expected]),
            "{text:?}"
        );
    }
}

#[test]
fn what_is_missing_from_an_answer_has_a_default() {
    for (body, expected) in [
        (
            "SetParameterValuesResponse",
            CpeMessage::SetParameterValuesResponse { status: 0 },
        ),
        (
            "DeleteObjectResponse",
            CpeMessage::DeleteObjectResponse { status: 0 },
        ),
        (
            "DownloadResponse",
            CpeMessage::DownloadResponse(TransferResponse::default()),
        ),
        (
            "TransferComplete",
            CpeMessage::TransferComplete(TransferComplete::default()),
        ),
        (
            "GetParameterValuesResponse",
            CpeMessage::GetParameterValuesResponse(Vec::new()),
        ),
        (
            "GetRPCMethodsResponse",
            CpeMessage::GetRpcMethodsResponse(Vec::new()),
        ),
        ("RebootResponse", CpeMessage::RebootResponse),
        (
            "X_Vendor",
            CpeMessage::Unknown {
                name: "X_Vendor".to_owned(),
                content: Fragment::default(),
            },
        ),
    ] {
        assert_eq!(message(&format!("<c:{body}/>")), expected);
        assert_eq!(
            message(&format!("<c:{body}>\n<Odd a='b'/></c:{body}>")),
            expected
        );
    }
    let added = "<c:AddObjectResponse><InstanceNumber>4</InstanceNumber></c:AddObjectResponse>";
    assert_eq!(
        message(added),
        CpeMessage::AddObjectResponse {
            instance_number: 4,
            status: 0
        }
    );
}

#[test]
fn a_transfer_without_a_fault_succeeded() {
    for fault in [
        "",
        "<FaultStruct/>",
        "<FaultStruct><FaultCode/></FaultStruct>",
    ] {
        let body = format!(
            "<c:TransferComplete><CommandKey> k </CommandKey>{fault}\
             <StartTime>0001-01-01T00:00:00Z</StartTime></c:TransferComplete>"
        );
        let expected = TransferComplete {
            command_key: " k ".to_owned(),
            ..TransferComplete::default()
        };
        assert_eq!(
            expected.fault,
            TransferFault {
                code: 0,
                text: String::new()
            }
        );
        assert_eq!(message(&body), CpeMessage::TransferComplete(expected));
    }
}

fn check_fault(content: &str, code: u32, text: &str, parameters: &[(&str, u32)]) {
    let CpeMessage::Fault(fault) = message(&format!("<s:Fault>{content}</s:Fault>")) else {
        panic!("expected a fault");
    };
    let expected: Vec<_> = parameters
        .iter()
        .map(|(name, code)| ParameterFault {
            name: (*name).to_owned(),
            code: *code,
            text: String::new(),
        })
        .collect();
    assert_eq!((fault.code, fault.text.as_str()), (code, text), "{content}");
    assert_eq!(fault.parameters, expected, "{content}");
}

#[test]
fn a_fault_without_detail_is_an_internal_error() {
    check_fault("", 9002, "", &[]);
    check_fault(
        "<faultcode>Server</faultcode><faultstring>no</faultstring>",
        9002,
        "no",
        &[],
    );
    check_fault(
        "<faultstring>no</faultstring><detail>odd</detail>",
        9002,
        "no",
        &[],
    );
    check_fault(
        "<faultcode>Client</faultcode><faultstring>CWMP fault</faultstring><detail><c:Fault>\
         <FaultCode>9005</FaultCode><FaultString>what?</FaultString></c:Fault></detail>",
        9005,
        "what?",
        &[],
    );
    check_fault(
        "<detail><Fault><FaultCode>9003</FaultCode>\
         <SetParameterValuesFault><ParameterName> A.B </ParameterName>\
         <FaultCode>9007</FaultCode></SetParameterValuesFault>\
         <SetParameterValuesFault><ParameterName>A.C</ParameterName>\
         <FaultCode>9008</FaultCode></SetParameterValuesFault></Fault></detail>",
        9003,
        "",
        &[("A.B", 9007), ("A.C", 9008)],
    );
}

#[test]
fn header_elements_are_read_and_odd_ones_passed_over() {
    let with = |header: &str| {
        let body = inform("").replace("<c:ID>1</c:ID>", header);
        let read = parse(body).unwrap();
        (read.id, read.header)
    };
    let none = Header::default();
    assert_eq!(with(""), (None, none.clone()));
    assert_eq!(
        with("<x:ID> 7 </x:ID><c:Odd/>"),
        (Some(" 7 ".to_owned()), none.clone())
    );
    assert_eq!(
        with("<c:SessionTimeout>soon</c:SessionTimeout>"),
        (None, none.clone())
    );
    assert_eq!(
        with(
            "<c:SessionTimeout s:mustUnderstand=\"0\"> 40 </c:SessionTimeout>\
             <c:SupportedCWMPVersions>1.0,1.4</c:SupportedCWMPVersions>\
             <c:NoMoreRequests>0</c:NoMoreRequests><c:HoldRequests>true</c:HoldRequests>"
        ),
        (
            None,
            Header {
                session_timeout: Some(40),
                supported_versions: Some("1.0,1.4".to_owned()),
                hold_requests: true,
                ..none
            }
        )
    );
}
