//! Settings: one TOML file, `REGIA__SECTION__KEY` variables and command-line arguments over it, read
//! into the typed sections that the crates declare, and the reference page of those sections.

mod error;
mod reference;
mod sources;

use figment::Figment;
use figment::value::Value;
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
    let settings = figment
        .extract_lossy()
        .map_err(|error| SettingsError::explain::<T>(error))?;
    check_ranges::<T>(&figment)?;
    Ok(settings)
}

/// The bounds that a section declares (`#[schemars(range(min = 1, max = 64))]`) hold for what was
/// set; the reference page shows them.
fn check_ranges<T: JsonSchema>(figment: &Figment) -> Result<(), SettingsError> {
    for row in reference::rows::<T>() {
        let Ok(value) = figment.find_value(&row.key) else {
            continue;
        };
        if let Some(number) = integer(&value)
            && !row.allows(number)
        {
            let origin = figment
                .get_metadata(value.tag())
                .map(|origin| origin.name.to_string());
            return Err(SettingsError::WrongValue {
                origin: origin.unwrap_or_default(),
                reason: format!("{number} is out of range"),
                hint: Some(row.shape_sentence()),
                key: row.key,
            });
        }
    }
    Ok(())
}

fn integer(value: &Value) -> Option<i128> {
    let number = value.to_num_lossy()?;
    number
        .to_u128()
        .and_then(|number| number.try_into().ok())
        .or_else(|| number.to_i128())
}

#[cfg(test)]
mod tests;
