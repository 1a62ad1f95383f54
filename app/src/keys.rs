//! The secret key of the installation: from the settings, or its file in the data folder.

use anyhow::{Context, ensure};
use regia_clock::Chance;
use regia_secrets::{KeyError, KeyRing};

use crate::settings::Settings;

/// Name of the key's file in the data folder.
pub(crate) const FILE: &str = "secret_key";

/// Loads the key; without one in the settings the file is made at the first start, so the data
/// folder must be held.
pub(crate) fn load(settings: &Settings, chance: &Chance) -> Result<KeyRing, KeyError> {
    let old = &settings.server.old_secret_keys;
    match &settings.server.secret_key {
        Some(key) => KeyRing::from_hex(key, old),
        None => KeyRing::load_or_create(&settings.data_dir().join(FILE), old, chance),
    }
}

/// Loads the key of an installation that exists; never makes one.
pub(crate) fn existing(settings: &Settings) -> anyhow::Result<KeyRing> {
    let known = settings.server.secret_key.is_some() || settings.data_dir().join(FILE).exists();
    ensure!(
        known,
        "there is no installation in {}",
        settings.data_dir().display()
    );
    load(settings, &Chance::from_system()).context("the secret key is needed")
}
