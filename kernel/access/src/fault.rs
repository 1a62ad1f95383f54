//! What can go wrong with access, apart from a refusal, which is an answer.

use std::time::Duration;

use regia_credentials::WeakPassword;
use regia_fault::{Category, Fault};
use regia_store::StoreError;
use thiserror::Error;

use crate::{MandateId, UserId};

/// A failure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// More passwords wait to be checked than is sane.
    #[error("too many passwords wait to be checked")]
    Overloaded,
    /// Argon2 refused, or its thread ended.
    #[error("a password could not be hashed: {0}")]
    Hashing(String),
    /// A stored secret does not open with the keys of this server.
    #[error("a stored second factor does not open with the secret keys in use")]
    Sealed,
    /// Nobody has this name or number.
    #[error("there is no user {0}")]
    NoUser(String),
    /// A field of a user is wrong: which, and why.
    #[error("the field {0} {1}")]
    Field(&'static str, &'static str),
    /// Somebody else logs in with this name.
    #[error("there is a user {0} already")]
    NameTaken(String),
    /// Nobody could let others in afterwards.
    #[error("this is the last super administrator who may log in")]
    LastSuperAdministrator,
    /// More would be given, or taken, than the principal holds there: the role or permission.
    #[error("{0} is more than the principal holds there")]
    Beyond(String),
    /// The user has no such mandate, or it was ended before.
    #[error("there is no mandate {0}")]
    NoMandate(MandateId),
    /// A user cannot have more.
    #[error("the user has too many mandates")]
    TooManyMandates,
    /// Only who has no password yet is invited.
    #[error("user {0} has a password already")]
    HasPassword(UserId),
    /// Only who has a password gets another.
    #[error("user {0} has no password yet")]
    NoPassword(UserId),
    /// A suspended user gets no link.
    #[error("user {0} is suspended")]
    Suspended(UserId),
    /// A key or the server itself has no account of its own.
    #[error("only a person who is logged in has an account")]
    NotAPerson,
    /// The password may not be chosen.
    #[error("the password may not be chosen")]
    Weak(#[from] WeakPassword),
    /// Not the present password.
    #[error("the password is wrong")]
    WrongPassword,
    /// Not a code of the app, or one that was used.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many failures in the last minute.
    #[error("too many failures")]
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
    /// There is one already.
    #[error("there is a second factor already")]
    HasSecondFactor,
    /// There is none.
    #[error("there is no second factor")]
    NoSecondFactor,
    /// Nobody made this link, or another took its place.
    #[error("there is no such link")]
    LinkUnknown,
    /// The link was used.
    #[error("the link was used")]
    LinkUsed,
    /// The link is too old.
    #[error("the link is too old")]
    LinkOld,
}

impl AccessError {
    /// The kind, the stable code, the public sentence and the next step, where there is one.
    #[expect(clippy::too_many_lines, reason = "a table: one arm for each kind")]
    fn voice(&self) -> Option<(Category, &'static str, String, &'static str)> {
        use Category::{Conflict, Forbidden, Invalid, NotFound, RateLimited, Unavailable};
        let (category, code, sentence, hint) = match self {
            Self::Store(_) | Self::Hashing(_) | Self::Sealed => return None,
            Self::Overloaded => (
                Unavailable,
                "access.overloaded",
                "Too many people are logging in at once.",
                "Try again in a moment.",
            ),
            Self::NoUser(name) => {
                let sentence = format!("There is no user {name}.");
                return Some((NotFound, "access.no_user", sentence, ""));
            }
            Self::Field(field, reason) => {
                let sentence = format!("The field {field} {reason}.");
                return Some((Invalid, "access.field_invalid", sentence, ""));
            }
            Self::NameTaken(name) => {
                let sentence = format!("There is a user {name} already.");
                return Some((
                    Conflict,
                    "access.name_taken",
                    sentence,
                    "Choose another name.",
                ));
            }
            Self::LastSuperAdministrator => (
                Conflict,
                "access.last_super_administrator",
                "This is the last super administrator of the whole tenant who may log in.",
                "Give somebody else the role first, without an end.",
            ),
            Self::Beyond(what) => {
                let sentence =
                    format!("This takes {what} in that territory, which you do not hold.");
                let hint = "Ask somebody who holds it there, or above.";
                return Some((Forbidden, "access.beyond", sentence, hint));
            }
            Self::NoMandate(id) => {
                let sentence = format!("The user has no mandate {id}, or it was ended before.");
                return Some((NotFound, "access.no_mandate", sentence, ""));
            }
            Self::TooManyMandates => (
                Conflict,
                "access.too_many_mandates",
                "The user holds as many roles as one can.",
                "End one of them first.",
            ),
            Self::HasPassword(_) => (
                Conflict,
                "access.has_password",
                "The user has a password already.",
                "Make a link that resets it.",
            ),
            Self::NoPassword(_) => (
                Conflict,
                "access.no_password",
                "The user has no password yet.",
                "Make a new invitation.",
            ),
            Self::Suspended(_) => (
                Conflict,
                "access.user_suspended",
                "The user is suspended.",
                "Resume them first.",
            ),
            Self::NotAPerson => (
                Forbidden,
                "access.not_a_person",
                "Only a person who is logged in has an account.",
                "Log in with a browser.",
            ),
            Self::Weak(weak) => return Some((Invalid, weak_code(*weak), weak.to_string(), "")),
            Self::WrongPassword => (
                Invalid,
                "access.password_wrong",
                "The password is wrong.",
                "",
            ),
            Self::WrongCode => (
                Invalid,
                "access.code_wrong",
                "The code is wrong, or was used before.",
                "Wait for the next one, and check the clock of your telephone.",
            ),
            Self::Limited { .. } => (
                RateLimited,
                "access.limited",
                "Too many wrong attempts.",
                "Try again in a minute.",
            ),
            Self::HasSecondFactor => (
                Conflict,
                "access.has_second_factor",
                "There is a second factor already.",
                "Remove it first.",
            ),
            Self::NoSecondFactor => (
                Conflict,
                "access.no_second_factor",
                "There is no second factor.",
                "",
            ),
            Self::LinkUnknown => (
                NotFound,
                "access.link_unknown",
                "This link is not valid.",
                "Ask for a new one.",
            ),
            Self::LinkUsed => (
                Conflict,
                "access.link_used",
                "This link was used before.",
                "Log in, or ask for a new one.",
            ),
            Self::LinkOld => (
                Conflict,
                "access.link_old",
                "This link is too old.",
                "Ask for a new one.",
            ),
        };
        Some((category, code, sentence.to_owned(), hint))
    }
}

fn weak_code(weak: WeakPassword) -> &'static str {
    match weak {
        WeakPassword::Short { .. } => "access.password_short",
        WeakPassword::Long => "access.password_long",
        WeakPassword::Telling => "access.password_telling",
        _ => "access.password_common",
    }
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        match (error.voice(), error) {
            (Some((category, code, sentence, "")), _) => Self::new(category, code, sentence),
            (Some((category, code, sentence, hint)), _) => {
                Self::new(category, code, sentence).hint(hint)
            }
            (None, AccessError::Store(error)) => error.into(),
            (None, error) => Self::internal(error),
        }
    }
}
