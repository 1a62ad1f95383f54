//! The session cookie: which device, which session, and a MAC that says we made it.
//!
//! It names the device, so that any node finds the session's row without an index on sessions.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use regia_ident::TerritoryId;
use regia_secrets::Key;

use crate::model::identity::DeviceId;
use crate::store::session::Claim;

/// The cookie's name.
pub const NAME: &str = "session";

const BODY_BYTES: usize = 8 + 8 + 16;
const MAC_BYTES: usize = 16;

/// What a genuine cookie says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Where the device belongs.
    pub territory: TerritoryId,
    /// The device.
    pub device: DeviceId,
    /// The session's random id.
    pub session: [u8; 16],
}

/// The cookie's value for a session.
#[must_use]
pub fn write(key: &Key, claim: &Claim) -> String {
    let mut bytes = Vec::with_capacity(BODY_BYTES + MAC_BYTES);
    bytes.extend(claim.territory.0.to_le_bytes());
    bytes.extend(claim.device.0.to_le_bytes());
    bytes.extend(claim.session);
    let mac = key.mac(&[&bytes]);
    bytes.extend(mac.iter().take(MAC_BYTES));
    BASE64.encode(bytes)
}

/// Reads a `Cookie` header; nothing when it holds no genuine session.
///
/// Lenient as devices need it: commas for semicolons, quoted values, spaces anywhere, our cookie
/// several times (the first genuine one counts).
#[must_use]
pub fn read(key: &Key, header: &str) -> Option<Ticket> {
    header
        .split([';', ','])
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case(NAME))
        .find_map(|(_, value)| open(key, value.trim().trim_matches('"')))
}

fn open(key: &Key, value: &str) -> Option<Ticket> {
    let bytes = BASE64.decode(value).ok()?;
    let (body, mac) = bytes.split_at_checked(BODY_BYTES)?;
    let genuine = |made: &[u8; 32]| {
        made.iter()
            .zip(mac)
            .fold(0, |differences, (a, b)| differences | (a ^ b))
            == 0
    };
    if mac.len() != MAC_BYTES || !key.macs(&[body]).iter().any(genuine) {
        return None;
    }
    let (territory, rest) = body.split_first_chunk()?;
    let (device, rest) = rest.split_first_chunk()?;
    Some(Ticket {
        territory: TerritoryId(i64::from_le_bytes(*territory)),
        device: DeviceId(i64::from_le_bytes(*device)),
        session: *rest.first_chunk()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use regia_secrets::{KeyRing, Secret};

    fn key(byte: &str) -> Key {
        KeyRing::from_hex(&Secret::from(byte.repeat(32)), &[])
            .unwrap()
            .derive("cookie")
    }

    #[test]
    fn a_cookie_comes_back_in_whatever_shape_devices_return_it() {
        let claim = Claim {
            territory: TerritoryId(1),
            device: DeviceId(42),
            session: [7; 16],
            epoch: 3,
        };
        let value = write(&key("ab"), &claim);
        let ticket = Ticket {
            territory: TerritoryId(1),
            device: DeviceId(42),
            session: [7; 16],
        };
        for header in [
            format!("session={value}"),
            format!("a=b; session={value}; c=d"),
            format!("a=b, SESSION = \"{value}\""),
            format!("session=stale;session={value}"),
        ] {
            assert_eq!(read(&key("ab"), &header), Some(ticket), "{header}");
        }
    }

    #[test]
    fn a_forged_cookie_is_none() {
        let claim = Claim {
            territory: TerritoryId(1),
            device: DeviceId(42),
            session: [7; 16],
            epoch: 3,
        };
        let value = write(&key("ab"), &claim);
        let mut other_device = BASE64.decode(&value).unwrap();
        other_device[8] ^= 1;
        for header in [
            String::new(),
            "session=".to_owned(),
            "session=x".to_owned(),
            format!("session={}", value.get(1..).unwrap()),
            format!("session={}", BASE64.encode(&other_device)),
            format!("other={value}"),
            format!("session={}", "A".repeat(4_000)),
        ] {
            assert_eq!(read(&key("ab"), &header), None, "{header}");
        }
        assert_eq!(read(&key("cd"), &format!("session={value}")), None);
    }
}
