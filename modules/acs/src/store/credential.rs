//! Credentials: those a whole fleet may start with, and the one each device is given.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::arrival::Place;
use crate::model::identity::{DeviceId, Identity};

/// A credential that a whole fleet may start with.
#[derive(Debug, Clone)]
pub struct FleetRow {
    /// Its number.
    pub id: i64,
    /// Where new devices that show it stand.
    pub place: Place,
    /// The user name.
    pub username: String,
    /// The sealed password.
    pub sealed_password: Vec<u8>,
}

/// Fleet credentials in force that one tenant may have: each Basic login looks through all.
const MAX_OF_TENANT: i64 = 100;

/// The fleet credentials in force of one tenant.
///
/// # Errors
/// When the database does not answer.
pub async fn list_fleet(tx: &mut Tx) -> Result<Vec<FleetRow>, StoreError> {
    let rows = sqlx::query(
        "select territory_id, area_id, credential_id, username, sealed_password
         from acs.fleet_credential where territory_id = $1 and retired_at is null
         order by credential_id limit $2",
    )
    .bind(tx.territory().0)
    .bind(MAX_OF_TENANT)
    .fetch_all(tx.conn())
    .await?;
    read_fleet(&rows)
}

/// The fleet credentials in force of all tenants.
///
/// # Errors
/// When the database does not answer.
pub async fn list_all_fleets(tx: &mut Tx) -> Result<Vec<FleetRow>, StoreError> {
    let rows = sqlx::query(
        "select territory_id, area_id, credential_id, username, sealed_password
         from (select *, row_number() over (partition by territory_id order by credential_id) as place
               from acs.fleet_credential where retired_at is null) c
         where place <= $1 order by territory_id, credential_id",
    )
    .bind(MAX_OF_TENANT)
    .fetch_all(tx.conn())
    .await?;
    read_fleet(&rows)
}

fn read_fleet(rows: &[PgRow]) -> Result<Vec<FleetRow>, StoreError> {
    rows.iter()
        .map(|row| {
            Ok(FleetRow {
                id: row.try_get("credential_id")?,
                place: Place {
                    tenant: TerritoryId(row.try_get("territory_id")?),
                    area: TerritoryId(row.try_get("area_id")?),
                },
                username: row.try_get("username")?,
                sealed_password: row.try_get("sealed_password")?,
            })
        })
        .collect()
}

/// Adds a fleet credential.
///
/// # Errors
/// When the database does not take it.
pub async fn add_fleet(tx: &mut Tx, username: &str, sealed: &[u8]) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "insert into acs.fleet_credential (territory_id, username, sealed_password, area_id)
         values ($1, $2, $3, $4) returning credential_id",
    )
    .bind(tx.territory().0)
    .bind(username)
    .bind(sealed)
    .bind(tx.home().0)
    .fetch_one(tx.conn())
    .await?;
    Ok(row.try_get("credential_id")?)
}

/// Takes a fleet credential out of force; its user name, none when there is none of that number.
///
/// # Errors
/// When the database does not answer.
pub async fn retire_fleet(tx: &mut Tx, id: i64) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar(
        "update acs.fleet_credential set retired_at = now()
         where territory_id = $1 and credential_id = $2 and retired_at is null
         returning username",
    )
    .bind(tx.territory().0)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?)
}

/// The sealed credentials of one device: the one in use and the one sent last.
#[derive(Debug, Clone, Default)]
pub struct OwnRow {
    /// The device.
    pub device: Option<DeviceId>,
    /// In use.
    pub sealed: Option<Vec<u8>>,
    /// Sent, not used yet.
    pub sealed_next: Option<Vec<u8>>,
    /// The user name that it was announced with; empty for the usual one.
    pub login_username: String,
}

