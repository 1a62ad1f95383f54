//! The operator's answer on how far the server goes with new devices.

use regia_store::{StoreError, Tx};
use sqlx::Row as _;

use crate::model::onboarding::Choice;
use crate::settings::OnboardingMode;

/// Reads the answer.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx) -> Result<Option<Choice>, StoreError> {
    let row = sqlx::query(
        "select mode, chosen_by, chosen_at from acs.onboarding where territory_id = $1",
    )
    .bind(tx.territory().0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Choice {
            mode: OnboardingMode::parse(row.try_get("mode")?).unwrap_or(OnboardingMode::Observe),
            chosen_by: row.try_get("chosen_by")?,
            chosen_at: row.try_get("chosen_at")?,
        })
    })
    .transpose()
}

/// Keeps an answer.
///
/// # Errors
/// When the database does not take it.
pub async fn save(tx: &mut Tx, mode: OnboardingMode, by: &str) -> Result<(), StoreError> {
    sqlx::query(
        "insert into acs.onboarding (territory_id, mode, chosen_by) values ($1, $2, $3)
         on conflict (territory_id) do update
         set mode = excluded.mode, chosen_by = excluded.chosen_by, chosen_at = now()",
    )
    .bind(tx.territory().0)
    .bind(mode.as_str())
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}
