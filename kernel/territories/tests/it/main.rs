//! The tree on a real database.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where something is not as it should be"
)]

mod tenants;
mod tree;

use std::sync::Arc;

use regia_access::{
    AccessSettings, Allowed, ApiKeyId, Authority, Grant, Origin, Principal, SystemRole,
};
use regia_clock::Chance;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_testkit::{TestDb, ring};
use regia_users::Users;

pub(crate) struct Site {
    pub db: TestDb,
    pub users: Users,
    pub territories: Territories,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let db = TestDb::new().await;
        let keys = ring("aa", &[]);
        let settings = AccessSettings::default();
        let users = Users::new(db.store(), &keys, settings, Chance::from_system()).unwrap();
        let territories = Territories::new(db.store(), users.clone());
        Self {
            db,
            users,
            territories,
        }
    }

    /// As many rows as the query finds.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.db.count(query).await
    }
}

/// Somebody with a role in a territory of a tenant; none: nowhere.
pub(crate) fn somebody(tenant: i64, area: i64, role: Option<SystemRole>) -> Principal {
    let grant = |role| Grant {
        area: TerritoryId(area),
        few: None,
        allowed: Allowed::Role(role),
    };
    Principal::ApiKey {
        id: ApiKeyId(1),
        name: "test".into(),
        authority: Arc::new(Authority {
            tenant: TerritoryId(tenant),
            user: None,
            grants: role.map(grant).into_iter().collect(),
            only: None,
        }),
        owner: None,
        requests_per_minute: None,
        origin: Origin::default(),
    }
}
