//! Event codes: why a CPE opened a session.

/// An event code, understood (TR-069 3.7.1.5, xsd `EventCodeType`, cwmp-1-4.xsd).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventCode<'a> {
    /// `0 BOOTSTRAP`: first contact, reset, or another ACS before; what was known is void.
    Bootstrap,
    /// `1 BOOT`
    Boot,
    /// `2 PERIODIC`
    Periodic,
    /// `3 SCHEDULED`
    Scheduled,
    /// `4 VALUE CHANGE`
    ValueChange,
    /// `5 KICKED`
    Kicked,
    /// `6 CONNECTION REQUEST`
    ConnectionRequest,
    /// `7 TRANSFER COMPLETE`
    TransferComplete,
    /// `8 DIAGNOSTICS COMPLETE`
    DiagnosticsComplete,
    /// `9 REQUEST DOWNLOAD`
    RequestDownload,
    /// `10 AUTONOMOUS TRANSFER COMPLETE`
    AutonomousTransferComplete,
    /// `11 DU STATE CHANGE COMPLETE`
    DuStateChangeComplete,
    /// `12 AUTONOMOUS DU STATE CHANGE COMPLETE`
    AutonomousDuStateChangeComplete,
    /// `13 WAKEUP` (Annex L)
    Wakeup,
    /// `14 HEARTBEAT` (Annex O)
    Heartbeat,
    /// `M Reboot`: the method named here, asked for with the event's command key, is done.
    Method(&'a str),
    /// `X 00D09E something`: a vendor's own event, without the `X`.
    Vendor(&'a str),
    /// Anything else, as sent.
    Other(&'a str),
}

/// The numbered events; the place in the list is the number.
const NUMBERED: [(EventCode<'static>, &str); 15] = [
    (EventCode::Bootstrap, "0 BOOTSTRAP"),
    (EventCode::Boot, "1 BOOT"),
    (EventCode::Periodic, "2 PERIODIC"),
    (EventCode::Scheduled, "3 SCHEDULED"),
    (EventCode::ValueChange, "4 VALUE CHANGE"),
    (EventCode::Kicked, "5 KICKED"),
    (EventCode::ConnectionRequest, "6 CONNECTION REQUEST"),
    (EventCode::TransferComplete, "7 TRANSFER COMPLETE"),
    (EventCode::DiagnosticsComplete, "8 DIAGNOSTICS COMPLETE"),
    (EventCode::RequestDownload, "9 REQUEST DOWNLOAD"),
    (
        EventCode::AutonomousTransferComplete,
        "10 AUTONOMOUS TRANSFER COMPLETE",
    ),
    (
        EventCode::DuStateChangeComplete,
        "11 DU STATE CHANGE COMPLETE",
    ),
    (
        EventCode::AutonomousDuStateChangeComplete,
        "12 AUTONOMOUS DU STATE CHANGE COMPLETE",
    ),
    (EventCode::Wakeup, "13 WAKEUP"),
    (EventCode::Heartbeat, "14 HEARTBEAT"),
];

impl<'a> EventCode<'a> {
    /// Understands a code. The number decides; the words after it are not compared.
    #[must_use]
    pub fn parse(code: &'a str) -> Self {
        let code = code.trim();
        let (first, rest) = code.split_once(' ').unwrap_or((code, ""));
        let rest = rest.trim();
        match first {
            "M" if !rest.is_empty() => Self::Method(rest),
            "X" if !rest.is_empty() => Self::Vendor(rest),
            number => number
                .parse::<usize>()
                .ok()
                .and_then(|number| NUMBERED.get(number))
                .map_or(Self::Other(code), |(event, _)| *event),
        }
    }

    /// The code of a numbered event as it is sent: `0 BOOTSTRAP`.
    #[must_use]
    pub fn standard(self) -> Option<&'static str> {
        NUMBERED
            .iter()
            .find(|(event, _)| *event == self)
            .map(|(_, code)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_decides_and_everything_else_is_kept() {
        for (event, code) in NUMBERED {
            assert_eq!(EventCode::parse(code), event);
            assert_eq!(event.standard(), Some(code));
        }
        for (code, event) in [
            (" 2  PERIODIC ", EventCode::Periodic),
            ("4 VALUECHANGE", EventCode::ValueChange),
            ("1", EventCode::Boot),
            ("M Reboot", EventCode::Method("Reboot")),
            ("M X_00D09E_Wipe", EventCode::Method("X_00D09E_Wipe")),
            ("X 00D09E Button", EventCode::Vendor("00D09E Button")),
            ("15 NEW", EventCode::Other("15 NEW")),
            ("-1 BOOT", EventCode::Other("-1 BOOT")),
            ("M", EventCode::Other("M")),
            ("", EventCode::Other("")),
        ] {
            assert_eq!(EventCode::parse(code), event, "{code:?}");
        }
        assert_eq!(EventCode::Method("Reboot").standard(), None);
    }
}
