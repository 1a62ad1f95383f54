//! The credentials of a first start: given in variables, or drawn and shown once.

use regia_access::{ADMINISTRATOR, Access, AccessError, Seed, Seeded};
use regia_secrets::Secret;
use regia_settings::Environment;

const ADMIN_PASSWORD: &str = "REGIA_ADMIN_PASSWORD";
const API_KEY: &str = "REGIA_API_KEY";

/// Makes sure that somebody can get in; the lines show what was drawn, the secret last in each.
pub(crate) async fn seed(
    access: &Access,
    environment: &Environment,
) -> Result<Vec<String>, AccessError> {
    let admin_password = environment.secret(ADMIN_PASSWORD);
    let api_key = environment.secret(API_KEY);
    match access
        .seed(Seed {
            admin_password,
            api_key,
        })
        .await?
    {
        Seeded::Now {
            drawn_password,
            drawn_api_key,
        } => {
            let admin =
                format!("first start: log in to the console as user {ADMINISTRATOR}, password");
            let script = "first start: scripts use the API key".to_owned();
            Ok([(admin, drawn_password), (script, drawn_api_key)]
                .into_iter()
                .filter_map(|(line, drawn)| drawn.map(|drawn| show(&line, &drawn)))
                .collect())
        }
        Seeded::Before => {
            for name in [ADMIN_PASSWORD, API_KEY] {
                if environment.secret(name).is_some() {
                    ignored(name);
                }
            }
            Ok(Vec::new())
        }
    }
}

fn show(line: &str, drawn: &Secret) -> String {
    format!("{line} {}", drawn.expose())
}

fn ignored(name: &str) {
    tracing::warn!(
        variable.name = name,
        "{name} is ignored: it seeds a first start only, and this is a later one"
    );
}
