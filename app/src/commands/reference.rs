//! `regia reference`: the pages of `docs/reference/`, from the code that they describe.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::compose;
use crate::settings::Settings;
use crate::terminal::say;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Folder that the pages are written to.
    #[arg(long, value_name = "FOLDER", default_value = "docs/reference")]
    folder: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    for (name, page) in pages() {
        let path = folder.join(name);
        fs::write(&path, page).with_context(|| format!("{} cannot be written", path.display()))?;
        say(&path.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

fn pages() -> [(&'static str, String); 2] {
    [
        ("settings.md", regia_settings::reference::<Settings>()),
        (
            "metrics.md",
            regia_telemetry::metrics::reference(compose::describe_metrics),
        ),
    ]
}
