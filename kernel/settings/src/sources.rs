//! Where settings come from: a file, the environment, the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};
use regia_secrets::Secret;

use crate::SettingsError;

const PREFIX: &str = "REGIA__";

/// The variables of a process, taken once at its start.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Secret>);

impl Environment {
    /// The variables of this process; what is not UTF-8 is left out.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.into_string().ok();
        let pairs = std::env::vars_os().filter_map(|(k, v)| Some((text(k)?, text(v)?.into())));
        Self(pairs.collect())
    }

    /// The value of a variable that is set and not empty.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.0
            .get(name)
            .filter(|value| !value.expose().is_empty())
            .cloned()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).into()))
                .collect(),
        )
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// All places that settings are read from, the weakest first.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    environment: Environment,
    arguments: Vec<(&'static str, &'static str, String)>,
}

impl Sources {
    /// A file (none: defaults only) and the environment over it.
    #[must_use]
    pub fn new(file: Option<&Path>, environment: &Environment) -> Self {
        Self {
            file: file.map(Path::to_owned),
            environment: environment.clone(),
            arguments: Vec::new(),
        }
    }

    /// Adds a command-line argument, such as `--web-listen`, that sets `key`, such as `web.listen`.
    #[must_use]
    pub fn argument(
        mut self,
        flag: &'static str,
        key: &'static str,
        value: Option<String>,
    ) -> Self {
        self.arguments.extend(value.map(|value| (flag, key, value)));
        self
    }

    pub(crate) fn providers(&self) -> Result<Vec<Layer>, SettingsError> {
        let mut layers: Vec<Layer> = self
            .file
            .iter()
            .map(|path| file(path))
            .collect::<Result<_, _>>()?;
        layers.extend(
            self.environment
                .0
                .iter()
                .filter_map(|(name, value)| variable(name, value)),
        );
        layers.extend(self.arguments.iter().map(|(flag, key, value)| {
            let origin = format!("the argument {flag}");
            Layer {
                origin,
                values: nested(key, Value::from(value.as_str())),
            }
        }));
        Ok(layers)
    }
}

/// Values of one origin; the origin is what an error names.
pub(crate) struct Layer {
    origin: String,
    values: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

fn file(path: &Path) -> Result<Layer, SettingsError> {
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| SettingsError::File {
        path: path.to_owned(),
        source,
    })?;
    match toml::from_str(&text) {
        Ok(values) => Ok(Layer { origin, values }),
        Err(error) => {
            // Without the line itself: it may hold a secret.
            let before = error
                .span()
                .and_then(|span| text.get(..span.start))
                .unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let reason = error.message().to_owned();
            Err(SettingsError::NotToml {
                path: path.to_owned(),
                line,
                reason,
            })
        }
    }
}

fn variable(name: &str, value: &Secret) -> Option<Layer> {
    let key = name
        .strip_prefix(PREFIX)?
        .to_ascii_lowercase()
        .replace("__", ".");
    // Text stays text (a password may look like a number); lists and tables are read as TOML.
    let text = value.expose();
    let listed = text
        .starts_with(['[', '{'])
        .then(|| toml::from_str(&format!("value = {text}")));
    let listed = listed.and_then(|table: Result<Dict, _>| table.ok()?.remove("value"));
    let value = listed.unwrap_or_else(|| Value::from(text));
    Some(Layer {
        origin: format!("the variable {name}"),
        values: nested(&key, value),
    })
}

fn nested(key: &str, value: Value) -> Dict {
    // Never empty: `nest` wraps the value once for each part of a key, and a key has a part.
    figment::util::nest(key, value)
        .into_dict()
        .unwrap_or_default()
}
