//! A database with a tree of territories and some users, and keys in it.

use std::sync::Arc;

use regia_access::{
    Allowed, ApiKeySettings, Authority, Grant, LoginId, Origin, Permission, Principal, SystemRole,
    UserId, authority_within,
};
use regia_clock::{Chance, Clock};
use regia_ident::TerritoryId;
use regia_keys::{KEY_READ, KEY_WRITE, Keys, NewKey, Parts, Terms};
use regia_secrets::{KeyRing, Secret};
use regia_testkit::{TestDb, ring};
use time::OffsetDateTime;

pub(crate) const FIRST_KEY: &str = "a key for scripts";
pub(crate) const READ: Permission =
    Permission::new("acs.device.read", SystemRole::Viewer, "See devices.");
pub(crate) const RUN: Permission =
    Permission::new("acs.bulk.run", SystemRole::Operator, "Give commands.");

/// The tenant; north and south below it; a town below north; and another tenant.
pub(crate) const TENANT: TerritoryId = TerritoryId::ROOT;
pub(crate) const NORTH: TerritoryId = TerritoryId(10);
pub(crate) const SOUTH: TerritoryId = TerritoryId(11);
pub(crate) const TOWN: TerritoryId = TerritoryId(12);
pub(crate) const FOREIGN: TerritoryId = TerritoryId(20);

/// Users: one who may do everything, one who runs the north, one with nothing, one of another tenant.
pub(crate) const BOSS: UserId = UserId(50);
pub(crate) const NORTHERNER: UserId = UserId(51);
pub(crate) const NOBODY: UserId = UserId(52);
pub(crate) const FOREIGNER: UserId = UserId(60);

pub(crate) struct Site {
    pub db: TestDb,
    pub keys: Keys,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(ApiKeySettings::default()).await
    }

    pub(crate) async fn with(settings: ApiKeySettings) -> Self {
        let db = TestDb::new().await;
        for statement in [
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             overriding system value values (10, 1, 1, 'north'), (11, 1, 1, 'south')",
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             overriding system value values (12, 1, 10, 'town')",
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             overriding system value values (20, 20, null, 'another operator')",
            "insert into access.user_account (territory_id, user_id, name, password_hash)
             overriding system value
             values (1, 50, 'boss', '-'), (1, 51, 'northerner', '-'), (1, 52, 'nobody', '-'),
                    (20, 60, 'foreigner', '-')",
            "insert into access.mandate (territory_id, user_id, system_role, area_id)
             values (1, 50, 'super_administrator', 1), (1, 51, 'operator', 10),
                    (20, 60, 'super_administrator', 20)",
        ] {
            db.own(statement).await;
        }
        let keys = door(&db, settings, &ring("aa", &[]));
        assert!(keys.seed(Some(FIRST_KEY.into())).await.unwrap().is_none());
        Self { db, keys }
    }

    /// The same database after a rotation of the secret key.
    pub(crate) fn with_rotated_secret(&self) -> Keys {
        door(&self.db, ApiKeySettings::default(), &ring("bb", &["aa"]))
    }

    /// A user with a browser, with what they may do now.
    pub(crate) async fn person(&self, user: UserId) -> Principal {
        let tenant = match user {
            FOREIGNER => FOREIGN,
            _ => TENANT,
        };
        let mut tx = self.db.store().upkeep(tenant).await.unwrap();
        let authority = authority_within(&mut tx, (tenant, user), tenant, None).await;
        Principal::User {
            user_id: user,
            name: format!("user {user}"),
            login_id: LoginId(1),
            authority: Arc::new(authority.unwrap()),
            origin: Origin::default(),
        }
    }

    /// Who sent this key, from an address.
    pub(crate) async fn ask(&self, text: &Secret) -> Option<Principal> {
        let origin = Origin {
            address: Some("192.0.2.7".parse().unwrap()),
            trace_id: None,
        };
        self.keys.authenticate(text, origin).await.unwrap()
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        self.db.own(statement).await;
    }

    /// The audit trail: action and values.
    pub(crate) async fn trail(&self) -> Vec<String> {
        let mut tx = self.db.store().upkeep(TENANT).await.unwrap();
        let rows = sqlx::query_scalar(
            "select format('%s %s %s: %s -> %s', actor_name, action, object, before, after)
             from access.audit order by entry_id",
        );
        rows.fetch_all(tx.conn()).await.unwrap()
    }
}

fn door(db: &TestDb, settings: ApiKeySettings, ring: &KeyRing) -> Keys {
    Keys::new(Parts {
        store: db.store(),
        keys: ring,
        settings,
        chance: Chance::from_system(),
        permissions: vec![READ, RUN, KEY_READ, KEY_WRITE],
    })
}

/// The machine's clock, which is the database's too.
pub(crate) fn now() -> OffsetDateTime {
    Clock::system().now()
}

/// A key for these permissions.
pub(crate) fn wish(permissions: &[&str]) -> NewKey {
    NewKey {
        terms: Terms {
            name: "reports".into(),
            ..Terms::default()
        },
        permissions: permissions.iter().map(ToString::to_string).collect(),
        ..NewKey::default()
    }
}

/// Somebody with a role in one territory of the first tenant.
pub(crate) fn holder(role: SystemRole, area: TerritoryId) -> Principal {
    Principal::User {
        user_id: NOBODY,
        name: "holder".into(),
        login_id: LoginId(1),
        authority: Arc::new(Authority {
            tenant: TENANT,
            user: Some(NOBODY),
            grants: vec![Grant {
                area,
                few: None,
                allowed: Allowed::Role(role),
            }],
            only: None,
        }),
        origin: Origin::default(),
    }
}

/// Where a principal may do something, in a few words.
pub(crate) fn reach(principal: &Principal, permission: &Permission) -> String {
    match principal.scope(permission) {
        Ok(scope) => format!("{:?}", scope.areas),
        Err(denied) => denied.to_string(),
    }
}
