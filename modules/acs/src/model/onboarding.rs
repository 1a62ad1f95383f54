//! How far the server goes with new devices, and who decided that.

use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::settings::OnboardingMode;

/// What an operator answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The mode.
    pub mode: OnboardingMode,
    /// Who.
    pub chosen_by: String,
    /// When.
    pub chosen_at: OffsetDateTime,
}

/// Who decided about the mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// `acs.onboarding.mode` is set in the file or in a variable: it wins.
    Settings,
    /// An operator answered.
    Answer,
    /// Nobody yet: `observe`.
    Nobody,
}

/// The mode in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The mode.
    pub mode: OnboardingMode,
    /// Who decided.
    pub source: Source,
    /// What an operator answered, if anybody did.
    pub choice: Option<Arc<Choice>>,
}

/// The answer as this node knows it.
#[derive(Debug, Default)]
pub struct Answer(RwLock<Option<Arc<Choice>>>);

impl Answer {
    /// Puts another answer in force.
    pub fn replace(&self, choice: Option<Choice>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = choice.map(Arc::new);
    }

    /// The mode in force where the settings say this.
    #[must_use]
    pub fn in_force(&self, setting: Option<OnboardingMode>) -> InForce {
        let choice = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (mode, source) = match (setting, &choice) {
            (Some(mode), _) => (mode, Source::Settings),
            (None, Some(choice)) => (choice.mode, Source::Answer),
            (None, None) => (OnboardingMode::Observe, Source::Nobody),
        };
        InForce {
            mode,
            source,
            choice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_wins_over_an_answer_and_an_answer_over_nothing() {
        let answer = Answer::default();
        let of = |setting| {
            let found = answer.in_force(setting);
            (found.mode, found.source)
        };
        use OnboardingMode::{Manage, Observe};
        assert_eq!(of(None), (Observe, Source::Nobody));
        answer.replace(Some(Choice {
            mode: Manage,
            chosen_by: "user admin".to_owned(),
            chosen_at: OffsetDateTime::UNIX_EPOCH,
        }));
        assert_eq!(of(None), (Manage, Source::Answer));
        assert_eq!(of(Some(Observe)), (Observe, Source::Settings));
    }
}
