//! What can go wrong with access, apart from a refusal, which is an answer.

use regia_fault::{Category, Fault};
use regia_store::StoreError;
use thiserror::Error;

use crate::ApiKeyId;

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
    /// Nobody has this name.
    #[error("there is no user {0}")]
    NoUser(String),
    /// No key has this number, or it was revoked before.
    #[error("there is no API key {0}")]
    NoApiKey(ApiKeyId),
}

impl From<AccessError> for Fault {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Store(error) => error.into(),
            AccessError::Overloaded => Self::new(
                Category::Unavailable,
                "access.overloaded",
                "Too many people are logging in at once.",
            )
            .hint("Try again in a moment."),
            AccessError::Hashing(_) => Self::internal(error),
            AccessError::NoUser(name) => Self::new(
                Category::NotFound,
                "access.no_user",
                format!("There is no user {name}."),
            ),
            AccessError::NoApiKey(id) => Self::new(
                Category::NotFound,
                "access.no_api_key",
                format!("There is no API key {id}, or it was revoked before."),
            ),
        }
    }
}
