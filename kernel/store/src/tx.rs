//! The one transaction type: nobody reaches a domain row without saying as whom, and where.

use std::slice;
use std::sync::Arc;

use regia_ident::TerritoryId;
use regia_secrets::Key;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::scope::{Actor, Areas};
use crate::{Scope, StoreError};

/// An open transaction of one tenant; dropping it rolls back.
#[derive(Debug)]
pub struct Tx {
    transaction: Transaction<'static, Postgres>,
    scope: Scope,
    signing_key: Option<Arc<Key>>,
}

impl Tx {
    pub(crate) fn new(
        transaction: Transaction<'static, Postgres>,
        actor: Actor,
        signing_key: Option<Arc<Key>>,
    ) -> Self {
        let scope = match actor {
            Actor::App(scope) => scope,
            Actor::Ingest(tenant) | Actor::Upkeep(tenant) => Scope::whole(tenant),
        };
        Self {
            transaction,
            scope,
            signing_key,
        }
    }

    /// The tenant that every statement of this transaction binds: the first part of each row's key.
    #[must_use]
    pub const fn territory(&self) -> TerritoryId {
        self.scope.tenant
    }

    /// Works for another tenant from here on: for the server's own work, which finds out on the way
    /// whose it is. Somebody's transaction would find nothing there.
    pub fn turn_to(&mut self, tenant: TerritoryId) {
        self.scope = Scope::whole(tenant);
    }

    /// Where something new stands unless it is said.
    #[must_use]
    pub fn home(&self) -> TerritoryId {
        self.scope.home()
    }

    /// The territories at the top of what is reached; the tenant's own when that is all.
    #[must_use]
    pub fn areas(&self) -> Vec<TerritoryId> {
        match &self.scope.areas {
            Areas::Whole => vec![self.scope.tenant],
            Areas::Only(area) => vec![*area],
            Areas::Below { tops, .. } => tops.to_vec(),
        }
    }

    /// All territories that are reached, where they are few. The database shows no others anyway; a
    /// list that asks for each finds its rows by an index.
    #[must_use]
    pub fn few_areas(&self) -> Option<&[TerritoryId]> {
        match &self.scope.areas {
            Areas::Whole => None,
            Areas::Only(area) => Some(slice::from_ref(area)),
            Areas::Below { few, .. } => few.as_deref(),
        }
    }

    /// Whether single things may be reached outside of these territories.
    #[must_use]
    pub const fn reaches_handed(&self) -> bool {
        self.scope.handed.is_some()
    }

    /// The key that signs rows which must show when they are changed.
    ///
    /// # Errors
    /// [`StoreError::NoKey`] when the store was opened without one.
    pub fn signing_key(&self) -> Result<Arc<Key>, StoreError> {
        self.signing_key.clone().ok_or(StoreError::NoKey)
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
