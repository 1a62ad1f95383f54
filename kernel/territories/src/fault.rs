//! What can go wrong with territories.

use regia_access::{AccessError, Denied};
use regia_fault::{Category, Fault};
use regia_ident::TerritoryId;
use regia_store::StoreError;
use thiserror::Error;

/// A failure.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TerritoryError {
    /// The database failed.
    #[error("the database failed")]
    Store(#[from] StoreError),
    /// The principal may not do this anywhere.
    #[error("not allowed")]
    Denied(#[from] Denied),
    /// The first user of a tenant could not be made.
    #[error("the user could not be made")]
    Access(#[from] AccessError),
    /// There is none of this number, or whoever asks does not reach it.
    #[error("there is no territory {0}")]
    NoTerritory(TerritoryId),
    /// The name is empty, too long, or cannot be seen.
    #[error("the name {0}")]
    Name(&'static str),
    /// Another one beside it has this name.
    #[error("there is a territory {0} beside it already")]
    NameTaken(String),
    /// It is the top of all that whoever asks reaches: changing it takes somebody above.
    #[error("the territory is the top of what is reached")]
    Top,
    /// A territory cannot stand in itself, or in what is below it.
    #[error("a territory cannot move below itself")]
    BelowItself,
    /// The tree would be deeper than it may.
    #[error("the tree would be too deep")]
    TooDeep,
    /// Something stands there.
    #[error("the territory is not empty: {0}")]
    NotEmpty(Occupant),
}

/// What stands in a territory and keeps it from being deleted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Occupant {
    /// Others below it.
    #[error("there are territories below it")]
    Territories,
    /// Roles that users hold there.
    #[error("users hold roles there")]
    Roles,
    /// Keys that are limited to it.
    #[error("API keys are limited to it")]
    Keys,
    /// Rows of a module: its schema and table.
    #[error("{0} has something there ({1})")]
    Module(String, String),
}

impl TerritoryError {
    /// The kind, the stable code, the public sentence and the next step, where there is one.
    fn voice(&self) -> Option<(Category, &'static str, String, &'static str)> {
        use Category::{Conflict, Invalid, NotFound};
        Some(match self {
            Self::Store(_) | Self::Denied(_) | Self::Access(_) => return None,
            Self::NoTerritory(id) => {
                let sentence = format!("There is no territory {id}.");
                (NotFound, "access.no_territory", sentence, "")
            }
            Self::Name(reason) => {
                let sentence = format!("The name {reason}.");
                (Invalid, "access.field_invalid", sentence, "")
            }
            Self::NameTaken(name) => (
                Conflict,
                "access.territory_name_taken",
                format!("There is a territory {name} in the same place already."),
                "Choose another name.",
            ),
            Self::Top => (
                Conflict,
                "access.territory_top",
                "This territory is the top of all that you reach.".to_owned(),
                "Ask somebody who has the one above it.",
            ),
            Self::BelowItself => (
                Conflict,
                "access.territory_below_itself",
                "A territory cannot stand in itself, or in what is below it.".to_owned(),
                "Choose another place.",
            ),
            Self::TooDeep => (
                Conflict,
                "access.territory_too_deep",
                "The tree would be deeper than 30 levels.".to_owned(),
                "Choose a place further up.",
            ),
            Self::NotEmpty(what) => (
                Conflict,
                "access.territory_not_empty",
                format!("The territory is not empty: {what}."),
                "Move or delete what stands there first.",
            ),
        })
    }
}

impl From<TerritoryError> for Fault {
    fn from(error: TerritoryError) -> Self {
        match (error.voice(), error) {
            (Some((category, code, sentence, "")), _) => Self::new(category, code, sentence),
            (Some((category, code, sentence, hint)), _) => {
                Self::new(category, code, sentence).hint(hint)
            }
            (None, TerritoryError::Store(error)) => error.into(),
            (None, TerritoryError::Denied(denied)) => denied.into(),
            (None, TerritoryError::Access(error)) => error.into(),
            (None, error) => Self::internal(error),
        }
    }
}
