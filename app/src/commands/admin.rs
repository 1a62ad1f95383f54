//! `regia admin …`: lets whoever owns the machine in again.

use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_clock::{Chance, Clock};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_secrets::KeyRing;
use regia_security::Bans;
use regia_settings::Environment;
use regia_store::page::{Cursor, Limit};
use regia_store::{ConnectOptions, Store};
use regia_territories::{Tenant, Territories};
use regia_users::{ADMINISTRATOR, UserFilter, UserSummary};
use serde_json::json;

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
    /// Makes a tenant, whose users see nothing of the others, and prints the way to the link with
    /// which its first super administrator chooses a password.
    CreateTenant(NewTenant),
    /// Lists the tenants.
    ListTenants(ListTenants),
    /// Lets an address in again that is banned from console and API.
    Unban(OneAddress),
}

#[derive(Debug, Args)]
pub(crate) struct NewTenant {
    #[command(flatten)]
    place: Place,
    /// What the tenant is called.
    #[arg(value_name = "NAME")]
    name: String,
    /// The name its first super administrator logs in with.
    #[arg(long, value_name = "NAME")]
    admin: String,
}

#[derive(Debug, Args)]
pub(crate) struct ListTenants {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct OneAddress {
    #[command(flatten)]
    place: Place,
    /// The address, such as 192.0.2.7.
    address: IpAddr,
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
            Self::ListUsers(ListUsers { place }) | Self::ListTenants(ListTenants { place }) => {
                place
            }
            Self::CreateTenant(NewTenant { place, .. }) => place,
            Self::ResetPassword(one) | Self::Resume(one) | Self::RemoveSecondFactor(one) => {
                &one.place
            }
            Self::Unban(OneAddress { place, .. }) => place,
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
    let store = Store::connect(&options).await?.signing_with(keys);
    let (clock, chance) = (Clock::system(), Chance::from_system());
    let done = match command {
        Command::Unban(OneAddress { address, .. }) => unban(&store, *address).await,
        _ => {
            let access = Access::new(store.clone(), keys, settings.access, clock, chance)?;
            let territories = Territories::new(store.clone(), access.users().clone());
            act(&access, &territories, command).await
        }
    };
    store.close().await;
    done
}

/// What is said afterwards.
async fn act(
    access: &Access,
    territories: &Territories,
    command: &Command,
) -> anyhow::Result<Vec<String>> {
    Ok(match command {
        Command::ListUsers(_) => list(access, territories).await?,
        Command::ListTenants(_) => {
            let all = tenants(territories).await?;
            all.iter().map(tenant_line).collect()
        }
        Command::CreateTenant(NewTenant { name, admin, .. }) => {
            let made = territories.create_tenant(&COMMAND_LINE, name, admin).await;
            let (tenant, link) = made.map_err(Fault::from)?;
            let path = regia_account::welcome_path(&link.token);
            vec![
                tenant_line(&tenant),
                format!("user {admin} sets their password at {path}"),
            ]
        }
        Command::ResetPassword(OneUser { user, .. }) => {
            let password = access
                .users()
                .reset_password(&COMMAND_LINE, user, None)
                .await?;
            vec![format!("user {user}, password {}", password.expose())]
        }
        Command::Resume(OneUser { user, .. }) => {
            access.users().resume_named(&COMMAND_LINE, user).await?;
            vec![format!("user {user} may log in")]
        }
        Command::RemoveSecondFactor(OneUser { user, .. }) => {
            access
                .remove_second_factor_named(&COMMAND_LINE, user)
                .await?;
            vec![format!("user {user} has no second factor")]
        }
        // Does not go through the door.
        Command::Unban(_) => Vec::new(),
    })
}

/// Lets an address in again, on every node at once.
async fn unban(store: &Store, address: IpAddr) -> anyhow::Result<Vec<String>> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    let ban = Bans::find(&mut tx, &address.to_string()).await?;
    let Some(ban) = ban else {
        bail!("{address} is not banned");
    };
    Bans::remove(&mut tx, ban.id).await?;
    let entry = Entry {
        before: Some(json!({ "network": ban.network, "reason": ban.reason })),
        ..Entry::new("access.security.unban", format!("ban:{}", ban.id))
    };
    audit::record(&mut tx, &COMMAND_LINE, entry).await?;
    tx.commit().await?;
    Ok(vec![format!("{} may ask again", ban.network)])
}

/// One line for each, stable for scripts; users of other tenants than the first say so.
async fn list(access: &Access, territories: &Territories) -> anyhow::Result<Vec<String>> {
    let mut lines = Vec::new();
    for tenant in tenants(territories).await? {
        let (filter, mut after) = (UserFilter::default(), None::<String>);
        loop {
            let limit = Limit::default();
            let page = access
                .users()
                .list_users(tenant.id, &filter, after.as_deref(), limit)
                .await?;
            lines.extend(page.items.iter().map(|user| line(user, &tenant)));
            match page.next.as_deref().map(Cursor::parse).transpose()? {
                Some(next) => after = Some(next),
                None => break,
            }
        }
    }
    Ok(lines)
}

async fn tenants(territories: &Territories) -> anyhow::Result<Vec<Tenant>> {
    let (mut after, mut all) = (None, Vec::new());
    loop {
        let page = territories.list_tenants(after, Limit::default()).await;
        let page = page.map_err(Fault::from)?;
        all.extend(page.items);
        after = all.last().map(|tenant: &Tenant| tenant.id);
        if page.next.is_none() {
            return Ok(all);
        }
    }
}

fn tenant_line(tenant: &Tenant) -> String {
    format!("tenant {}, {}", tenant.id, tenant.name)
}

fn line(user: &UserSummary, tenant: &Tenant) -> String {
    let factor = if user.has_second_factor {
        ", second factor"
    } else {
        ""
    };
    let tenant = match tenant.id {
        TerritoryId::ROOT => String::new(),
        id => format!(", tenant {id}"),
    };
    format!(
        "user {}, {}{factor}{tenant}",
        user.name,
        user.state.as_str()
    )
}
