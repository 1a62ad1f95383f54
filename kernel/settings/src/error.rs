//! What is wrong with the settings, where, and what to write instead.

use std::io;
use std::path::PathBuf;

use figment::error::{Error, Kind};
use schemars::JsonSchema;

use crate::reference::{Row, rows};

/// Why the settings were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file {path} cannot be read")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("the settings file {path} is not TOML at line {line}: {reason}")]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// The parser's reason.
        reason: String,
    },
    /// No such setting.
    #[error("unknown key `{key}` in {origin}")]
    UnknownKey {
        /// Dotted.
        key: String,
        /// The file, variable or argument.
        origin: String,
        /// What was probably meant, with its shape, or the known keys.
        hint: String,
    },
    /// The setting exists and this is not a value for it.
    #[error("wrong value for `{key}` in {origin}: {reason}")]
    WrongValue {
        /// Dotted.
        key: String,
        /// The file, variable or argument.
        origin: String,
        /// Found and expected.
        reason: String,
        /// The shape of the setting.
        hint: Option<String>,
    },
}

impl SettingsError {
    /// The next step, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::UnknownKey { hint, .. } => Some(hint),
            Self::WrongValue { hint, .. } => hint.as_deref(),
            Self::File { .. } | Self::NotToml { .. } => None,
        }
    }

    pub(crate) fn explain<T: JsonSchema>(error: Error) -> Self {
        let rows = rows::<T>();
        let key = error.path.join(".");
        let origin = error
            .metadata
            .map_or_else(|| "the settings".into(), |m| m.name.into_owned());
        if let Kind::UnknownField(name, _) = &error.kind {
            // The path ends with the unknown key, unless that was met inside a value.
            let key = if key.ends_with(name.as_str()) {
                &key
            } else {
                &format!("{key}.{name}")
            };
            if !stands_inside_a_value(key, &rows) {
                return Self::UnknownKey {
                    key: key.clone(),
                    origin,
                    hint: closest(key, &rows),
                };
            }
        }
        let hint = rows
            .iter()
            .find(|row| row.key == key)
            .map(Row::shape_sentence);
        let reason = error.kind.to_string().replace("``", "`");
        Self::WrongValue {
            key,
            origin,
            reason,
            hint,
        }
    }
}

fn stands_inside_a_value(key: &str, rows: &[Row]) -> bool {
    rows.iter().any(|row| {
        key.strip_prefix(&row.key)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

/// The known key that looks most like this one: the same last part elsewhere, or few letters off.
fn closest(key: &str, rows: &[Row]) -> String {
    const ALIKE: f64 = 0.8;
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let likeness = |row: &Row| match last(&row.key) == last(key) {
        true => 1.0,
        false => strsim::jaro_winkler(&row.key, key),
    };
    let best = rows
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best.filter(|row| likeness(row) >= ALIKE) {
        Some(row) => format!("did you mean `{}`? {}", row.key, row.shape_sentence()),
        None => {
            let section = key.split('.').next().unwrap_or_default();
            let known = known_keys(section, rows);
            format!("known here: {}", known.join(", "))
        }
    }
}

/// The keys of the section, or the sections when there is no such section.
fn known_keys(section: &str, rows: &[Row]) -> Vec<String> {
    let of = |row: &Row| row.key.split('.').next().unwrap_or_default().to_owned();
    let mut keys: Vec<_> = rows
        .iter()
        .filter(|row| of(row) == section)
        .map(|row| row.key.clone())
        .collect();
    if keys.is_empty() {
        keys = rows.iter().map(of).collect();
        keys.dedup();
    }
    keys
}
