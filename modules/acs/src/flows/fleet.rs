//! Credentials that a whole fleet may start with.

use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::StoreError;

use crate::context::{CREDENTIAL_CHANNEL, Context};
use crate::store::credential;
use crate::wire::login::FleetCredential;

/// Context under which fleet passwords are sealed.
const SEAL_CONTEXT: &[u8] = b"fleet credential";

/// Puts the stored credentials in force on this node. One that cannot be opened is left out with a
/// log line: its key is gone.
///
/// # Errors
/// When the database does not answer; those in force stay.
pub async fn load(context: &Context) -> Result<usize, StoreError> {
    let mut tx = context.store.begin(TerritoryId::ROOT).await?;
    let rows = credential::list_fleet(&mut tx).await?;
    tx.commit().await?;
    let open = |row: credential::FleetRow| {
        let plain = context
            .credential_key
            .open(&row.sealed_password, SEAL_CONTEXT)
            .ok();
        let Some(password) = plain.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            tracing::error!(
                acs.credential = row.id,
                "a fleet credential cannot be opened"
            );
            return None;
        };
        Some(FleetCredential {
            username: row.username,
            password: Secret::from(password),
        })
    };
    let credentials: Vec<FleetCredential> = rows.into_iter().filter_map(open).collect();
    let count = credentials.len();
    context.fleet.replace(credentials);
    Ok(count)
}

/// Adds a fleet credential and tells every node.
///
/// # Errors
/// When the database does not take it.
pub async fn add(context: &Context, username: &str, password: &Secret) -> Result<i64, StoreError> {
    let sealed =
        context
            .credential_key
            .seal(password.expose().as_bytes(), SEAL_CONTEXT, &context.chance);
    let mut tx = context.store.begin(TerritoryId::ROOT).await?;
    let id = credential::add_fleet(&mut tx, username, &sealed).await?;
    tx.notify(CREDENTIAL_CHANNEL, "").await?;
    tx.commit().await?;
    load(context).await?;
    Ok(id)
}

/// What the first start did about the fleet credential.
#[derive(Debug)]
pub enum Seeded {
    /// There is one already; the given one was ignored.
    Kept,
    /// This one was stored: given, or made up.
    Stored(Secret),
}

/// User name of the credential that the first start stores.
pub const FIRST_USERNAME: &str = "fleet";

/// Letters and digits of a made-up fleet password: 24 of 5.8 bits are 139 bits.
const PASSWORD_CHARS: usize = 24;

/// Makes sure that there is a fleet credential: the given one, or a random one.
///
/// # Errors
/// When the database does not answer.
pub async fn seed(context: &Context, given: Option<Secret>) -> Result<Seeded, StoreError> {
    if load(context).await? > 0 {
        return Ok(Seeded::Kept);
    }
    let password = given.unwrap_or_else(|| Secret::from(context.chance.secret(PASSWORD_CHARS)));
    add(context, FIRST_USERNAME, &password).await?;
    Ok(Seeded::Stored(password))
}
