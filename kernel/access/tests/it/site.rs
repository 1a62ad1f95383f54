//! A seeded door with a hand-moved clock.

use std::net::IpAddr;

use regia_access::{
    Access, AccessSettings, LoginAttempt, LoginOutcome, LoginToken, Origin, Principal, Seed,
};
use regia_clock::{Chance, Clock};
use regia_ident::TerritoryId;
use regia_secrets::{KeyRing, Secret};
use regia_store::Tx;
use regia_testkit::TestDb;
use time::macros::datetime;

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const API_KEY: &str = "a key for scripts";

pub(crate) struct Site {
    pub db: TestDb,
    pub clock: Clock,
    pub access: Access,
}

impl Site {
    pub(crate) async fn empty() -> Self {
        let clock = Clock::by_hand(datetime!(2026-03-04 05:06 UTC));
        let db = TestDb::new().await;
        let access = door(&db, &clock, &ring("aa", &[]));
        Self { db, clock, access }
    }

    pub(crate) async fn new() -> Self {
        let site = Self::empty().await;
        let seed = Seed {
            admin_password: Some(PASSWORD.into()),
            api_key: Some(API_KEY.into()),
        };
        site.access.seed(seed).await.unwrap();
        site
    }

    /// The same database after a rotation of the secret key.
    pub(crate) fn with_rotated_key(&self) -> Access {
        door(&self.db, &self.clock, &ring("bb", &["aa"]))
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.db.store().upkeep(TerritoryId::ROOT).await.unwrap()
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        let mut tx = self.begin().await;
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn log_in(&self) -> (LoginToken, Principal) {
        match self
            .access
            .login(&attempt("admin", PASSWORD))
            .await
            .unwrap()
        {
            LoginOutcome::Welcome { token, principal } => (token, principal),
            other => panic!("{other:?}"),
        }
    }

    /// Whether the cookie still names somebody.
    pub(crate) async fn knows(&self, token: &LoginToken) -> bool {
        let text = token.to_text();
        let found = self
            .access
            .authenticate_cookie(text.expose(), Origin::default())
            .await;
        found.unwrap().is_some()
    }
}

fn ring(current: &str, old: &[&str]) -> KeyRing {
    let hex = |byte: &str| Secret::from(byte.repeat(32));
    let old: Vec<_> = old.iter().copied().map(hex).collect();
    KeyRing::from_hex(&hex(current), &old).unwrap()
}

fn door(db: &TestDb, clock: &Clock, keys: &KeyRing) -> Access {
    let settings = AccessSettings::default();
    Access::new(
        db.store(),
        keys,
        settings,
        clock.clone(),
        Chance::from_system(),
    )
    .unwrap()
}

pub(crate) fn attempt(name: &str, password: &str) -> LoginAttempt {
    attempt_from("192.0.2.1", name, password)
}

pub(crate) fn attempt_from(address: &str, name: &str, password: &str) -> LoginAttempt {
    LoginAttempt {
        name: name.into(),
        password: password.into(),
        address: address.parse::<IpAddr>().unwrap(),
        user_agent: "a browser".into(),
        trace_id: Some("trace".into()),
        previous: None,
    }
}
