//! The module on a database of its own, without its background tasks: a test runs their rounds by
//! hand. Devices speak through the same flows that the listener uses.

use std::sync::Arc;
use std::time::Duration;

use regia_access::Principal;
use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_cwmp::{Dialect, Inform, ParameterValue};
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_limits::{Limits, LimitsSettings};
use regia_secrets::{KeyRing, Secret};
use regia_testkit::TestDb;

use crate::context::Context;
use crate::flows::admit::{Arrival, admit};
use crate::model::identity::{DeviceId, Identity};
use crate::rules::facts;
use crate::store::arrival::{Knock, Place};
use crate::{Acs, AcsSettings, Parts};

/// Who asks in tests.
pub(crate) const TESTER: Principal = Principal::System("test");

/// See the module sentence.
pub(crate) struct World {
    pub(crate) context: Arc<Context>,
    pub(crate) clock: Clock,
    database: TestDb,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDb::new().await;
        let clock = Clock::by_hand(Clock::system().now());
        let context = node(&database, &clock).await;
        Self {
            context,
            clock,
            database,
        }
    }

    /// What is left when the node is gone and another one starts.
    pub(crate) async fn restarted(mut self) -> Self {
        self.context = node(&self.database, &self.clock).await;
        self
    }

    /// A device calls and says that these are its parameters.
    pub(crate) async fn inform(&self, serial: &str, parameters: &[(&str, &str)]) -> DeviceId {
        let parameters: Vec<ParameterValue> = parameters
            .iter()
            .map(|(name, value)| ParameterValue {
                name: (*name).to_owned(),
                value: (*value).to_owned(),
                ..ParameterValue::default()
            })
            .collect();
        let digest = facts::digest(&parameters, "");
        let knock = Knock {
            identity: Identity {
                oui: "00D09E".to_owned(),
                product_class: "HG1".to_owned(),
                serial_number: serial.to_owned(),
            },
            fleet: Some(Place {
                tenant: TerritoryId::ROOT,
                area: TerritoryId::ROOT,
            }),
            secret: None,
            bootstrap: false,
            booted: false,
            session: self.context.chance.bytes(),
            peer: "192.0.2.7".to_owned(),
        };
        let inform = Box::new(Inform {
            parameters,
            ..Inform::default()
        });
        let arrival = Arrival {
            knock,
            inform,
            dialect: Dialect::cwmp(2),
            digest,
        };
        let held = admit(&self.context, &[arrival]).await.unwrap();
        held.into_iter().next().flatten().unwrap().device
    }

    /// Registers `count` devices more with the tree of the one that has this serial number.
    pub(crate) async fn multiply(&self, serial: &str, count: i64) {
        let mut tx = self.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
        sqlx::query(
            "with made as (
                insert into acs.device
                    (territory_id, oui, product_class, serial_number, manufacturer)
                select 1, '00D09E', 'HG1', 'F' || i, 'Acme' from generate_series(1, $2) i
                returning device_id)
             insert into acs.tree (territory_id, device_id, parameters, body)
             select 1, made.device_id, t.parameters, t.body
             from made, acs.tree t join acs.device s using (territory_id, device_id)
             where s.serial_number = $1",
        )
        .bind(serial)
        .bind(count)
        .execute(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// One value of one row.
    pub(crate) async fn value(&self, sql: &'static str) -> serde_json::Value {
        let mut tx = self.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
        let row: (serde_json::Value,) = sqlx::query_as(sql).fetch_one(tx.conn()).await.unwrap();
        row.0
    }

    /// Runs a statement.
    pub(crate) async fn run(&self, sql: &'static str) {
        self.database.own(sql).await;
    }
}

async fn node(database: &TestDb, clock: &Clock) -> Arc<Context> {
    let keys = KeyRing::from_hex(&Secret::from("5a".repeat(32)), &[]).unwrap();
    let lifecycle = Lifecycle::new();
    let parts = Parts {
        store: database.store(),
        clock: clock.clone(),
        chance: Chance::seeded(7),
        keys: &keys,
        lifecycle: lifecycle.clone(),
        settings: AcsSettings::default(),
        live: Live::new(Chance::seeded(7)),
        limits: Limits::in_process(&LimitsSettings::default(), clock.clone()),
    };
    let Acs { context, .. } = Acs::start(parts).await.unwrap();
    lifecycle.stop(Duration::from_secs(10)).await;
    context
}