/// The credentials of the device with this identity, for Digest, which needs them in plain.
///
/// # Errors
/// When the database does not answer.
pub async fn find_own(tx: &mut Tx, identity: &Identity) -> Result<OwnRow, StoreError> {
    let row = sqlx::query(
        "select device_id, sealed_secret, sealed_next_secret, login_username
         from acs.find_login($1, $2, $3)",
    )
    .bind(&identity.oui)
    .bind(&identity.product_class)
    .bind(&identity.serial_number)
    .fetch_optional(tx.conn())
    .await?;
    row.map_or_else(
        || Ok(OwnRow::default()),
        |row| {
            Ok(OwnRow {
                device: Some(DeviceId(row.try_get("device_id")?)),
                sealed: row.try_get("sealed_secret")?,
                sealed_next: row.try_get("sealed_next_secret")?,
                login_username: row.try_get("login_username")?,
            })
        },
    )
}

/// A credential that is about to be sent to its device.
#[derive(Debug, Clone)]
pub struct NextSecret<'a> {
    /// Keyed hash of user name and password.
    pub hash: &'a [u8],
    /// The password, sealed.
    pub sealed: &'a [u8],
    /// User name of connection requests.
    pub connection_request_username: &'a str,
    /// Password of connection requests, sealed.
    pub sealed_connection_request_password: &'a [u8],
}

/// Stores a credential before it is sent; the one in use stays valid until the device uses the new.
///
/// # Errors
/// When the database does not take it.
pub async fn store_next(
    tx: &mut Tx,
    device: DeviceId,
    next: &NextSecret<'_>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.device set next_secret_hash = $3, sealed_next_secret = $4,
            connection_request_username = $5, sealed_connection_request_password = $6
         where territory_id = $1 and device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(next.hash)
    .bind(next.sealed)
    .bind(next.connection_request_username)
    .bind(next.sealed_connection_request_password)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A credential that a device had before it was announced.
#[derive(Debug, Clone)]
pub struct GivenSecret {
    /// The device.
    pub device: DeviceId,
    /// Keyed hash of user name and password.
    pub hash: [u8; 32],
    /// The password, sealed.
    pub sealed: Vec<u8>,
    /// The user name; empty for the usual one.
    pub login_username: String,
}

/// Puts the credentials of announced devices in force: from now on the fleet's does not open them.
///
/// # Errors
/// When the database does not take them.
pub async fn give(tx: &mut Tx, secrets: &[GivenSecret]) -> Result<(), StoreError> {
    if secrets.is_empty() {
        return Ok(());
    }
    let devices: Vec<i64> = secrets.iter().map(|secret| secret.device.0).collect();
    let hashes: Vec<&[u8]> = secrets
        .iter()
        .map(|secret| secret.hash.as_slice())
        .collect();
    let sealed: Vec<&[u8]> = secrets
        .iter()
        .map(|secret| secret.sealed.as_slice())
        .collect();
    let names: Vec<&str> = secrets
        .iter()
        .map(|secret| secret.login_username.as_str())
        .collect();
    sqlx::query(
        "update acs.device d set secret_hash = i.hash, sealed_secret = i.sealed,
            login_username = i.name, secret_used = true
         from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::text[])
            as i (device_id, hash, sealed, name)
         where d.territory_id = $1 and d.device_id = i.device_id",
    )
    .bind(tx.territory().0)
    .bind(devices)
    .bind(hashes)
    .bind(sealed)
    .bind(names)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a connection request to a device needs.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where it listens; empty when it never said.
    pub url: String,
    /// The user name to log in with.
    pub username: String,
    /// The sealed password.
    pub sealed_password: Option<Vec<u8>>,
    /// Whether what is said to the device is kept for an operator.
    pub traced: bool,
}

/// How to reach a device by a connection request.
///
/// # Errors
/// When the database does not answer.
pub async fn find_reach(tx: &mut Tx, device: DeviceId) -> Result<Option<Reach>, StoreError> {
    let row = sqlx::query(
        "select connection_request_url, connection_request_username,
            sealed_connection_request_password,
            coalesce(trace_until > now(), false) as traced
         from acs.device where territory_id = $1 and device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Reach {
            url: row.try_get("connection_request_url")?,
            username: row.try_get("connection_request_username")?,
            sealed_password: row.try_get("sealed_connection_request_password")?,
            traced: row.try_get("traced")?,
        })
    })
    .transpose()
}
