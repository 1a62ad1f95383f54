//! The credentials of a first start: given in variables, or drawn and shown once.

use regia_acs::Acs;
use regia_identity::Access;
use regia_keys::Keys;
use regia_secrets::Secret;
use regia_settings::Environment;
use regia_users::{ADMINISTRATOR, Seed, Seeded};

const ADMIN_PASSWORD: &str = "REGIA_ADMIN_PASSWORD";
const API_KEY: &str = "REGIA_API_KEY";
const FLEET_PASSWORD: &str = "REGIA_FLEET_PASSWORD";

/// Makes sure that people, scripts and devices can get in; the lines show what was drawn, with the
/// secret last in each.
pub(crate) async fn seed(
    (access, keys): (&Access, &Keys),
    acs: &Acs,
    environment: &Environment,
) -> anyhow::Result<Vec<String>> {
    let (admin_password, api_key) = (
        environment.secret(ADMIN_PASSWORD),
        environment.secret(API_KEY),
    );
    let fleet_password = environment.secret(FLEET_PASSWORD);
    let mut lines = Vec::new();
    match access.users().seed(Seed { admin_password }).await? {
        Seeded::Now { drawn_password } => {
            let drawn_api_key = keys.seed(api_key).await?;
            let admin = format!("log in to the console as user {ADMINISTRATOR}, password");
            lines.extend(drawn_password.map(|drawn| show(&admin, &drawn)));
            lines.extend(drawn_api_key.map(|drawn| show("scripts use the API key", &drawn)));
        }
        Seeded::Before => {
            ignore(ADMIN_PASSWORD, environment);
            ignore(API_KEY, environment);
        }
    }
    let given = fleet_password.is_some();
    match acs.seed_fleet_credential(fleet_password).await? {
        regia_acs::Seeded::Stored(_) if given => {}
        regia_acs::Seeded::Stored(drawn) => {
            let fleet = format!(
                "devices log in as user {}, password",
                regia_acs::FIRST_USERNAME
            );
            lines.push(show(&fleet, &drawn));
        }
        regia_acs::Seeded::Kept => ignore(FLEET_PASSWORD, environment),
    }
    Ok(lines)
}

fn show(what: &str, drawn: &Secret) -> String {
    format!("first start: {what} {}", drawn.expose())
}

fn ignore(name: &str, environment: &Environment) {
    if environment.secret(name).is_some() {
        tracing::warn!(
            variable.name = name,
            "{name} is ignored: it seeds a first start only, and this is a later one"
        );
    }
}
