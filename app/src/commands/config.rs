//! `regia config check`: reads the settings as a server would, and starts nothing.

use std::process::ExitCode;

use clap::Subcommand;
use regia_settings::Environment;

use crate::place::Place;
use crate::terminal::say;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads file and variables and says whether a server would accept them.
    Check(Place),
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Check(place) = command;
    let settings = place.settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    say(&format!(
        "the settings are accepted; data folder {}",
        settings.data_dir().display()
    ));
    Ok(ExitCode::SUCCESS)
}
