//! Codes for who has lost the app: written down, each good for one login.

use regia_clock::Chance;
use regia_secrets::Secret;

/// How many are handed out at a time.
pub const RECOVERY_CODES: usize = 10;

/// Two groups; 49 bits in all, behind a login that takes a few guesses a minute.
const GROUP_CHARS: usize = 5;

/// Without look-alikes, and without a difference of case.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// New codes, to be shown once.
#[must_use]
pub fn draw_recovery_codes(chance: &Chance) -> Vec<Secret> {
    (0..RECOVERY_CODES)
        .map(|_| format!("{}-{}", group(chance), group(chance)).into())
        .collect()
}

/// A code as it is compared, however a person typed it: no spaces, no hyphens, small letters.
#[must_use]
pub fn plain_code(typed: &str) -> String {
    typed
        .chars()
        .filter(|char| !char.is_whitespace() && *char != '-')
        .flat_map(char::to_lowercase)
        .collect()
}

fn group(chance: &Chance) -> String {
    let letters = (0..GROUP_CHARS).filter_map(|_| {
        let index = usize::try_from(chance.below(ALPHABET.len() as u64)).ok()?;
        ALPHABET.get(index)
    });
    letters.map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_read_however_they_are_typed() {
        let codes = draw_recovery_codes(&Chance::seeded(1));
        assert_eq!(codes.len(), RECOVERY_CODES);
        let mut plain: Vec<_> = codes.iter().map(|code| plain_code(code.expose())).collect();
        assert!(plain.iter().all(|code| code.len() == 2 * GROUP_CHARS));
        plain.sort();
        plain.dedup();
        assert_eq!(plain.len(), RECOVERY_CODES);
        assert_eq!(plain_code(" ABcde-23 456\n"), "abcde23456");
    }
}
