//! What can go wrong with a key, apart from a refusal, which is an answer.

use regia_access::{AccessError, ApiKeyId, Denied, UserId};
use regia_fault::{Category, Fault};
use regia_store::StoreError;
use thiserror::Error;

/// A failure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// Whoever asks may not look at keys, or not change them.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Own keys are for people who are logged in.
    #[error("only a person who is logged in has keys of their own")]
    NotAPerson,
    /// No key of those that are reached has this number, or it has ended.
    #[error("there is no API key {0}")]
    NoKey(ApiKeyId),
    /// Nobody of this tenant has this number.
    #[error("there is no user {0}")]
    NoOwner(UserId),
    /// A field is wrong: which, and why.
    #[error("the field {0} {1}")]
    Field(&'static str, String),
    /// The key could do more than whoever makes it.
    #[error("the key could do more than whoever makes it: {0}")]
    Beyond(String),
    /// More keys than anybody needs.
    #[error("there are {0} keys of this owner already")]
    TooMany(i64),
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        use Category::{Conflict, Forbidden, Invalid, NotFound};
        match error {
            KeyError::Store(error) => error.into(),
            KeyError::Denied(denied) => denied.into(),
            KeyError::NotAPerson => AccessError::NotAPerson.into(),
            KeyError::NoKey(id) => Self::new(
                NotFound,
                "access.no_api_key",
                format!("There is no API key {id}, or it has ended."),
            )
            .hint("Look for it in the list of API keys."),
            KeyError::NoOwner(id) => AccessError::NoUser(id.to_string()).into(),
            KeyError::Field(field, reason) => Self::new(
                Invalid,
                "access.field_invalid",
                format!("The field {field} {reason}."),
            ),
            KeyError::Beyond(what) => Self::new(
                Forbidden,
                "access.key_beyond",
                format!("A key may do nothing that you may not do yourself: {what}."),
            )
            .hint(
                "Choose fewer permissions or a smaller territory, or ask for a role that has them.",
            ),
            KeyError::TooMany(most) => Self::new(
                Conflict,
                "access.too_many_keys",
                format!("There are {most} keys of this owner already."),
            )
            .hint("Revoke some that are not used."),
        }
    }
}
