//! Which passwords may be chosen: long ones that nobody guesses soon. No kinds of characters are
//! asked for, as NIST SP 800-63B (5.1.1.2) advises.

use regia_secrets::Secret;
use thiserror::Error;
use zxcvbn::{Score, zxcvbn};

/// A longer password is nobody's: hashing it would only cost time.
pub const LONGEST_PASSWORD_BYTES: usize = 1_024;

/// The product's name is the first guess of whoever stands before its login.
const PRODUCT: &str = "regia";

/// Names shorter than this are found in too many good passwords by accident.
const TELLING_NAME_CHARS: usize = 3;

/// The estimate takes more than linear time, and what is this long is judged by its beginning.
const JUDGED_CHARS: usize = 64;

/// What a password must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRule {
    /// Characters that it has at least.
    pub min_chars: usize,
}

/// Whose password it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The name they log in with.
    pub name: &'a str,
    /// Their own name; may be empty.
    pub full_name: &'a str,
}

/// Why a password may not be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Too short.
    #[error("The password needs at least {min_chars} characters.")]
    Short {
        /// Characters that are needed.
        min_chars: usize,
    },
    /// Too long.
    #[error("The password is longer than {LONGEST_PASSWORD_BYTES} bytes.")]
    Long,
    /// It holds what everybody knows about its owner.
    #[error("The password holds the user's name or the name of this product.")]
    Telling,
    /// It is among the first that are tried.
    #[error("The password is one of those that are guessed first.")]
    Common,
}

impl PasswordRule {
    /// Whether this person may choose this password.
    ///
    /// # Errors
    /// Why not.
    pub fn check(self, password: &Secret, person: Person<'_>) -> Result<(), WeakPassword> {
        let text = password.expose();
        if text.len() > LONGEST_PASSWORD_BYTES {
            return Err(WeakPassword::Long);
        }
        if text.chars().count() < self.min_chars {
            let min_chars = self.min_chars;
            return Err(WeakPassword::Short { min_chars });
        }
        let lower = text.to_lowercase();
        let telling = |word: &str| {
            word.chars().count() >= TELLING_NAME_CHARS && lower.contains(&word.to_lowercase())
        };
        if telling(person.name) || telling(PRODUCT) {
            return Err(WeakPassword::Telling);
        }
        let judged: String = text.chars().take(JUDGED_CHARS).collect();
        let known = [person.name, person.full_name, PRODUCT];
        // A minute has five guesses at the login, but whoever has the rows has many more.
        if zxcvbn(&judged, &known).score() < Score::Three {
            return Err(WeakPassword::Common);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_not_guessed_first() {
        let rule = PasswordRule { min_chars: 12 };
        let person = Person {
            name: "maria",
            full_name: "Maria Bianchi",
        };
        let short = WeakPassword::Short { min_chars: 12 };
        let huge = "horse staple ".repeat(100);
        for (password, refused) in [
            ("", Some(short)),
            ("x7#Qm!", Some(short)),
            ("éééééé", Some(short)),
            (&huge, Some(WeakPassword::Long)),
            ("passwordpassword", Some(WeakPassword::Common)),
            ("password1234", Some(WeakPassword::Common)),
            ("P@ssw0rd1234", Some(WeakPassword::Common)),
            ("Password2026!", Some(WeakPassword::Common)),
            ("123456789012", Some(WeakPassword::Common)),
            ("qwertyuiop12", Some(WeakPassword::Common)),
            ("aaaaaaaaaaaaaaaa", Some(WeakPassword::Common)),
            ("abcabcabcabcabc", Some(WeakPassword::Common)),
            ("administrator", Some(WeakPassword::Common)),
            ("bianchi12345", Some(WeakPassword::Common)),
            ("the horse of Maria jumps", Some(WeakPassword::Telling)),
            ("my REGIA needs no love", Some(WeakPassword::Telling)),
            ("correct horse battery", None),
            ("stapler-anchovy-9", None),
            ("cavallo giusto pila", None),
            ("Ωμέγα παράθυρο νερό", None),
            (huge.get(..1_000).unwrap_or_default(), None),
        ] {
            let answer = rule.check(&password.into(), person);
            assert_eq!(answer.err(), refused, "{password:.30}");
        }
    }

    #[test]
    fn a_name_of_two_letters_stands_in_many_passwords() {
        let rule = PasswordRule { min_chars: 12 };
        let person = Person {
            name: "or",
            full_name: "",
        };
        let password = Secret::from("correct horse battery");
        assert_eq!(rule.check(&password, person), Ok(()));
    }
}
