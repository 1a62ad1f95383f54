//! The statements behind an Inform. They take whole batches: one round trip and one commit serve
//! up to a few hundred sessions.

use std::collections::HashMap;

use regia_clock::Chance;
use regia_ident::TerritoryId;
use regia_store::{Store, StoreError, Tx};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{Postgres, Row as _};

use crate::model::device::Standing;
use crate::model::identity::{DeviceId, Identity};
use crate::rules::facts::Facts;
use crate::settings::{AcsSettings, Returning};

/// What an Inform proves and claims, as far as the device row is concerned.
#[derive(Debug, Clone)]
pub struct Knock {
    /// Who it says it is.
    pub identity: Identity,
    /// Where the fleet credential that it showed lets new devices in; none when it showed another.
    pub fleet: Option<Place>,
    /// Keyed hash of the credential it showed, when that was no fleet credential.
    pub secret: Option<[u8; 32]>,
    /// Whether it says `0 BOOTSTRAP`.
    pub bootstrap: bool,
    /// Whether it says that it has just started.
    pub booted: bool,
    /// The new session's random id.
    pub session: [u8; 16],
    /// The address it calls from.
    pub peer: String,
}

/// A tenant, and a territory of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub tenant: TerritoryId,
    /// Where in its tree.
    pub area: TerritoryId,
}

/// The session that a device row now holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where the device belongs.
    pub territory: TerritoryId,
    /// Its number.
    pub device: DeviceId,
    /// The epoch of its session: every write of the session names it.
    pub epoch: i32,
    /// How far it is trusted.
    pub standing: Standing,
    /// Whether open tasks wait for it.
    pub has_work: bool,
    /// Digest of the last inform whose parameters were read; 0 when none was.
    pub digest: i64,
    /// Whether its tree is to be discovered now.
    pub wants_discovery: bool,
    /// Whether it has not been onboarded.
    pub wants_onboarding: bool,
    /// Whether its messages are kept for an operator.
    pub traced: bool,
    /// Whether the row was made by this inform.
    pub new: bool,
}

/// What the node brings to a batch.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// This process among all.
    pub id: i64,
    /// Seconds until a silent session is nobody's.
    pub lease_seconds: f64,
    /// Onboard a returning device anew instead of quarantining it.
    pub readmit: bool,
}

impl Node {
    /// This process: a random number, so that a restarted one is another.
    #[must_use]
    pub fn new(chance: &Chance, settings: &AcsSettings) -> Self {
        Self {
            id: i64::from_le_bytes(chance.bytes()),
            // The row outlives the memory a little, so that another node can still take over.
            lease_seconds: f64::from(settings.session.idle_seconds.saturating_mul(2)),
            readmit: settings.onboarding.returning == Returning::Auto,
        }
    }
}

/// Opens a session on every known device that proved itself; the places of the others stay empty.
///
/// A fleet credential opens a device that has never used its own, or one that says it was reset to
/// factory settings, which is then quarantined (or onboarded anew). Its own credential, the one in
/// use or the one sent last, always opens it, ends a quarantine, and makes the newer the one in use.
///
/// # Errors
/// When the database does not take the batch.
pub async fn open_known(
    tx: &mut Tx,
    node: Node,
    knocks: &[Knock],
) -> Result<Vec<Option<Held>>, StoreError> {
    let oui: Vec<&str> = knocks
        .iter()
        .map(|knock| knock.identity.oui.as_str())
        .collect();
    let class: Vec<&str> = knocks
        .iter()
        .map(|knock| knock.identity.product_class.as_str())
        .collect();
    let serial: Vec<&str> = knocks
        .iter()
        .map(|knock| knock.identity.serial_number.as_str())
        .collect();
    let fleet: Vec<Option<i64>> = knocks
        .iter()
        .map(|knock| knock.fleet.map(|place| place.tenant.0))
        .collect();
    let secret: Vec<Option<&[u8]>> = knocks
        .iter()
        .map(|knock| knock.secret.as_ref().map(<[u8; 32]>::as_slice))
        .collect();
    let bootstrap: Vec<bool> = knocks.iter().map(|knock| knock.bootstrap).collect();
    let booted: Vec<bool> = knocks.iter().map(|knock| knock.booted).collect();
    let session: Vec<&[u8]> = knocks
        .iter()
        .map(|knock| knock.session.as_slice())
        .collect();
    let peer: Vec<&str> = knocks.iter().map(|knock| knock.peer.as_str()).collect();
    let rows = sqlx::query(OPEN_KNOWN)
        .bind(oui)
        .bind(class)
        .bind(serial)
        .bind(fleet)
        .bind(secret)
        .bind(bootstrap)
        .bind(booted)
        .bind(session)
        .bind(peer)
        .bind(node.id)
        .bind(node.lease_seconds)
        .bind(node.readmit)
        .fetch_all(tx.conn())
        .await?;
    let mut held = vec![None; knocks.len()];
    for row in rows {
        let place = usize::try_from(row.try_get::<i64, _>("ord")? - 1).unwrap_or(usize::MAX);
        if let Some(slot) = held.get_mut(place) {
            *slot = Some(read_held(&row, false)?);
        }
    }
    Ok(held)
}

