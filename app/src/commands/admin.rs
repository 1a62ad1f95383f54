//! `regia admin reset-password`: lets whoever owns the machine in again.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use regia_access::{ADMINISTRATOR, Access, Principal};
use regia_clock::{Chance, Clock};
use regia_secrets::{KeyRing, Secret};
use regia_settings::Environment;
use regia_store::{ConnectOptions, Store};

use crate::database::Reached;
use crate::keys;
use crate::place::Place;
use crate::settings::Settings;
use crate::terminal::say;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Gives a user a new password and ends their logins, while a server runs or not.
    ResetPassword(ResetPassword),
}

#[derive(Debug, Args)]
pub(crate) struct ResetPassword {
    #[command(flatten)]
    place: Place,
    /// Whose password.
    #[arg(long, value_name = "NAME", default_value = ADMINISTRATOR)]
    user: String,
}

pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::ResetPassword(arguments) = command;
    let settings = arguments
        .place
        .settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    let keys = keys::existing(&settings)?;
    let reached = Reached::open(&settings).await?;
    let reset = reset(&reached.url, settings, &keys, &arguments.user).await;
    reached.close().await;
    say(&format!(
        "user {}, password {}",
        arguments.user,
        reset?.expose()
    ));
    Ok(ExitCode::SUCCESS)
}

async fn reset(
    url: &Secret,
    settings: Settings,
    keys: &KeyRing,
    user: &str,
) -> anyhow::Result<Secret> {
    let store = Store::connect(&ConnectOptions::new(url.clone(), &settings.database)).await?;
    let (clock, chance) = (Clock::system(), Chance::from_system());
    let access = Access::new(store.clone(), keys, settings.access, clock, chance)?;
    let reset = access
        .reset_password(&Principal::System("command line"), user, None)
        .await;
    store.close().await;
    Ok(reset?)
}
