//! Text that is never shown, logged or serialised.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// Text whose Debug is blank and whose memory is wiped.
///
/// In settings it is the text itself, `{ file = "/path" }` (the file's text without its last line
/// break) or `{ env = "NAME" }`.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// The text. Whoever calls this decides that it may leave.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "secret" })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reference)
    }
}

struct Reference;

impl<'de> Visitor<'de> for Reference {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, { file = \"/path\" } or { env = \"NAME\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
        Ok(text.into())
    }

    // A number or a truth value is not shown in the error: it may be the secret without its quotes.
    fn visit_u64<E: Error>(self, _: u64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let Some((kind, place)) = map.next_entry::<String, String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        if map.next_key::<String>()?.is_some() {
            return Err(A::Error::custom(
                "a secret names either a file or an env variable",
            ));
        }
        match kind.as_str() {
            "file" => from_file(&place).map_err(A::Error::custom),
            "env" => from_environment(&place).map_err(A::Error::custom),
            other => Err(A::Error::unknown_field(other, &["file", "env"])),
        }
    }
}

fn from_file(path: &str) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the secret's file {path} cannot be read: {error}"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).into())
}

#[expect(
    clippy::disallowed_methods,
    reason = "settings name this variable as a secret's place"
)]
fn from_environment(name: &str) -> Result<Secret, String> {
    std::env::var(name)
        .map(Secret::from)
        .map_err(|_| format!("the secret's environment variable {name} is not set to a text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_comes_from_text_a_file_or_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "from a file\n").unwrap();
        for (value, expected) in [
            (json!("plain"), "plain"),
            (json!({ "file": path }), "from a file"),
            (json!({ "env": "CARGO_PKG_NAME" }), env!("CARGO_PKG_NAME")),
        ] {
            let secret: Secret = serde_json::from_value(value).unwrap();
            assert_eq!(secret.expose(), expected);
            assert_eq!(format!("{secret:?}"), "[secret]");
        }
    }

    #[test]
    fn a_wrong_reference_is_refused_without_showing_a_value() {
        for (value, reason) in [
            (
                json!({ "file": "/nowhere/at/all" }),
                "/nowhere/at/all cannot be read",
            ),
            (
                json!({ "env": "REGIA_NOT_SET" }),
                "REGIA_NOT_SET is not set",
            ),
            (json!({ "path": "x" }), "unknown field `path`"),
            (
                json!({ "file": "x", "env": "y" }),
                "either a file or an env",
            ),
            (json!({}), "invalid length 0"),
            (json!(4711), "invalid type: a number"),
        ] {
            let error = serde_json::from_value::<Secret>(value)
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{error}");
            assert!(!error.contains("4711"), "{error}");
        }
    }
}
