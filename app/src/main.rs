//! The one binary: reads the command line and hands over to the command.

mod archive;
mod commands;
mod compose;
mod database;
mod entrance;
mod first_start;
mod keys;
mod place;
mod programs;
mod search;
mod settings;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tokio::runtime::Runtime;

/// One server for independent domains: an ACS for broadband devices.
#[derive(Debug, Parser)]
#[command(name = "regia", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server until it is told to stop.
    Serve(commands::serve::Arguments),
    /// Writes database and secret key into one file.
    Backup(commands::backup::Arguments),
    /// Makes an installation from a backup.
    Restore(commands::restore::Arguments),
    /// Helps whoever lost access.
    Admin {
        #[command(subcommand)]
        command: commands::admin::Command,
    },
    /// Looks after the audit trail.
    Audit {
        #[command(subcommand)]
        command: commands::audit::Command,
    },
    /// Looks at everything that a start needs.
    Doctor(commands::doctor::Arguments),
    /// Simulates what talks to the server.
    Simulate {
        #[command(subcommand)]
        command: commands::simulate::Command,
    },
    /// Looks after the settings.
    Config {
        #[command(subcommand)]
        command: commands::config::Command,
    },
    /// Writes the generated reference pages.
    Reference(commands::reference::Arguments),
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Serve(arguments) => commands::serve::run(arguments),
        Command::Backup(arguments) => block_on(commands::backup::run(arguments)),
        Command::Restore(arguments) => block_on(commands::restore::run(arguments)),
        Command::Admin { command } => block_on(commands::admin::run(command)),
        Command::Audit { command } => block_on(commands::audit::run(command)),
        Command::Doctor(arguments) => block_on(commands::doctor::run(arguments)),
        Command::Simulate { command } => block_on(commands::simulate::run(command)),
        Command::Config { command } => commands::config::run(command),
        Command::Reference(arguments) => commands::reference::run(&arguments),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            terminal::complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn block_on(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    Runtime::new()?.block_on(command)
}
