//! The one linear history of the schema, part of the binary.

use std::borrow::Cow;

use regia_secrets::Secret;
use sqlx::ConnectOptions as _;
use sqlx::Connection;
use sqlx::migrate::Migrator;

use crate::{Store, StoreError, store};

/// Every migration, oldest first.
pub static MIGRATIONS: Migrator = Migrator {
    // An older binary may run on a newer schema: migrations keep old code serving.
    ignore_missing: true,
    // The history stands in our own schema; `public` need not be writable for us.
    table_name: Cow::Borrowed("kernel.migration"),
    create_schemas: Cow::Borrowed(&[Cow::Borrowed("kernel")]),
    ..sqlx::migrate!("../../migrations")
};

impl Store {
    /// Brings the schema up to date, under an advisory lock, only forward. Running it again, or
    /// from several nodes at once, is safe.
    ///
    /// # Errors
    /// [`StoreError::Migrate`] when a migration does not apply or an applied one was changed.
    pub async fn migrate(url: &Secret) -> Result<(), StoreError> {
        let mut connection = store::parse(url)?.connect().await?;
        MIGRATIONS.run_direct(None, &mut connection, false).await?;
        connection.close().await?;
        Ok(())
    }
}
