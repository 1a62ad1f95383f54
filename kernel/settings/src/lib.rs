//! Settings: one TOML file, `REGIA__SECTION__KEY` variables and command-line arguments over it, read
//! into the typed sections that the crates declare, and the reference page of those sections.

mod error;
mod reference;
mod sources;

use figment::Figment;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

pub use error::SettingsError;
pub use reference::reference;
pub use sources::{Environment, Sources};

/// Reads the settings: defaults, then the file, then variables, then arguments; the later wins.
///
/// # Errors
/// An unreadable file, an unknown key, or a value of the wrong shape; each names where it stands,
/// the key, the expected shape and, where there is one, the closest known key.
pub fn load<T: DeserializeOwned + JsonSchema>(sources: &Sources) -> Result<T, SettingsError> {
    let mut figment = Figment::new();
    for provider in sources.providers()? {
        figment = figment.merge(provider);
    }
    // Lossy: a variable or an argument is text, and becomes a number where a number is expected.
    figment
        .extract_lossy()
        .map_err(|error| SettingsError::explain::<T>(error))
}

#[cfg(test)]
mod tests;
