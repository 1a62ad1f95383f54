//! One-time codes by time (TOTP, RFC 6238) as authenticator apps make them: SHA-1, six digits,
//! thirty seconds. Other parameters are in the standard and not in the apps.

use std::fmt;

use regia_clock::Chance;
use regia_secrets::Secret;
use time::OffsetDateTime;
use totp_rs::{Builder, Totp};

/// The length that RFC 4226, section 4, recommends.
const ONE_TIME_KEY_BYTES: usize = 20;

/// What the app shows above the user's name.
const ISSUER: &str = "Regia";

/// One step before and one after: thirty seconds that a telephone's clock may be wrong.
const SKEW_STEPS: u16 = 1;
const STEP_SECONDS: u64 = 30;

/// What an authenticator app shares with the server.
#[derive(Clone)]
pub struct OneTimeKey([u8; ONE_TIME_KEY_BYTES]);

impl OneTimeKey {
    /// A new one.
    #[must_use]
    pub fn draw(chance: &Chance) -> Self {
        Self(chance.bytes())
    }

    /// One that was kept; none when it cannot be one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// One that a person has typed, as [`OneTimeKey::to_text`] shows it; none when it cannot be one.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|char| !char.is_whitespace()).collect();
        Self::from_bytes(totp_rs::Secret::try_from_base32(text).ok()?.as_bytes())
    }

    /// To be sealed.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; ONE_TIME_KEY_BYTES] {
        &self.0
    }

    /// The key as people type it (base32), in groups of four.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let text = self.totp("").map(|totp| totp.secret().to_base32());
        let chars: Vec<char> = text.unwrap_or_default().chars().collect();
        let groups = chars
            .chunks(4)
            .map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join(" ").into()
    }

    /// The key as apps scan it (`otpauth://totp/…`).
    #[must_use]
    pub fn to_address(&self, name: &str) -> Secret {
        let address = self.totp(name).and_then(|totp| totp.to_url().ok());
        address.unwrap_or_default().into()
    }

    /// The step of a code that is right at this time and later than the last accepted one; none
    /// otherwise. Whoever keeps the step accepts no code twice, and none from before it, however
    /// the clock is set.
    #[must_use]
    pub fn step_of(&self, code: &str, now: OffsetDateTime, last_step: i64) -> Option<i64> {
        let now = u64::try_from(now.unix_timestamp()).ok()?;
        let step = self.totp("")?.check(code, now)?;
        i64::try_from(step).ok().filter(|step| *step > last_step)
    }

    /// The code of a moment, as the app shows it: for tests, which hold the app's part.
    #[must_use]
    pub fn code_at(&self, at: OffsetDateTime) -> Option<String> {
        let at = u64::try_from(at.unix_timestamp()).ok()?;
        Some(self.totp("")?.generate(at).to_string())
    }

    fn totp(&self, name: &str) -> Option<Totp> {
        Builder::new()
            .with_secret(self.0.to_vec())
            .with_skew(SKEW_STEPS)
            .with_step_duration(STEP_SECONDS)
            .with_issuer(Some(ISSUER))
            .with_account_name(name)
            .build()
            .ok()
    }
}

impl fmt::Debug for OneTimeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeKey([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-04 05:06:10 UTC);

    /// RFC 6238, appendix B, last six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let key = OneTimeKey(*b"12345678901234567890");
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let at = OffsetDateTime::from_unix_timestamp(second).unwrap();
            assert_eq!(key.step_of(code, at, 0), Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_is_right_for_one_step_around_its_own_and_once() {
        let key = OneTimeKey::draw(&Chance::seeded(1));
        let code = key.code_at(NOW).unwrap();
        let step = NOW.unix_timestamp() / 30;
        for (seconds, last, found) in [
            (0, 0, Some(step)),
            (-30, 0, Some(step)),
            (30, 0, Some(step)),
            (-60, 0, None),
            (60, 0, None),
            (0, step - 1, Some(step)),
            (0, step, None),
            (-3_600, step, None),
        ] {
            let at = NOW + Duration::seconds(seconds);
            assert_eq!(key.step_of(&code, at, last), found, "{seconds} {last}");
        }
    }

    #[test]
    fn junk_is_no_code() {
        let key = OneTimeKey::draw(&Chance::seeded(1));
        for junk in [
            "",
            "12345",
            "1234567",
            "+12345",
            "12345\0",
            "١٢٣٤٥٦",
            "abcdef",
        ] {
            assert_eq!(key.step_of(junk, NOW, 0), None, "{junk}");
        }
    }

    #[test]
    fn people_and_apps_read_the_same_key() {
        let key = OneTimeKey(*b"12345678901234567890");
        let text = key.to_text();
        assert_eq!(text.expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let typed = OneTimeKey::from_text(text.expose()).unwrap();
        assert_eq!(typed.as_bytes(), key.as_bytes());
        for junk in ["", "GEZD", "no key at all!"] {
            assert!(OneTimeKey::from_text(junk).is_none(), "{junk}");
        }
        let address = key.to_address("maria@x");
        assert_eq!(
            address.expose(),
            "otpauth://totp/Regia:maria%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Regia"
        );
        assert_eq!(format!("{key:?}"), "OneTimeKey([secret])");
    }
}