/// The login of devices stands in the schema (`acs_row_security.sql`): it is the one way to find a
/// row before its tenant is known, and nothing else here may read credentials.
const OPEN_KNOWN: &str =
    "select * from acs.open_sessions($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// A device that nobody knows yet.
#[derive(Debug, Clone)]
pub struct Newcomer<'a> {
    /// How it came.
    pub knock: &'a Knock,
    /// Where its credential lets it in.
    pub place: Place,
    /// Who made it.
    pub manufacturer: &'a str,
    /// Digest of its inform.
    pub digest: i64,
    /// How it writes its messages.
    pub dialect: String,
    /// What its inform says.
    pub facts: Facts,
}

/// Seconds between two informs of a device that does not say how many: once a day.
const USUAL_INFORM_INTERVAL_SECONDS: i32 = 86_400;

/// Registers the devices that nobody knows yet and opens their sessions. A device that exists
/// after all (it was refused by [`open_known`], or another node was quicker) is not in the answer.
///
/// # Errors
/// When the database does not take the batch.
pub async fn register(
    tx: &mut Tx,
    node: Node,
    newcomers: &[Newcomer<'_>],
) -> Result<HashMap<Identity, Held>, StoreError> {
    let knocks = || newcomers.iter().map(|newcomer| newcomer.knock);
    let places = |pick: fn(Place) -> TerritoryId| -> Vec<i64> {
        newcomers
            .iter()
            .map(|newcomer| pick(newcomer.place).0)
            .collect()
    };
    let oui: Vec<&str> = knocks().map(|knock| knock.identity.oui.as_str()).collect();
    let class: Vec<&str> = knocks()
        .map(|knock| knock.identity.product_class.as_str())
        .collect();
    let serial: Vec<&str> = knocks()
        .map(|knock| knock.identity.serial_number.as_str())
        .collect();
    let manufacturer: Vec<&str> = newcomers
        .iter()
        .map(|newcomer| newcomer.manufacturer)
        .collect();
    let booted: Vec<bool> = knocks().map(|knock| knock.booted).collect();
    let session: Vec<&[u8]> = knocks().map(|knock| knock.session.as_slice()).collect();
    let peer: Vec<&str> = knocks().map(|knock| knock.peer.as_str()).collect();
    let digest: Vec<i64> = newcomers.iter().map(|newcomer| newcomer.digest).collect();
    let dialect: Vec<&str> = newcomers
        .iter()
        .map(|newcomer| newcomer.dialect.as_str())
        .collect();
    let query = sqlx::query(REGISTER)
        .bind(places(|place| place.tenant))
        .bind(oui)
        .bind(class)
        .bind(serial)
        .bind(manufacturer)
        .bind(booted)
        .bind(session)
        .bind(peer)
        .bind(node.id)
        .bind(node.lease_seconds)
        .bind(places(|place| place.area))
        .bind(digest)
        .bind(dialect)
        .bind(USUAL_INFORM_INTERVAL_SECONDS);
    let facts: Vec<&Facts> = newcomers.iter().map(|newcomer| &newcomer.facts).collect();
    let rows = bind_facts(query, &facts).fetch_all(tx.conn()).await?;
    rows.iter()
        .map(|row| {
            let identity = Identity {
                oui: row.try_get("oui")?,
                product_class: row.try_get("product_class")?,
                serial_number: row.try_get("serial_number")?,
            };
            Ok((identity, read_held(row, true)?))
        })
        .collect()
}

const REGISTER: &str =
    "insert into acs.device (territory_id, oui, product_class, serial_number, manufacturer,
        last_inform_at, booted_at, peer_address, session_id, session_node, session_epoch,
        session_expires_at, area_id, inform_digest, dialect, root, software_version,
        hardware_version, provisioning_code, connection_request_url, external_address,
        connection_request_username, inform_interval_seconds)
     select i.territory, i.oui, i.class, i.serial, i.manufacturer, now(),
        case when i.booted then now() end, i.peer, i.session, $9, 1,
        now() + make_interval(secs => $10), i.area, i.digest, i.dialect, coalesce(i.root, ''),
        coalesce(i.software, ''), coalesce(i.hardware, ''), coalesce(i.provisioning, ''),
        coalesce(i.url, ''), coalesce(i.external, ''), coalesce(i.username, ''),
        coalesce(i.interval, $14)
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[],
                 $7::bytea[], $8::text[], $11::bigint[], $12::bigint[], $13::text[],
                 $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::text[],
                 $21::text[], $22::int[])
        as i (territory, oui, class, serial, manufacturer, booted, session, peer, area, digest,
              dialect, root, software, hardware, provisioning, url, external, username, interval)
     on conflict (oui, product_class, serial_number) do nothing
     returning territory_id, device_id, session_epoch, standing, has_work, inform_digest,
        true as wants_discovery, true as wants_onboarding, false as traced,
        oui, product_class, serial_number";

