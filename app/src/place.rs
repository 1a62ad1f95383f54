//! Where an installation is: the arguments that every command shares.

use std::path::{Path, PathBuf};

use clap::Args;
use regia_settings::{Environment, SettingsError, Sources};

use crate::settings::Settings;

/// The installation that a command works on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// Folder of everything that the server keeps on this machine.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Settings file (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// The settings as defaults, file, variables, shared and further arguments give them.
    pub(crate) fn settings(
        &self,
        environment: &Environment,
        arguments: impl FnOnce(Sources) -> Sources,
    ) -> Result<Settings, SettingsError> {
        let data_dir = self
            .data_dir
            .as_deref()
            .map(|path| path.display().to_string());
        let sources = Sources::new(self.config.as_deref(), environment).argument(
            "--data-dir",
            "server.data_dir",
            data_dir,
        );
        regia_settings::load(&arguments(sources))
    }
}

/// Where data is kept unless told otherwise: beside an ordinary user's work, or where a system
/// service keeps its state.
pub(crate) fn default_data_dir() -> &'static Path {
    match rustix::process::geteuid().is_root() {
        true => Path::new("/var/lib/regia"),
        false => Path::new("data"),
    }
}
