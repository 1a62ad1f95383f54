//! What the server wants of a new device on its own: read its tree and, when it may manage it,
//! give it its own credential and a periodic inform.

use regia_store::{StoreError, Tx};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::context::Context;
use crate::model::command::{Assignment, Command};
use crate::model::identity::{DeviceId, Identity};
use crate::model::task::{DISCOVERY, Task, TaskState};
use crate::store::credential::{self, NextSecret};
use crate::store::session::Claim;
use crate::store::{device, task};
use crate::wire::session::{Background, Session};

/// Stands as the creator of a task that onboards a device.
pub const ONBOARDING: &str = "onboarding";

/// Seconds for which such a task waits for its device.
const LIFETIME_SECONDS: i64 = 24 * 3_600;

/// Letters and digits of a generated password: 24 of 5.8 bits are 139 bits.
const PASSWORD_CHARS: usize = 24;

/// Queues what the server wants of the device, once.
///
/// # Errors
/// When the database does not take it.
pub async fn begin(
    tx: &mut Tx,
    claim: &Claim,
    background: &mut Background,
) -> Result<(), StoreError> {
    if std::mem::take(&mut background.onboarding) {
        start(tx, claim.device, ONBOARDING, &Command::Onboard {}).await?;
    }
    if std::mem::take(&mut background.discovery) {
        start(
            tx,
            claim.device,
            DISCOVERY,
            &Command::Refresh {
                path: String::new(),
            },
        )
        .await?;
    }
    Ok(())
}

async fn start(
    tx: &mut Tx,
    device: DeviceId,
    what: &'static str,
    command: &Command,
) -> Result<(), StoreError> {
    if device::start_background(tx, device, what).await? {
        task::enqueue(tx, &[device], command, what, LIFETIME_SECONDS).await?;
    }
    Ok(())
}

/// Notes how a task of [`begin`] ended.
///
/// # Errors
/// When the database does not take it.
pub async fn ended(tx: &mut Tx, task: &Task, state: TaskState) -> Result<(), StoreError> {
    match task.created_by.as_str() {
        DISCOVERY | ONBOARDING => {
            device::end_background(tx, task.device, &task.created_by, state == TaskState::Done)
                .await
        }
        _ => Ok(()),
    }
}

/// The user name that a device is given: OUI, product class and serial number, percent-encoded
/// (TR-069 3.4.4).
#[must_use]
pub fn username(identity: &Identity) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    let encode = |part: &str| utf8_percent_encode(part, RESERVED).to_string();
    if identity.product_class.is_empty() {
        return format!(
            "{}-{}",
            encode(&identity.oui),
            encode(&identity.serial_number)
        );
    }
    format!(
        "{}-{}-{}",
        encode(&identity.oui),
        encode(&identity.product_class),
        encode(&identity.serial_number)
    )
}

/// Context under which a device's credentials are sealed.
#[must_use]
pub fn seal_context(device: DeviceId) -> Vec<u8> {
    format!("device credential {device}").into_bytes()
}

/// Makes the device's own credential, stores it, and says what to set. Called again for the same
/// device before it has used the credential, it stores and says a new one.
///
/// # Errors
/// When the database does not take it.
pub async fn prepare(
    context: &Context,
    tx: &mut Tx,
    session: &Session,
) -> Result<Vec<Assignment>, StoreError> {
    let device = session.claim.device;
    let Some(found) = device::find(tx, device).await? else {
        return Ok(Vec::new());
    };
    let username = username(&found.identity);
    let password = context.chance.secret(PASSWORD_CHARS);
    let reach_password = context.chance.secret(PASSWORD_CHARS);
    let key = &context.credential_key;
    let seal = |text: &str| key.seal(text.as_bytes(), &seal_context(device), &context.chance);
    let next = NextSecret {
        hash: &crate::wire::login::hash(key, &username, &password),
        sealed: &seal(&password),
        connection_request_username: &username,
        sealed_connection_request_password: &seal(&reach_password),
    };
    credential::store_next(tx, device, &next).await?;
    let interval = u64::from(context.settings.onboarding.inform_interval_seconds.max(1));
    let phase = context.chance.below(interval);
    let start = context
        .clock
        .now()
        .replace_nanosecond(0)
        .unwrap_or_else(|_| context.clock.now());
    let spread = start + Duration::seconds(i64::try_from(phase).unwrap_or(0));
    let root = session
        .tree
        .as_ref()
        .and_then(|tree| tree.root())
        .unwrap_or(&session.root);
    let set = |name: &str, value: String, kind: &str| Assignment {
        path: format!("{root}ManagementServer.{name}"),
        value,
        kind: Some(kind.to_owned()),
        sealed: false,
    };
    Ok(vec![
        set("Username", username.clone(), "string"),
        set("Password", password, "string"),
        set("ConnectionRequestUsername", username, "string"),
        set("ConnectionRequestPassword", reach_password, "string"),
        set("PeriodicInformEnable", "1".to_owned(), "boolean"),
        set(
            "PeriodicInformInterval",
            interval.to_string(),
            "unsignedInt",
        ),
        set(
            "PeriodicInformTime",
            spread.format(&Rfc3339).unwrap_or_default(),
            "dateTime",
        ),
    ])
}
