//! Bodies that real CPEs sent, from the shared data.

use std::path::Path;

use regia_cwmp::{
    AcsMessage, CpeMessage, Envelope, EventCode, Inform, ParameterInfo, ValueKind, decode,
    write_acs,
};

/// Reads a captured body as the server would: with the content type that came with it.
fn read(folder: &Path, name: &str) -> Envelope<CpeMessage> {
    let body = std::fs::read(folder.join(format!("{name}.xml"))).unwrap();
    let headers = std::fs::read_to_string(folder.join(format!("{name}.headers.txt"))).unwrap();
    let content_type = headers
        .lines()
        .find_map(|line| line.strip_prefix("Content-Type: "));
    crate::parse(decode(&body, content_type).unwrap()).unwrap()
}

fn read_inform(folder: &Path) -> (Inform, String) {
    let envelope = read(folder, "0001-Inform");
    assert_eq!(envelope.id.as_deref(), Some("1"));
    let answer = write_acs(&envelope.answer(AcsMessage::InformResponse { max_envelopes: 1 }));
    match envelope.message {
        CpeMessage::Inform(inform) => (*inform, String::from_utf8(answer).unwrap()),
        other => panic!("expected an Inform, got {other:?}"),
    }
}

#[test]
fn netcwmp_is_read_and_answered_in_its_spelling() {
    let Some(folder) = crate::shared_data("captures/netcwmp") else {
        return;
    };
    let (inform, answer) = read_inform(&folder);
    assert_eq!(inform.device_id.oui, "A00001");
    assert_eq!(inform.device_id.product_class, "NETCWMP");
    assert_eq!(inform.device_id.serial_number, "NETCWMP0001");
    assert_eq!(inform.current_time.as_deref(), Some("2026-11-21T08:29:45"));
    assert_eq!(inform.events.len(), 1);
    assert_eq!(
        EventCode::parse(&inform.events[0].code),
        EventCode::Bootstrap
    );
    assert_eq!(inform.parameters.len(), 17);
    assert_eq!(
        inform.parameters[7].name,
        "InternetGatewayDevice.DeviceInfo.SoftwareVersion"
    );
    assert_eq!(inform.parameters[7].value, "V1.2.7.29");
    assert_eq!(inform.parameters[16].value, "");
    assert!(answer.starts_with("<SOAP-ENV:Envelope "), "{answer}");
    assert!(
        answer.contains("xmlns:xsi=\"http://www.w3.org/1999/XMLSchema-instance\""),
        "{answer}"
    );
    assert!(
        answer.contains("<cwmp:ID SOAP-ENV:mustUnderstand=\"1\">1</cwmp:ID>"),
        "{answer}"
    );
}

#[test]
fn answers_of_netcwmp_are_read() {
    let Some(folder) = crate::shared_data("captures/netcwmp") else {
        return;
    };
    let CpeMessage::GetParameterNamesResponse(names) =
        read(&folder, "0003-GetParameterNamesResponse").message
    else {
        panic!("expected names");
    };
    assert_eq!(names.len(), 9);
    let object = "InternetGatewayDevice.DeviceInfo.".to_owned();
    assert_eq!(
        names[0],
        ParameterInfo {
            name: object,
            writable: false
        }
    );
    assert!(names[3].writable);
    let CpeMessage::GetParameterValuesResponse(values) =
        read(&folder, "0004-GetParameterValuesResponse").message
    else {
        panic!("expected values");
    };
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].value, "V1.2.7.29");
    assert_eq!(values[0].kind, ValueKind::String);
}

#[test]
fn the_orange_agent_is_read_and_answered_in_its_spelling() {
    let Some(folder) = crate::shared_data("captures/orange-cwmpd") else {
        return;
    };
    let (inform, answer) = read_inform(&folder);
    assert_eq!(inform.device_id.serial_number, "ORANGE0001");
    let events: Vec<_> = inform
        .events
        .iter()
        .map(|event| EventCode::parse(&event.code))
        .collect();
    assert_eq!(events, [EventCode::Bootstrap, EventCode::Boot]);
    assert_eq!(inform.parameters.len(), 7);
    assert!(
        answer.starts_with("<soapenv:Envelope xmlns:soapenv="),
        "{answer}"
    );
    assert!(answer.contains("xmlns:soapenc="), "{answer}");
}
