//! Which parameters are secrets, and how they are kept: sealed at rest, masked where shown.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use regia_clock::Chance;
use regia_cwmp::ParameterValue;
use regia_secrets::Key;

use crate::model::identity::DeviceId;
use crate::model::tree::Value;

/// What stands in place of a secret wherever one would be shown.
pub const MASK: &str = "••••••••";

/// Last parts of paths that hold secrets, in lower case; a path counts when its last part, without
/// an instance number, contains one of them.
const SECRET_PARTS: [&str; 9] = [
    "password",
    "passphrase",
    "presharedkey",
    "wepkey",
    "sharedsecret",
    "privatekey",
    "secretkey",
    "authkey",
    "pskvalue",
];

/// Seals and opens secret values, each bound to its device and path.
#[derive(Debug, Clone)]
pub struct Secrecy {
    key: Arc<Key>,
    chance: Chance,
    further: Arc<[String]>,
}

impl Secrecy {
    /// `further` are more last parts of paths, from the settings.
    #[must_use]
    pub fn new(key: Key, chance: Chance, further: &[String]) -> Self {
        let further = further
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        Self {
            key: Arc::new(key),
            chance,
            further,
        }
    }

    /// Whether the parameter holds a secret.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let last = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
        SECRET_PARTS.iter().any(|part| last.contains(part)) || self.further.contains(&last)
    }

    /// Seals a text for its place.
    #[must_use]
    pub fn seal(&self, device: DeviceId, path: &str, text: &str) -> String {
        BASE64.encode(
            self.key
                .seal(text.as_bytes(), &context(device, path), &self.chance),
        )
    }

    /// Opens what [`Secrecy::seal`] made for the same place.
    #[must_use]
    pub fn open(&self, device: DeviceId, path: &str, sealed: &str) -> Option<String> {
        let bytes = BASE64.decode(sealed).ok()?;
        let plain = self.key.open(&bytes, &context(device, path)).ok()?;
        String::from_utf8(plain).ok()
    }

    /// The value to keep for what a device sent.
    #[must_use]
    pub fn keep(&self, device: DeviceId, sent: &ParameterValue, seen_at: i64) -> Value {
        let sealed = !sent.value.is_empty() && self.covers(&sent.name);
        let text = if sealed {
            self.seal(device, &sent.name, &sent.value)
        } else {
            sent.value.clone()
        };
        Value {
            text,
            kind: sent.kind.name().to_owned(),
            sealed,
            seen_at,
        }
    }

    /// Whether a kept value says the same as `text`.
    #[must_use]
    pub fn same(&self, device: DeviceId, path: &str, kept: &Value, text: &str) -> bool {
        if kept.sealed {
            self.open(device, path, &kept.text).as_deref() == Some(text)
        } else {
            kept.text == text
        }
    }
}

fn context(device: DeviceId, path: &str) -> Vec<u8> {
    format!("{device} {path}").into_bytes()
}
