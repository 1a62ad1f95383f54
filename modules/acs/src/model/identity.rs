//! Who a device says it is.

use std::fmt;

use regia_cwmp::DeviceId as SentDeviceId;
use thiserror::Error;

regia_ident::id! {
    /// A device of the fleet.
    DeviceId
}

/// Characters that each part of an identity may have (TR-069 A.3.3.1: `string(64)`).
pub const MAX_PART_CHARS: usize = 64;

/// OUI, product class and serial number: what makes a device the same device (TR-069 A.3.3.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// Organizationally unique identifier, six hex digits in upper case.
    pub oui: String,
    /// Empty where the serial number is unique within the OUI.
    pub product_class: String,
    /// Unique within OUI and product class.
    pub serial_number: String,
}

/// Why an identity is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IdentityError {
    /// A required part is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A part is longer than 64 characters.
    #[error("{0} is longer than {MAX_PART_CHARS} characters")]
    TooLong(&'static str),
    /// A part holds control characters.
    #[error("{0} holds control characters")]
    ControlCharacter(&'static str),
}

impl Identity {
    /// Reads the identity of an Inform. The OUI is brought to upper case, since devices send both.
    ///
    /// # Errors
    /// When OUI or serial number is empty, or a part is too long or holds control characters.
    pub fn from_inform(sent: &SentDeviceId) -> Result<Self, IdentityError> {
        Self::new(&sent.oui, &sent.product_class, &sent.serial_number)
    }

    /// See [`Identity::from_inform`].
    ///
    /// # Errors
    /// As there.
    pub fn new(oui: &str, product_class: &str, serial: &str) -> Result<Self, IdentityError> {
        let oui = part("OUI", oui)?;
        let serial = part("SerialNumber", serial)?;
        if oui.is_empty() {
            return Err(IdentityError::Empty("OUI"));
        }
        if serial.is_empty() {
            return Err(IdentityError::Empty("SerialNumber"));
        }
        Ok(Self {
            oui: oui.to_ascii_uppercase(),
            product_class: part("ProductClass", product_class)?.to_owned(),
            serial_number: serial.to_owned(),
        })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{}-{}",
            self.oui, self.product_class, self.serial_number
        )
    }
}

fn part<'a>(name: &'static str, text: &'a str) -> Result<&'a str, IdentityError> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(IdentityError::ControlCharacter(name));
    }
    if text.len() > MAX_PART_CHARS && text.chars().count() > MAX_PART_CHARS {
        return Err(IdentityError::TooLong(name));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_checked_when_it_is_made() {
        let long = "x".repeat(65);
        let cases: [(&str, &str, &str, Result<&str, IdentityError>); 6] = [
            ("00d09e", "HG", "A1", Ok("00D09E-HG-A1")),
            (" 00D09E ", "", "A1", Ok("00D09E--A1")),
            ("", "HG", "A1", Err(IdentityError::Empty("OUI"))),
            (
                "00D09E",
                "HG",
                " ",
                Err(IdentityError::Empty("SerialNumber")),
            ),
            (
                "00D09E",
                "H\u{7}",
                "A1",
                Err(IdentityError::ControlCharacter("ProductClass")),
            ),
            (
                "00D09E",
                "HG",
                &long,
                Err(IdentityError::TooLong("SerialNumber")),
            ),
        ];
        for (oui, class, serial, expected) in cases {
            let got = Identity::new(oui, class, serial).map(|identity| identity.to_string());
            assert_eq!(
                got,
                expected.map(str::to_owned),
                "{oui:?} {class:?} {serial:?}"
            );
        }
    }
}
