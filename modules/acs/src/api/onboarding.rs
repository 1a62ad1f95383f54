//! How far the server goes with new devices.

pub(super) mod choose;
pub(super) mod show;

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::model::onboarding::{InForce, Source};
use crate::settings::OnboardingMode;

/// The mode in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OnboardingOut {
    /// `observe` registers and reads; `manage` also configures.
    mode: OnboardingMode,
    /// Who decided.
    source: Source,
    /// Who answered, if anybody did.
    chosen_by: Option<String>,
    /// When.
    #[serde(with = "time::serde::rfc3339::option")]
    chosen_at: Option<OffsetDateTime>,
}

impl From<InForce> for OnboardingOut {
    fn from(found: InForce) -> Self {
        Self {
            mode: found.mode,
            source: found.source,
            chosen_by: found.choice.as_ref().map(|choice| choice.chosen_by.clone()),
            chosen_at: found.choice.as_ref().map(|choice| choice.chosen_at),
        }
    }
}
