//! What a key is called, when it ends, and how much it may ask: all that can be changed later.

use regia_access::{ApiKeySettings, is_invisible};
use time::{Duration, OffsetDateTime};

use crate::KeyError;

/// A key's name may be this long.
const NAME_CHARS: usize = 80;
/// The highest own limit; more is no limit.
const MAX_REQUESTS_PER_MINUTE: u32 = 1_000_000;
/// A replaced text is good for so long at most: a month.
pub const MAX_OVERLAP_HOURS: u16 = 720;
/// Whoever chooses a day means its end, wherever they are.
const GRACE: Duration = Duration::days(1);

/// What can be changed of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// What it is for.
    pub name: String,
    /// When it ends; none: not by itself.
    pub expires_at: Option<OffsetDateTime>,
    /// Its own limit; none: the one of the settings.
    pub requests_per_minute: Option<u32>,
}

impl Terms {
    /// The terms as they are stored. `since` is when the key got its present text, `now` what the
    /// database's clock says, `before` what holds until now.
    pub(crate) fn checked(
        &self,
        settings: &ApiKeySettings,
        (since, now): (OffsetDateTime, OffsetDateTime),
        before: Option<&Self>,
    ) -> Result<Self, KeyError> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS {
            return Err(wrong("name", "has 1 to 80 characters"));
        }
        if name.chars().any(is_invisible) {
            return Err(wrong("name", "has characters that cannot be seen"));
        }
        if let Some(limit) = self.requests_per_minute
            && !(1..=MAX_REQUESTS_PER_MINUTE).contains(&limit)
        {
            return Err(wrong("requests_per_minute", "is 1 to 1000000"));
        }
        if before.is_none_or(|before| before.expires_at != self.expires_at) {
            self.check_end(settings, since, now)?;
        }
        Ok(Self {
            name: name.to_owned(),
            ..self.clone()
        })
    }

    fn check_end(
        &self,
        settings: &ApiKeySettings,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<(), KeyError> {
        let longest = settings.max_days.map(|days| {
            let end = Duration::days(days.into()) + GRACE;
            (days, since.saturating_add(end))
        });
        match (self.expires_at, longest) {
            (Some(end), _) if end <= now => Err(wrong("expires_at", "is in the past")),
            (Some(end), Some((days, latest))) if end > latest => {
                let reason = format!("is at most {days} days after the key was made or replaced");
                Err(KeyError::Field("expires_at", reason))
            }
            (None, Some((days, _))) => {
                let reason = format!("is needed: keys end after {days} days at the latest");
                Err(KeyError::Field("expires_at", reason))
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn wrong(field: &'static str, reason: &str) -> KeyError {
    KeyError::Field(field, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-04 05:06 UTC);

    fn check(terms: &Terms, max_days: Option<u16>, before: Option<&Terms>) -> Option<&'static str> {
        let settings = ApiKeySettings { max_days };
        // The text is ten days old.
        let since = NOW - Duration::days(10);
        match terms.checked(&settings, (since, NOW), before) {
            Ok(_) => None,
            Err(KeyError::Field(field, _)) => Some(field),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn terms_are_sane() {
        let named = |name: &str| Terms {
            name: name.into(),
            ..Terms::default()
        };
        let limited = |limit| Terms {
            requests_per_minute: Some(limit),
            ..named("x")
        };
        for (terms, field) in [
            (named("reports"), None),
            (named(" Rapporti è "), None),
            (named(""), Some("name")),
            (named("  "), Some("name")),
            (named(&"è".repeat(80)), None),
            (named(&"è".repeat(81)), Some("name")),
            (named("a\0b"), Some("name")),
            (named("a\u{202e}b"), Some("name")),
            (limited(0), Some("requests_per_minute")),
            (limited(1), None),
            (limited(1_000_000), None),
            (limited(1_000_001), Some("requests_per_minute")),
        ] {
            assert_eq!(check(&terms, None, None), field, "{terms:?}");
        }
    }

    #[test]
    fn a_key_ends_when_it_may_at_the_latest() {
        let ending = |days: Option<i64>| Terms {
            name: "x".into(),
            expires_at: days.map(|days| NOW + Duration::days(days)),
            ..Terms::default()
        };
        let end = Some("expires_at");
        for (days, max_days, field) in [
            (None, None, None),
            (Some(1), None, None),
            (Some(0), None, end),
            (Some(-1), None, end),
            (Some(36_500), None, None),
            (None, Some(90), end),
            (Some(81), Some(90), None),
            (Some(82), Some(90), end),
        ] {
            assert_eq!(
                check(&ending(days), max_days, None),
                field,
                "{days:?} {max_days:?}"
            );
        }
        // An end that stays is not judged again.
        let old = ending(Some(-1));
        assert_eq!(check(&old, Some(90), Some(&old)), None);
    }
}
