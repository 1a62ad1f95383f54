//! Inform and Kicked (TR-069 A.3.3.1, A.4.2.1).

use super::parameters::ParameterValue;
use crate::error::ParseError;
use crate::read::Cursor;
use crate::shape::{Item, record};

/// What opens a session (A.3.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inform {
    /// Who speaks.
    pub device_id: DeviceId,
    /// Why it speaks, at most 64. Real devices leave the list out; then it is empty.
    pub events: Vec<Event>,
    /// Always to be read as 1.
    pub max_envelopes: u32,
    /// The CPE's clock as it was sent, xsd `dateTime`, often without a zone; `None` when it is
    /// missing, empty or the "unknown time" `0001-01-01T00:00:00Z`.
    pub current_time: Option<String>,
    /// How often this session was tried before; 0 when it is missing.
    pub retry_count: u32,
    /// Forced inform parameters and changed values. Missing reads as empty.
    pub parameters: Vec<ParameterValue>,
}

/// Who speaks (xsd `DeviceIdStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeviceId {
    /// For display only; at most 64 characters.
    pub manufacturer: String,
    /// Six upper-case hexadecimal digits by the schema; never empty, otherwise as sent.
    pub oui: String,
    /// At most 64 characters, may be empty.
    pub product_class: String,
    /// At most 64 characters, never empty.
    pub serial_number: String,
}

/// One reason for a session (xsd `EventStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Such as `0 BOOTSTRAP` or `M Reboot`; see [`EventCode`](crate::EventCode).
    pub code: String,
    /// The key of the request that caused an `M …` event, else empty.
    pub command_key: String,
}

/// A user who followed a link on the CPE's own page (A.4.2.1, deprecated).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Kicked {
    /// At most 32 characters.
    pub command: String,
    /// At most 64 characters.
    pub referer: String,
    /// At most 256 characters.
    pub arg: String,
    /// At most 1,024 characters.
    pub next: String,
}

record!(Inform {
    "DeviceId" => device_id: record,
    "Event" => events: list,
    "MaxEnvelopes" => max_envelopes: number,
    "CurrentTime" => current_time: time,
    "RetryCount" => retry_count: number,
    "ParameterList" => parameters: list,
});

record!(DeviceId {
    "Manufacturer" => manufacturer: token,
    "OUI" => oui: token,
    "ProductClass" => product_class: token,
    "SerialNumber" => serial_number: token,
});

impl Item for Event {
    const ELEMENT: &'static str = "EventStruct";

    fn check_length(cursor: &Cursor<'_>, length: usize) -> Result<(), ParseError> {
        cursor.check_events(length)
    }
}

record!(Event {
    "EventCode" => code: token,
    "CommandKey" => command_key: text,
});

record!(Kicked {
    "Command" => command: text,
    "Referer" => referer: text,
    "Arg" => arg: text,
    "Next" => next: text,
});
