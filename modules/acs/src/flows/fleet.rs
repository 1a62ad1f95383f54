//! Credentials that a whole fleet may start with.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::StoreError;
use serde_json::json;

use crate::context::{CREDENTIAL_CHANNEL, Context};
use crate::fault::AcsError;
use crate::permissions;
use crate::store::credential::{self, FleetRow};
use crate::wire::login::FleetCredential;

/// Context under which fleet passwords are sealed.
const SEAL_CONTEXT: &[u8] = b"fleet credential";

/// Puts the stored credentials in force on this node. One that cannot be opened is left out with a
/// log line: its key is gone.
///
/// # Errors
/// When the database does not answer; those in force stay.
pub async fn load(context: &Context) -> Result<usize, StoreError> {
    let _alone = context.fleet.reading().await;
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let rows = credential::list_all_fleets(&mut tx).await?;
    tx.commit().await?;
    let open = |row: FleetRow| {
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
            place: row.place,
            username: row.username,
            password: Secret::from(password),
        })
    };
    let credentials: Vec<FleetCredential> = rows.into_iter().filter_map(open).collect();
    let count = credentials.len();
    context.fleet.replace(credentials);
    Ok(count)
}

/// The credentials in force.
///
/// # Errors
/// When the database does not answer.
pub async fn list(context: &Context, principal: &Principal) -> Result<Vec<FleetRow>, AcsError> {
    let mut tx = context
        .begin(principal, &permissions::CREDENTIAL_READ)
        .await?;
    let rows = credential::list_fleet(&mut tx).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Characters of a user name and of a password (TR-181 `ManagementServer`: at most 256; devices
/// that keep less exist).
const MAX_CHARS: usize = 64;
const MIN_PASSWORD_CHARS: usize = 8;

/// Adds a credential and tells every node.
///
/// # Errors
/// When a text is too long or too short, or the database does not take it.
pub async fn add(
    context: &Context,
    principal: &Principal,
    username: &str,
    password: &Secret,
) -> Result<i64, AcsError> {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
    if !(1..=MAX_CHARS).contains(&username.len()) || !plain(username) || username.contains(':') {
        return Err(AcsError::Field(
            "username",
            "1 to 64 printable characters without a colon",
        ));
    }
    let word = password.expose();
    if !(MIN_PASSWORD_CHARS..=MAX_CHARS).contains(&word.len()) || !plain(word) {
        return Err(AcsError::Field("password", "8 to 64 printable characters"));
    }
    let sealed = context
        .credential_key
        .seal(word.as_bytes(), SEAL_CONTEXT, &context.chance);
    let mut tx = context
        .begin(principal, &permissions::CREDENTIAL_WRITE)
        .await?;
    let id = credential::add_fleet(&mut tx, username, &sealed).await?;
    let entry = Entry {
        action: "acs.credential.add",
        object: format!("credential:{id}").into(),
        before: None,
        after: Some(json!({ "username": username })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.notify(CREDENTIAL_CHANNEL, "").await?;
    tx.commit().await?;
    load(context).await?;
    Ok(id)
}

/// Takes a credential out of force and tells every node.
///
/// # Errors
/// When there is none of that number, or it is the last one.
pub async fn retire(context: &Context, principal: &Principal, id: i64) -> Result<(), AcsError> {
    let mut tx = context
        .begin(principal, &permissions::CREDENTIAL_WRITE)
        .await?;
    let Some(username) = credential::retire_fleet(&mut tx, id).await? else {
        return Err(AcsError::NoCredential(id));
    };
    if credential::list_fleet(&mut tx).await?.is_empty() {
        return Err(AcsError::LastCredential(id));
    }
    let entry = Entry {
        before: Some(json!({ "username": username })),
        ..Entry::new("acs.credential.retire", format!("credential:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.notify(CREDENTIAL_CHANNEL, "").await?;
    tx.commit().await?;
    load(context).await?;
    Ok(())
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
pub async fn seed(context: &Context, given: Option<Secret>) -> Result<Seeded, AcsError> {
    if load(context).await? > 0 {
        return Ok(Seeded::Kept);
    }
    let password = given.unwrap_or_else(|| Secret::from(context.chance.secret(PASSWORD_CHARS)));
    add(
        context,
        &Principal::System("first start"),
        FIRST_USERNAME,
        &password,
    )
    .await?;
    Ok(Seeded::Stored(password))
}
