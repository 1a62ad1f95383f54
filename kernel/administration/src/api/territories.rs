//! Territories as the API shows them.

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod place;
pub(super) mod rename;

use regia_fault::Fault;
use regia_territories::{Step, Territory, TerritoryError};
use regia_web::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A territory.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TerritoryOut {
    /// Its number.
    id: i64,
    /// The one above it; null at the top of what is reached.
    parent: Option<i64>,
    /// Its name.
    name: String,
    /// Its name after those above it, as far as they are reached.
    #[schema(example = "root / North / Torino")]
    path: String,
    /// Whether there are others below it.
    has_below: bool,
}

impl From<Territory> for TerritoryOut {
    fn from(territory: Territory) -> Self {
        Self {
            id: territory.id.0,
            parent: territory.parent.map(|parent| parent.0),
            name: territory.name,
            path: territory.path,
            has_below: territory.has_below,
        }
    }
}

/// One territory on the way down to another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepOut {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
}

impl From<Step> for StepOut {
    fn from(step: Step) -> Self {
        Self {
            id: step.id.0,
            name: step.name,
        }
    }
}

/// As it is answered, with the field that is wrong.
pub(crate) fn problem(error: TerritoryError) -> Problem {
    let wrong = match &error {
        TerritoryError::Name(reason) => Some(*reason),
        _ => None,
    };
    let problem = Problem::from(Fault::from(error));
    match wrong {
        Some(reason) => problem.field("name", reason),
        None => problem,
    }
}
