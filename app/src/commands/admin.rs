//! `regia admin …`: lets whoever owns the machine in again.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use regia_access::{ADMINISTRATOR, Access, Principal, UserFilter, UserSummary};
use regia_clock::{Chance, Clock};
use regia_secrets::KeyRing;
use regia_settings::Environment;
use regia_store::page::{Cursor, Limit};
use regia_store::{ConnectOptions, Store};

use crate::database::Reached;
use crate::keys;
use crate::place::Place;
use crate::settings::Settings;
use crate::terminal::say;

/// Whom the audit trail names.
const COMMAND_LINE: Principal = Principal::System("command line");

/// All of them work while a server runs or not.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the users.
    ListUsers(ListUsers),
    /// Gives a user a new password and ends their logins.
    ResetPassword(OneUser),
    /// Lets a suspended user log in again.
    #[command(visible_alias = "unlock")]
    Resume(OneUser),
    /// Removes the second factor of a user who has lost it.
    RemoveSecondFactor(OneUser),
}

#[derive(Debug, Args)]
pub(crate) struct ListUsers {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct OneUser {
    #[command(flatten)]
    place: Place,
    /// The name the user logs in with.
    #[arg(long, value_name = "NAME", default_value = ADMINISTRATOR)]
    user: String,
}

impl Command {
    const fn place(&self) -> &Place {
        match self {
            Self::ListUsers(ListUsers { place }) => place,
            Self::ResetPassword(one) | Self::Resume(one) | Self::RemoveSecondFactor(one) => {
                &one.place
            }
        }
    }
}

pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let settings = command
        .place()
        .settings(&Environment::of_process(), |sources| sources)?;
    settings.check()?;
    regia_telemetry::init(&settings.log)?;
    let keys = keys::existing(&settings)?;
    let reached = Reached::open(&settings).await?;
    let done = with_access(&reached, settings, &keys, &command).await;
    reached.close().await;
    for line in done? {
        say(&line);
    }
    Ok(ExitCode::SUCCESS)
}

async fn with_access(
    reached: &Reached,
    settings: Settings,
    keys: &KeyRing,
    command: &Command,
) -> anyhow::Result<Vec<String>> {
    let options = ConnectOptions::new(reached.url.clone(), &settings.database);
    let store = Store::connect(&options).await?;
    let (clock, chance) = (Clock::system(), Chance::from_system());
    let access = Access::new(store.clone(), keys, settings.access, clock, chance)?;
    let done = act(&access, command).await;
    store.close().await;
    done
}

/// What is said afterwards.
async fn act(access: &Access, command: &Command) -> anyhow::Result<Vec<String>> {
    Ok(match command {
        Command::ListUsers(_) => list(access).await?,
        Command::ResetPassword(OneUser { user, .. }) => {
            let password = access.reset_password(&COMMAND_LINE, user, None).await?;
            vec![format!("user {user}, password {}", password.expose())]
        }
        Command::Resume(OneUser { user, .. }) => {
            let id = access.user_named(user).await?;
            access.resume_user(&COMMAND_LINE, id).await?;
            vec![format!("user {user} may log in")]
        }
        Command::RemoveSecondFactor(OneUser { user, .. }) => {
            let id = access.user_named(user).await?;
            access.remove_second_factor(&COMMAND_LINE, id).await?;
            vec![format!("user {user} has no second factor")]
        }
    })
}

/// One line for each, stable for scripts.
async fn list(access: &Access) -> anyhow::Result<Vec<String>> {
    let (filter, mut after, mut lines) = (UserFilter::default(), None::<String>, Vec::new());
    loop {
        let page = access
            .list_users(&filter, after.as_deref(), Limit::default())
            .await?;
        lines.extend(page.items.iter().map(line));
        match page.next.as_deref().map(Cursor::parse).transpose()? {
            Some(next) => after = Some(next),
            None => return Ok(lines),
        }
    }
}

fn line(user: &UserSummary) -> String {
    let factor = if user.has_second_factor {
        ", second factor"
    } else {
        ""
    };
    format!("user {}, {}{factor}", user.name, user.state.as_str())
}
