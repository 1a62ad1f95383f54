//! Prebuilt Informs: between two sessions only digits of fixed width change in place.

use time::OffsetDateTime;

/// What one load run has in common.
const BODY: &str = concat!(
    r#"<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/""#,
    r#" xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/""#,
    r#" xmlns:xsd="http://www.w3.org/2001/XMLSchema""#,
    r#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance""#,
    r#" xmlns:cwmp="urn:dslforum-org:cwmp-1-2"><soap-env:Header>"#,
    r#"<cwmp:ID soap-env:mustUnderstand="1">{id}</cwmp:ID></soap-env:Header><soap-env:Body>"#,
    "<cwmp:Inform><DeviceId><Manufacturer>Regia</Manufacturer><OUI>{oui}</OUI>",
    "<ProductClass>Load</ProductClass><SerialNumber>{serial}</SerialNumber></DeviceId>",
    "{events}<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>{time}</CurrentTime>",
    r#"<RetryCount>0</RetryCount><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[7]">"#,
    "{parameters}</ParameterList></cwmp:Inform></soap-env:Body></soap-env:Envelope>",
);
const PARAMETERS: [(&str, &str); 7] = [
    ("Device.RootDataModelVersion", "2.11"),
    ("Device.DeviceInfo.HardwareVersion", "L1"),
    ("Device.DeviceInfo.SoftwareVersion", "1.0.0"),
    ("Device.DeviceInfo.ProvisioningCode", "load"),
    (
        "Device.ManagementServer.ConnectionRequestURL",
        "http://192.0.2.1:7547/{serial}",
    ),
    ("Device.ManagementServer.ParameterKey", "load"),
    ("Device.IP.Interface.1.IPv4Address.1.IPAddress", "192.0.2.1"),
];
/// Digits of a serial after its prefix.
const SERIAL_DIGITS: usize = 9;
const ID_DIGITS: usize = 9;
const TIME_WIDTH: usize = "2026-11-21T08:29:45Z".len();

/// Who informs about what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Template<'a> {
    pub(super) oui: &'a str,
    pub(super) serial_prefix: &'a str,
    pub(super) events: &'a [&'a str],
}

/// The body of an Inform and where its digits stand.
#[derive(Debug, Clone, Default)]
pub(super) struct Inform {
    body: Vec<u8>,
    ids: Vec<usize>,
    serials: Vec<usize>,
    times: Vec<usize>,
}

impl Inform {
    pub(super) fn new(template: &Template<'_>) -> Self {
        let mut inform = Self::default();
        for piece in text_of(template).split('{') {
            let (slot, text) = piece.split_once('}').unwrap_or(("", piece));
            match slot {
                "id" => inform.leave(Slot::Id),
                "serial" => {
                    inform
                        .body
                        .extend_from_slice(template.serial_prefix.as_bytes());
                    inform.leave(Slot::Serial);
                }
                "time" => inform.leave(Slot::Time),
                _ => {}
            }
            inform.body.extend_from_slice(text.as_bytes());
        }
        inform
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn set_id(&mut self, id: u64) {
        set(&mut self.body, &self.ids, &digits::<ID_DIGITS>(id));
    }

    pub(super) fn set_serial(&mut self, serial: u64) {
        set(
            &mut self.body,
            &self.serials,
            &digits::<SERIAL_DIGITS>(serial),
        );
    }

    pub(super) fn set_time(&mut self, now: OffsetDateTime) {
        let text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second()
        );
        set(&mut self.body, &self.times, text.as_bytes());
    }

    fn leave(&mut self, slot: Slot) {
        let at = self.body.len();
        let (positions, width) = match slot {
            Slot::Id => (&mut self.ids, ID_DIGITS),
            Slot::Serial => (&mut self.serials, SERIAL_DIGITS),
            Slot::Time => (&mut self.times, TIME_WIDTH),
        };
        positions.push(at);
        self.body.resize(at + width, b'0');
    }
}

#[derive(Clone, Copy)]
enum Slot {
    Id,
    Serial,
    Time,
}

fn text_of(template: &Template<'_>) -> String {
    let events: String = template
        .events
        .iter()
        .map(|code| {
            format!("<EventStruct><EventCode>{code}</EventCode><CommandKey/></EventStruct>")
        })
        .collect();
    let count = template.events.len();
    let events =
        format!(r#"<Event soap-enc:arrayType="cwmp:EventStruct[{count}]">{events}</Event>"#);
    let parameters: String = PARAMETERS
        .iter()
        .map(|(name, value)| {
            format!(
                "<ParameterValueStruct><Name>{name}</Name>\
                 <Value xsi:type=\"xsd:string\">{value}</Value></ParameterValueStruct>"
            )
        })
        .collect();
    BODY.replace("{oui}", template.oui)
        .replace("{events}", &events)
        .replace("{parameters}", &parameters)
}

fn set(body: &mut [u8], positions: &[usize], text: &[u8]) {
    for position in positions {
        if let Some(slot) = body.get_mut(*position..*position + text.len()) {
            slot.copy_from_slice(text);
        }
    }
}

fn digits<const WIDTH: usize>(mut number: u64) -> [u8; WIDTH] {
    let mut digits = [b'0'; WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn only_the_digits_change() {
        let mut inform = Inform::new(&Template {
            oui: "00D09E",
            serial_prefix: "LOAD",
            events: &["0 BOOTSTRAP", "1 BOOT"],
        });
        let length = inform.body().len();
        inform.set_id(7);
        inform.set_serial(1_234);
        inform.set_time(datetime!(2026-01-02 03:04:05 UTC));
        let text = std::str::from_utf8(inform.body()).unwrap();
        assert_eq!(text.len(), length);
        for part in [
            ">000000007</cwmp:ID>",
            "<SerialNumber>LOAD000001234</SerialNumber>",
            "http://192.0.2.1:7547/LOAD000001234<",
            "<CurrentTime>2026-01-02T03:04:05Z</CurrentTime>",
            "EventStruct[2]\"><EventStruct><EventCode>0 BOOTSTRAP</EventCode>",
            "<OUI>00D09E</OUI>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(text.matches("<ParameterValueStruct>").count(), 7);
        assert!(!text.contains(['{', '}']));
    }
}
