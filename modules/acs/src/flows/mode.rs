//! The question how far the server goes with new devices, and its answer.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_ident::TerritoryId;
use regia_store::StoreError;
use serde_json::json;

use crate::context::{Context, ONBOARDING_CHANNEL};
use crate::fault::AcsError;
use crate::model::onboarding::{InForce, Source};
use crate::permissions;
use crate::settings::OnboardingMode;
use crate::store::onboarding;

/// Puts the stored answer in force on this node.
///
/// # Errors
/// When the database does not answer; what was in force stays.
pub async fn load(context: &Context) -> Result<(), StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let choice = onboarding::find(&mut tx).await?;
    tx.commit().await?;
    context.onboarding.replace(choice);
    Ok(())
}

/// The mode in force on this node.
#[must_use]
pub fn in_force(context: &Context) -> InForce {
    context
        .onboarding
        .in_force(context.settings.onboarding.mode)
}

/// The mode in force, for whoever asks.
///
/// # Errors
/// When whoever asks may not see it.
pub fn show(context: &Context, principal: &Principal) -> Result<InForce, AcsError> {
    principal.scope(&permissions::ONBOARDING_READ)?;
    Ok(in_force(context))
}

/// Keeps an operator's answer and tells every node.
///
/// # Errors
/// When the settings say the mode, the principal is of another tenant than the first, or the database
/// does not take the answer.
pub async fn choose(
    context: &Context,
    principal: &Principal,
    mode: OnboardingMode,
) -> Result<InForce, AcsError> {
    let before = in_force(context);
    if before.source == Source::Settings {
        return Err(AcsError::SettingWins("acs.onboarding.mode"));
    }
    let mut tx = context
        .begin(principal, &permissions::ONBOARDING_WRITE)
        .await?;
    // It holds for the whole server.
    if tx.territory() != TerritoryId::ROOT {
        return Err(AcsError::NotYours(
            "how far the server goes with new devices",
        ));
    }
    onboarding::save(&mut tx, mode, &principal.to_string()).await?;
    let entry = Entry {
        action: "acs.onboarding.choose",
        object: "onboarding".into(),
        before: Some(json!({ "mode": before.choice.map(|choice| choice.mode) })),
        after: Some(json!({ "mode": mode })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.notify(ONBOARDING_CHANNEL, "").await?;
    tx.commit().await?;
    load(context).await?;
    Ok(in_force(context))
}
