//! The one linear history of the schema, part of the binary.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use regia_secrets::Secret;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::{Store, StoreError, parse_address};

/// Every migration, oldest first.
pub static MIGRATIONS: Migrator = Migrator {
    // An older binary may run on a newer schema: migrations keep old code serving.
    ignore_missing: true,
    // The history stands in our own schema; `public` need not be writable for us.
    table_name: Cow::Borrowed("kernel.migration"),
    create_schemas: Cow::Borrowed(&[Cow::Borrowed("kernel")]),
    ..sqlx::migrate!("../../migrations")
};

/// The roles of the schema, one of which each transaction takes.
pub(crate) const ROLES: [&str; 5] = [
    "regia_tenant",
    "regia_area",
    "regia_app",
    "regia_ingest",
    "regia_upkeep",
];

/// Makes [`ROLES`]. They belong to the whole cluster, so another installation beside this one, or one
/// that is making them just now, may have been faster. Their maker is made a member: whoever hands
/// something to a role must be one.
const MAKE_ROLES: &str = "
    do $$
    declare
        role text;
    begin
        foreach role in array array['{roles}'] loop
            begin
                if not exists (select from pg_roles where rolname = role) then
                    execute format('create role %I nologin', role);
                end if;
            exception when duplicate_object or unique_violation then
                null;
            end;
            -- Since PostgreSQL 16, who makes a role may hand it on and yet not take it.
            begin
                if not (select rolsuper from pg_roles where rolname = current_user) then
                    execute format('grant %I to current_user', role);
                end if;
            exception when insufficient_privilege then
                -- An administrator made them and granted them.
                null;
            end;
        end loop;
        -- Whoever has one territory has what those of the whole tenant have, and a rule more.
        if not pg_has_role('regia_area', 'regia_tenant', 'usage') then
            grant regia_tenant to regia_area;
        end if;
    exception when unique_violation then
        null;
    end
    $$";

/// Whoever waits for a table has everybody else wait behind: so long at most.
const LOCK_TIMEOUT: &str = "set lock_timeout = '5s'";

/// How often a migration is tried while others use its tables, a backup perhaps: ten minutes and more.
const ATTEMPTS: u32 = 100;

/// How long others go on between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether it was about locks (SQLSTATE `lock_not_available`, `deadlock_detected`).
fn waited_in_vain(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

impl Store {
    /// Makes the roles that the schema hands its tables to, where they are missing.
    ///
    /// # Errors
    /// [`StoreError`] when the role that connects may not create roles.
    pub async fn make_roles(url: &Secret) -> Result<(), StoreError> {
        let mut connection = parse_address(url)?.connect().await?;
        let statement = MAKE_ROLES.replace("{roles}", &ROLES.join("', '"));
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Brings the schema up to date, under an advisory lock, only forward. Running it again, or
    /// from several nodes at once, is safe. While others use a table that changes, it is tried again.
    ///
    /// # Errors
    /// [`StoreError::Migrate`] when a migration does not apply or an applied one was changed.
    pub async fn migrate(url: &Secret) -> Result<(), StoreError> {
        Self::make_roles(url).await?;
        let options = parse_address(url)?;
        let mut attempt = 1;
        loop {
            let mut connection = options.connect().await?;
            sqlx::raw_sql(LOCK_TIMEOUT).execute(&mut connection).await?;
            match MIGRATIONS.run_direct(None, &mut connection, false).await {
                Ok(()) => return Ok(connection.close().await?),
                Err(error) if attempt < ATTEMPTS && waited_in_vain(&error) => {
                    tracing::warn!(
                        error = &error as &dyn Error,
                        migrate.attempt = attempt,
                        "a table is in use; trying the migration again"
                    );
                }
                Err(error) => return Err(error.into()),
            }
            attempt += 1;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Lets the role that the server connects as (the user of `url`) take the roles that the schema
    /// made for it. A role that has them already, or that may do everything, is left alone.
    ///
    /// # Errors
    /// [`StoreError`] when the owner of the schema may not hand them on, or there is no such role.
    pub async fn admit(migrate_url: &Secret, url: &Secret) -> Result<(), StoreError> {
        let server = parse_address(url)?.get_username().to_owned();
        let mut connection = parse_address(migrate_url)?.connect().await?;
        let admitted: bool = sqlx::query_scalar(
            "select bool_and(pg_has_role($1, rolname, 'member')) from pg_roles
             where rolname = any($2)",
        )
        .bind(&server)
        .bind(ROLES)
        .fetch_one(&mut connection)
        .await?;
        if !admitted {
            let quoted = server.replace('"', "\"\"");
            let grant = format!("grant {} to \"{quoted}\"", ROLES.join(", "));
            sqlx::query(AssertSqlSafe(grant))
                .execute(&mut connection)
                .await?;
        }
        connection.close().await?;
        Ok(())
    }
}
