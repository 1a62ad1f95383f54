//! What the cluster must hold before anybody connects.

use regia_secrets::Secret;
use regia_store::{StoreError, parse_address};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::SERVER_ROLE;

/// Makes the server's database and the role that it connects as, where they are missing. `url` leads
/// to the database that every cluster begins with.
pub(crate) async fn make_database(url: &Secret) -> Result<(), StoreError> {
    let mut connection = parse_address(url)?.connect().await?;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = 'regia')")
            .fetch_one(&mut connection)
            .await?;
    if !exists {
        sqlx::query("create database regia")
            .execute(&mut connection)
            .await?;
    }
    let known: bool = sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(SERVER_ROLE)
        .fetch_one(&mut connection)
        .await?;
    if !known {
        sqlx::query("create role regia_server login noinherit")
            .execute(&mut connection)
            .await?;
    }
    connection.close().await?;
    Ok(())
}
