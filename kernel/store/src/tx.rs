//! The one transaction type: nobody reaches a domain row without saying in which territory.

use regia_ident::TerritoryId;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::StoreError;

/// An open transaction in one territory; dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    territory: TerritoryId,
}

impl Tx {
    pub(crate) const fn new(
        transaction: Transaction<'static, Postgres>,
        territory: TerritoryId,
    ) -> Self {
        Self {
            transaction,
            territory,
        }
    }

    /// The territory that every statement of this transaction binds.
    #[must_use]
    pub const fn territory(&self) -> TerritoryId {
        self.territory
    }

    /// The connection that statements run on.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.transaction
    }

    /// Sends a notification when this transaction commits. The payload is at most 7,999 bytes.
    ///
    /// # Errors
    /// As any statement.
    pub async fn notify(&mut self, channel: &str, payload: &str) -> Result<(), StoreError> {
        sqlx::query("select pg_notify($1, $2)")
            .bind(channel)
            .bind(payload)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] leaves open whether the commit happened; so does no other.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}
