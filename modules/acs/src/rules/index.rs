//! Which paths can be indexed or searched, and in which form a value is compared.

use super::secrecy::Secrecy;
use crate::model::index::Match;
use crate::model::tree::{Tree, Value};

/// Root objects; a path without one means the parameter of whichever root the device has.
const ROOTS: [&str; 2] = ["Device.", "InternetGatewayDevice."];

/// Characters of a value that are compared.
const MAX_VALUE_CHARS: usize = 256;

/// Characters of a path (TR-106 3.1 allows 256).
const MAX_PATH_CHARS: usize = 256;

/// The path without its root object: the key under which it is indexed.
#[must_use]
pub(crate) fn key(path: &str) -> &str {
    ROOTS
        .iter()
        .find_map(|root| path.strip_prefix(root))
        .unwrap_or(path)
}

/// The form in which values are compared: lower case, at most 256 characters, none of them a
/// control character.
#[must_use]
pub(crate) fn comparable(text: &str) -> String {
    let clean = text.trim().chars().filter(|c| !c.is_control());
    clean
        .flat_map(char::to_lowercase)
        .take(MAX_VALUE_CHARS)
        .collect()
}

/// What a device has at a key, in the form in which it is compared; nothing for what is secret,
/// empty or not there.
#[must_use]
pub(crate) fn value_at(tree: &Tree, key: &str) -> Option<String> {
    let at = |root: &&str| {
        let Value { text, sealed, .. } = tree.nodes.get(&format!("{root}{key}"))?.value.as_ref()?;
        let text = (!sealed).then(|| comparable(text))?;
        (!text.is_empty()).then_some(text)
    };
    ROOTS.iter().find_map(at)
}

/// Whether a value in comparable form is what is wanted, which is in comparable form too.
#[must_use]
pub(crate) fn holds(matching: Match, value: &str, wanted: &str) -> bool {
    match matching {
        Match::Equals => value == wanted,
        Match::Prefix => value.starts_with(wanted),
    }
}

/// Checks a path that somebody wants indexed or searched, and gives its key.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check<'a>(path: &'a str, secrecy: &Secrecy) -> Result<&'a str, &'static str> {
    let key = key(path);
    if key.is_empty() || key.ends_with('.') {
        return Err("name one parameter, not an object");
    }
    if key.chars().count() > MAX_PATH_CHARS || key.split('.').any(str::is_empty) {
        return Err("this is no path");
    }
    if !key
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ':'))
    {
        return Err("a path has letters, digits, dots, dashes and underscores");
    }
    if secrecy.covers(key) {
        return Err("its values are secrets");
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use regia_clock::Chance;
    use regia_secrets::{KeyRing, Secret};

    use super::*;
    use crate::model::tree::Node;

    #[test]
    fn a_path_is_checked_and_loses_its_root() {
        let keys = KeyRing::from_hex(&Secret::from("5a".repeat(32)), &[]).unwrap();
        let secrecy = Secrecy::new(keys.derive("test"), Chance::seeded(1), &[]);
        let cases = [
            ("Device.WiFi.SSID.1.SSID", Some("WiFi.SSID.1.SSID")),
            (
                "InternetGatewayDevice.DeviceInfo.ModelName",
                Some("DeviceInfo.ModelName"),
            ),
            ("DeviceInfo.X_00D09E_Slot", Some("DeviceInfo.X_00D09E_Slot")),
            ("Device.", None),
            ("Device.WiFi.", None),
            ("", None),
            ("A..B", None),
            ("A B", None),
            ("A.\u{0}", None),
            ("Device.WiFi.AccessPoint.1.Security.KeyPassphrase", None),
        ];
        for (path, expected) in cases {
            assert_eq!(check(path, &secrecy).ok(), expected, "{path}");
        }
        assert!(check(&"a".repeat(257), &secrecy).is_err());
    }

    #[test]
    fn values_are_compared_without_case_and_not_beyond_their_limit() {
        assert_eq!(comparable(" Home\u{0} WLAN\n"), "home wlan");
        assert_eq!(comparable(&"É".repeat(300)), "é".repeat(256));
        assert!(holds(Match::Equals, "home", "home") && !holds(Match::Equals, "home", "ho"));
        assert!(holds(Match::Prefix, "home", "ho") && !holds(Match::Prefix, "home", "om"));
    }

    #[test]
    fn one_key_serves_both_roots_and_no_secret() {
        let cases = [
            ("Device.A.B", "V", false, Some("v")),
            ("InternetGatewayDevice.A.B", "V", false, Some("v")),
            ("Device.A.B", "V", true, None),
            ("Device.A.B", "", false, None),
            ("Device.A.C", "V", false, None),
        ];
        for (path, text, sealed, expected) in cases {
            let value = Value {
                text: text.to_owned(),
                kind: "string".to_owned(),
                sealed,
                seen_at: 0,
            };
            let mut tree = Tree::default();
            let node = Node {
                value: Some(value),
                writable: None,
            };
            tree.nodes.insert(path.to_owned(), node);
            assert_eq!(value_at(&tree, "A.B").as_deref(), expected, "{path} {text}");
        }
    }
}