/// Has the database count what a registration writes, so that it makes its plans anew.
///
/// # Errors
/// When the database does not answer.
pub async fn analyze(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    sqlx::query("select acs.count_anew()")
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

fn read_held(row: &PgRow, new: bool) -> Result<Held, StoreError> {
    Ok(Held {
        territory: TerritoryId(row.try_get("territory_id")?),
        device: DeviceId(row.try_get("device_id")?),
        epoch: row.try_get("session_epoch")?,
        standing: Standing::parse(row.try_get("standing")?).unwrap_or(Standing::Quarantined),
        has_work: row.try_get("has_work")?,
        digest: row.try_get("inform_digest")?,
        wants_discovery: row.try_get("wants_discovery")?,
        wants_onboarding: row.try_get("wants_onboarding")?,
        traced: row.try_get("traced")?,
        new,
    })
}

/// What a device row learns when an inform or an answer was read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The device.
    pub territory: TerritoryId,
    /// The device.
    pub device: DeviceId,
    /// Digest of the inform that was read; absent when it was an answer.
    pub digest: Option<i64>,
    /// How the device writes its messages, when that was new.
    pub dialect: Option<String>,
    /// Who made the device, where that may not be known yet.
    pub manufacturer: Option<String>,
    /// What was said.
    pub facts: Facts,
}

/// Writes the facts of a batch of informs or answers into the device rows.
///
/// # Errors
/// When the database does not take the batch.
pub async fn record_readings(tx: &mut Tx, readings: &[Reading]) -> Result<(), StoreError> {
    if readings.is_empty() {
        return Ok(());
    }
    let (territories, devices): (Vec<i64>, Vec<i64>) = readings
        .iter()
        .map(|reading| (reading.territory.0, reading.device.0))
        .unzip();
    let digests: Vec<Option<i64>> = readings.iter().map(|reading| reading.digest).collect();
    let text = |pick: fn(&Reading) -> &Option<String>| -> Vec<Option<&str>> {
        readings
            .iter()
            .map(|reading| pick(reading).as_deref())
            .collect()
    };
    let query = sqlx::query(
        "update acs.device d set
            inform_digest = coalesce(i.digest, d.inform_digest),
            dialect = coalesce(i.dialect, d.dialect),
            manufacturer = coalesce(nullif(d.manufacturer, ''), i.manufacturer, ''),
            root = coalesce(i.root, d.root),
            software_version = coalesce(i.software, d.software_version),
            hardware_version = coalesce(i.hardware, d.hardware_version),
            provisioning_code = coalesce(i.provisioning, d.provisioning_code),
            connection_request_url = coalesce(i.url, d.connection_request_url),
            external_address = coalesce(i.external, d.external_address),
            connection_request_username =
                coalesce(nullif(d.connection_request_username, ''), i.username, ''),
            inform_interval_seconds = coalesce(i.interval, d.inform_interval_seconds)
         from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                     $13::int[])
            as i (territory_id, device_id, digest, dialect, manufacturer, root, software, hardware,
                  provisioning, url, external, username, interval)
         where d.territory_id = i.territory_id and d.device_id = i.device_id",
    )
    .bind(territories)
    .bind(devices)
    .bind(digests)
    .bind(text(|reading| &reading.dialect))
    .bind(text(|reading| &reading.manufacturer));
    let facts: Vec<&Facts> = readings.iter().map(|reading| &reading.facts).collect();
    bind_facts(query, &facts).execute(tx.conn()).await?;
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// Binds an array for each fact, in the order of [`Facts`] with the interval last: root, versions of
/// software and hardware, provisioning code, connection request URL, external address, user name.
fn bind_facts<'q, 'f: 'q>(query: Query<'q>, facts: &[&'f Facts]) -> Query<'q> {
    let text = |pick: fn(&Facts) -> &Option<String>| -> Vec<Option<&'f str>> {
        facts.iter().map(|facts| pick(facts).as_deref()).collect()
    };
    let intervals: Vec<Option<i32>> = facts
        .iter()
        .map(|facts| facts.inform_interval_seconds)
        .collect();
    query
        .bind(text(|facts| &facts.root))
        .bind(text(|facts| &facts.software_version))
        .bind(text(|facts| &facts.hardware_version))
        .bind(text(|facts| &facts.provisioning_code))
        .bind(text(|facts| &facts.connection_request_url))
        .bind(text(|facts| &facts.external_address))
        .bind(text(|facts| &facts.connection_request_username))
        .bind(intervals)
}
