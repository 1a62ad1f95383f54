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
    /// The kind and the stable code; none for what is nobody's business.
    fn code(&self) -> Option<(Category, &'static str)> {
        use Category::{Conflict, Forbidden, Invalid, NotFound, RateLimited, Unavailable};
        Some(match self {
            Self::Store(_) | Self::Hashing(_) | Self::Sealed => return None,
            Self::Overloaded => (Unavailable, "access.overloaded"),
            Self::NoUser(_) => (NotFound, "access.no_user"),
            Self::Field(..) => (Invalid, "access.field_invalid"),
            Self::NameTaken(_) => (Conflict, "access.name_taken"),
            Self::LastSuperAdministrator => (Conflict, "access.last_super_administrator"),
            Self::Beyond(_) => (Forbidden, "access.beyond"),
            Self::NoMandate(_) => (NotFound, "access.no_mandate"),
            Self::TooManyMandates => (Conflict, "access.too_many_mandates"),
            Self::HasPassword(_) => (Conflict, "access.has_password"),
            Self::NoPassword(_) => (Conflict, "access.no_password"),
            Self::Suspended(_) => (Conflict, "access.user_suspended"),
            Self::NotAPerson => (Forbidden, "access.not_a_person"),
            Self::Weak(weak) => (Invalid, weak_code(*weak)),
            Self::WrongPassword => (Invalid, "access.password_wrong"),
            Self::WrongCode => (Invalid, "access.code_wrong"),
            Self::Limited { .. } => (RateLimited, "access.limited"),
            Self::HasSecondFactor => (Conflict, "access.has_second_factor"),
            Self::NoSecondFactor => (Conflict, "access.no_second_factor"),
            Self::LinkUnknown => (NotFound, "access.link_unknown"),
            Self::LinkUsed => (Conflict, "access.link_used"),
            Self::LinkOld => (Conflict, "access.link_old"),
        })
    }

    /// What the public reads.
    fn sentence(&self) -> String {
        let sentence = match self {
            Self::Store(_) | Self::Hashing(_) | Self::Sealed => "Something failed here.",
            Self::Overloaded => "Too many people are logging in at once.",
            Self::NoUser(name) => return format!("There is no user {name}."),
            Self::Field(field, reason) => return format!("The field {field} {reason}."),
            Self::NameTaken(name) => return format!("There is a user {name} already."),
            Self::LastSuperAdministrator => {
                "This is the last super administrator of the whole tenant who may log in."
            }
            Self::Beyond(what) => {
                return format!("This takes {what} in that territory, which you do not hold.");
            }
            Self::NoMandate(id) => {
                return format!("The user has no mandate {id}, or it was ended before.");
            }
            Self::TooManyMandates => "The user holds as many roles as one can.",
            Self::HasPassword(_) => "The user has a password already.",
            Self::NoPassword(_) => "The user has no password yet.",
            Self::Suspended(_) => "The user is suspended.",
            Self::NotAPerson => "Only a person who is logged in has an account.",
            Self::Weak(weak) => return weak.to_string(),
            Self::WrongPassword => "The password is wrong.",
            Self::WrongCode => "The code is wrong, or was used before.",
            Self::Limited { .. } => "Too many wrong attempts.",
            Self::HasSecondFactor => "There is a second factor already.",
            Self::NoSecondFactor => "There is no second factor.",
            Self::LinkUnknown => "This link is not valid.",
            Self::LinkUsed => "This link was used before.",
            Self::LinkOld => "This link is too old.",
        };
        sentence.to_owned()
    }

    /// The next step, where there is one.
    const fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Overloaded => "Try again in a moment.",
            Self::NameTaken(_) => "Choose another name.",
            Self::LastSuperAdministrator => "Give somebody else the role first, without an end.",
            Self::Beyond(_) => "Ask somebody who holds it there, or above.",
            Self::TooManyMandates => "End one of them first.",
            Self::HasPassword(_) => "Make a link that resets it.",
            Self::NoPassword(_) => "Make a new invitation.",
            Self::Suspended(_) => "Resume them first.",
            Self::NotAPerson => "Log in with a browser.",
            Self::WrongCode => "Wait for the next one, and check the clock of your telephone.",
            Self::Limited { .. } => "Try again in a minute.",
            Self::HasSecondFactor => "Remove it first.",
            Self::LinkUnknown | Self::LinkOld => "Ask for a new one.",
            Self::LinkUsed => "Log in, or ask for a new one.",
            _ => return None,
        })
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
        match (error.code(), error) {
            (Some((category, code)), error) => {
                let fault = Self::new(category, code, error.sentence());
                match error.hint() {
                    Some(hint) => fault.hint(hint),
                    None => fault,
                }
            }
            (None, AccessError::Store(error)) => error.into(),
            (None, error) => Self::internal(error),
        }
    }
}
