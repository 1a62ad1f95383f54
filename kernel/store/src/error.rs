//! What can go wrong with the database, sorted by what the caller can do about it.

use regia_fault::{Category, Fault};
use thiserror::Error;

/// A failed statement, connection or transaction.
///
/// `?` on a [`sqlx::Error`] sorts it by its SQLSTATE (PostgreSQL documentation, appendix A).
#[derive(Debug, Error)]
pub enum StoreError {
    /// The server is away, starting, stopping, full, or the connection broke. Later is fine.
    #[error("the database does not answer")]
    Unavailable(#[source] sqlx::Error),
    /// Every connection of the pool stayed busy for the whole acquire timeout. Later is fine.
    #[error("no database connection became free in time")]
    Busy(#[source] sqlx::Error),
    /// A statement or a lock took longer than its limit.
    #[error("the database did not finish in time")]
    Timeout(#[source] sqlx::Error),
    /// A unique, foreign key or exclusion constraint, a deadlock or a failed serialisation.
    #[error("the change collides with what is stored")]
    Conflict(#[source] sqlx::Error),
    /// A text holds what PostgreSQL keeps in none: the character NUL. Whoever sent it is wrong.
    #[error("a text holds the character NUL")]
    Text(#[source] sqlx::Error),
    /// Anything else: a mistake of ours.
    #[error("a statement failed")]
    Query(#[source] sqlx::Error),
    /// A migration does not apply, or an applied one was changed afterwards.
    #[error("the database cannot be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A row must be signed, and nobody gave the store a key.
    #[error("the store was opened without the key that signs rows")]
    NoKey,
    /// The connection address is not one.
    #[error("the database address is not valid: {0}")]
    Address(String),
}

impl StoreError {
    /// The violated constraint, so that a module can say what collides.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Conflict(error) | Self::Query(error) => error.as_database_error()?.constraint(),
            _ => None,
        }
    }

    /// Schema and table whose rows refer to what was to be deleted.
    #[must_use]
    pub fn referring_table(&self) -> Option<(&str, &str)> {
        let Self::Conflict(error) = self else {
            return None;
        };
        let error = error.as_database_error()?;
        let reason = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()?;
        // foreign_key_violation
        (reason.code() == "23503").then_some(())?;
        Some((reason.schema()?, reason.table()?))
    }

    /// Whether the connection itself is gone, so that another one may work.
    pub(crate) fn is_broken_connection(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(sqlx::Error::Io(_) | sqlx::Error::Database(_))
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolClosed | E::WorkerCrashed => Self::Unavailable(error),
            E::PoolTimedOut => Self::Busy(error),
            E::Database(reason) => match Kind::of(reason.code().as_deref()) {
                Kind::Unavailable => Self::Unavailable(error),
                Kind::Timeout => Self::Timeout(error),
                Kind::Conflict => Self::Conflict(error),
                Kind::Text => Self::Text(error),
                Kind::Other => Self::Query(error),
            },
            _ => Self::Query(error),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Kind {
    Unavailable,
    Timeout,
    Conflict,
    Text,
    Other,
}

impl Kind {
    fn of(state: Option<&str>) -> Self {
        let state = state.unwrap_or_default();
        match state {
            // unique, foreign key, exclusion; serialisation failure, deadlock
            "23505" | "23503" | "23P01" | "40001" | "40P01" => Self::Conflict,
            // query_canceled (statement_timeout), lock_not_available, transaction_timeout
            "57014" | "55P03" | "25P04" => Self::Timeout,
            // character_not_in_repertoire; untranslatable_character, which is the same inside of JSON
            "22021" | "22P05" => Self::Text,
            // admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout,
            // idle_in_transaction_session_timeout
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => Self::Unavailable,
            // connection exceptions; insufficient resources (disk, memory, connections); system
            _ if ["08", "53", "58"]
                .iter()
                .any(|class| state.starts_with(class)) =>
            {
                Self::Unavailable
            }
            _ => Self::Other,
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migrate(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::new(
                Category::Unavailable,
                "store.unavailable",
                "The database is away.",
            )
            .hint("Try again in a moment.")
            .because(error),
            StoreError::Busy(_) => Self::new(
                Category::Unavailable,
                "store.busy",
                "The database is overloaded.",
            )
            .hint("Try again in a moment.")
            .because(error),
            StoreError::Timeout(_) => Self::new(
                Category::Timeout,
                "store.timeout",
                "The database took too long.",
            )
            .hint("Try again, or ask for less at once.")
            .because(error),
            StoreError::Conflict(_) => Self::new(
                Category::Conflict,
                "store.conflict",
                "The change collides with what is stored.",
            )
            .hint("Read the current state and try again.")
            .because(error),
            StoreError::Text(_) => Self::new(
                Category::Invalid,
                "store.text",
                "The input holds the character NUL, which no text can hold.",
            )
            .hint("Leave it out.")
            .because(error),
            StoreError::Query(_)
            | StoreError::Migrate(_)
            | StoreError::NoKey
            | StoreError::Address(_) => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_what_the_caller_can_do() {
        for (state, expected) in [
            (Some("23505"), Kind::Conflict),
            (Some("40001"), Kind::Conflict),
            (Some("57014"), Kind::Timeout),
            (Some("55P03"), Kind::Timeout),
            (Some("22021"), Kind::Text),
            (Some("22P05"), Kind::Text),
            (Some("57P01"), Kind::Unavailable),
            (Some("08006"), Kind::Unavailable),
            (Some("53100"), Kind::Unavailable),
            (Some("42P01"), Kind::Other),
            (None, Kind::Other),
        ] {
            assert_eq!(Kind::of(state), expected, "{state:?}");
        }
    }

    #[test]
    fn a_failure_becomes_a_fault_of_its_category() {
        for (error, category) in [
            (sqlx::Error::PoolClosed, Category::Unavailable),
            (sqlx::Error::PoolTimedOut, Category::Unavailable),
            (sqlx::Error::RowNotFound, Category::Internal),
        ] {
            assert_eq!(Fault::from(StoreError::from(error)).category, category);
        }
    }
}
