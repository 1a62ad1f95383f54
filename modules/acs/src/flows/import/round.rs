//! One step of the oldest import that is applied: a short transaction that locks it, so several
//! nodes never do the same work, and a killed one leaves the position of its last round.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use serde_json::json;

use super::seal_context;
use crate::context::Context;
use crate::flows::onboard;
use crate::model::import::ImportState;
use crate::store::credential::{self, GivenSecret};
use crate::store::import::{self, Made, Taken};
use crate::store::timeline::{self, Happening};
use crate::wire::login;

/// Devices registered in one round.
pub(crate) const DEVICES: i64 = 500;

/// One round; false when nothing is to be done.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context) -> Result<bool, StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let Some(taken) = import::take(&mut tx, DEVICES).await? else {
        return Ok(false);
    };
    if taken.lines.is_empty() {
        let turn = (ImportState::Applying, ImportState::Done);
        import::turn(&mut tx, taken.id, turn, "").await?;
    } else {
        register(context, &mut tx, &taken).await?;
    }
    tx.commit().await?;
    context.publish(&format!("import:{}", taken.id));
    Ok(true)
}

async fn register(context: &Context, tx: &mut Tx, taken: &Taken) -> Result<(), StoreError> {
    let made = import::register(tx, taken).await?;
    let secrets: Vec<GivenSecret> = made
        .iter()
        .filter_map(|made| secret(context, taken, made))
        .collect();
    credential::give(tx, &secrets).await?;
    let territory = tx.territory();
    let announced = |made: &Made| Happening {
        territory,
        device: made.device,
        kind: "announced",
        detail: json!({ "by": taken.by, "import": taken.id }),
    };
    timeline::append(tx, &made.iter().map(announced).collect::<Vec<_>>()).await?;
    let mut entry = Entry::new("acs.device.announce", format!("import:{}", taken.id));
    entry.after = Some(json!({
        "devices": made.len(),
        "lines": [taken.lines.first(), taken.lines.last()],
        "by": taken.by,
    }));
    audit::record(tx, &Principal::System("import"), entry).await?;
    import::note(tx, taken, made.len()).await
}

/// The own credential of a device that a row gave it.
fn secret(context: &Context, taken: &Taken, made: &Made) -> Option<GivenSecret> {
    let key = &context.credential_key;
    let sealed = made.sealed_password.as_ref()?;
    let plain = key
        .open(sealed, &seal_context(taken.id, made.line.into()))
        .ok();
    let Some(password) = plain.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        tracing::error!(
            acs.import = %taken.id,
            acs.device = %made.device,
            "the password of an announced device cannot be opened"
        );
        return None;
    };
    let usual = onboard::username(&made.identity);
    let username = match made.username.as_str() {
        "" => usual.as_str(),
        given => given,
    };
    let place = onboard::seal_context(made.device);
    Some(GivenSecret {
        device: made.device,
        hash: login::hash(key, username, &password),
        sealed: key.seal(password.as_bytes(), &place, &context.chance),
        login_username: made.username.clone(),
    })
}
