//! The module started on a database of its own, with a clock moved by hand.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use regia_acs::{Acs, AcsSettings, Parts};
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_secrets::{KeyRing, Secret};
use regia_store::Store;
use regia_testkit::TestDb;
use serde_json::Value as Json;

/// Password of the fleet credential.
pub const FLEET_PASSWORD: &str = "fleet-password";

/// See the module sentence.
pub struct World {
    /// The module.
    pub acs: Acs,
    /// Its clock.
    pub clock: Clock,
    /// Its rows.
    pub store: Store,
    lifecycle: Lifecycle,
    database: TestDb,
}

impl World {
    /// With the settings as they come.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With some settings changed.
    pub async fn with(change: impl FnOnce(&mut AcsSettings)) -> Self {
        let database = TestDb::new().await;
        let mut settings = AcsSettings::default();
        change(&mut settings);
        let clock = Clock::by_hand(Clock::system().now());
        let lifecycle = Lifecycle::new();
        let acs = node(database.store(), clock.clone(), lifecycle.clone(), settings).await;
        let password = Some(Secret::from(FLEET_PASSWORD.to_owned()));
        acs.seed_fleet_credential(password).await.unwrap();
        Self {
            acs,
            clock,
            store: database.store(),
            lifecycle,
            database,
        }
    }

    /// Stops the nodes: what they were about to write is written.
    pub async fn stop(&self) {
        self.lifecycle.stop(Duration::from_secs(30)).await;
    }

    /// Another node on the same database.
    pub async fn second_node(&self) -> Acs {
        let settings = AcsSettings::default();
        node(
            self.database.store(),
            self.clock.clone(),
            self.lifecycle.clone(),
            settings,
        )
        .await
    }

    /// One value of one row.
    pub async fn value(&self, sql: &'static str) -> Json {
        let mut tx = self.store.upkeep(TerritoryId::ROOT).await.unwrap();
        let row: (Json,) = sqlx::query_as(sql).fetch_one(tx.conn()).await.unwrap();
        row.0
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &'static str) {
        self.database.own(sql).await;
    }

    /// Queues a command the short way and gives the task's number.
    pub async fn queue(&self, device: i64, kind: &str, arguments: Json) -> i64 {
        let mut arguments = arguments;
        arguments["kind"] = kind.into();
        let mut tx = self.store.upkeep(TerritoryId::ROOT).await.unwrap();
        let row: (i64,) = sqlx::query_as(
            "insert into acs.task (territory_id, device_id, kind, arguments, created_by, expires_at)
             values (1, $1, $2, $3, 'test', now() + interval '1 day') returning task_id",
        )
        .bind(device)
        .bind(kind)
        .bind(arguments)
        .fetch_one(tx.conn())
        .await
        .unwrap();
        sqlx::query("update acs.device set has_work = true where device_id = $1")
            .bind(device)
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        row.0
    }
}

async fn node(store: Store, clock: Clock, lifecycle: Lifecycle, settings: AcsSettings) -> Acs {
    static SEED: AtomicU32 = AtomicU32::new(1);
    let keys = KeyRing::from_hex(&Secret::from("5a".repeat(32)), &[]).unwrap();
    let chance = Chance::seeded(SEED.fetch_add(1, Ordering::Relaxed).into());
    let live = Live::new(chance.clone());
    let limits = Limits::in_process(&LimitsSettings::default(), clock.clone());
    let parts = Parts {
        limits,
        store,
        clock,
        chance,
        keys: &keys,
        lifecycle,
        settings,
        live,
    };
    Acs::start(parts).await.unwrap()
}
