//! A seeded door with a hand-moved clock.

use std::net::IpAddr;

use regia_access::{AccessSettings, NewMandate, Origin, Principal, UserId};
use regia_clock::{Chance, Clock};
use regia_credentials::OneTimeKey;
use regia_ident::TerritoryId;
use regia_identity::{
    Access, Browser, Enrolment, HalfLoginToken, LoginAttempt, LoginOutcome, LoginToken,
};
use regia_secrets::{KeyRing, Secret};
use regia_store::Tx;
use regia_testkit::{TestDb, ring};
use regia_users::{NewUser, Person, Seed};
use time::macros::datetime;

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const OTHER_PASSWORD: &str = "stapler anchovy lantern";
pub(crate) const TESTER: Principal = Principal::System("test");

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
        };
        site.access.users().seed(seed).await.unwrap();
        site
    }

    /// The same database after a rotation of the secret key.
    pub(crate) fn with_rotated_key(&self) -> Access {
        door(&self.db, &self.clock, &ring("bb", &["aa"]))
    }

    /// The same database behind a door with other settings.
    pub(crate) fn with_settings(&self, settings: AccessSettings) -> Access {
        door_with(&self.db, &self.clock, &ring("aa", &[]), settings)
    }

    /// A user who has used their invitation, and may do nothing.
    pub(crate) async fn joined(&self, name: &str) -> UserId {
        self.joined_with(name, &[]).await
    }

    /// A user who has used their invitation, with these roles.
    pub(crate) async fn joined_with(&self, name: &str, mandates: &[NewMandate]) -> UserId {
        let invited = self
            .access
            .users()
            .invite_new_user(
                &TESTER,
                NewUser {
                    mandates,
                    ..plain(name, &Person::default())
                },
            )
            .await;
        let (id, link) = invited.unwrap();
        let used = self
            .access
            .users()
            .use_link(&link.token, &OTHER_PASSWORD.into(), Origin::default())
            .await;
        used.unwrap();
        id
    }

    /// A login of somebody without a second factor.
    pub(crate) async fn log_in_as(&self, name: &str, password: &str) -> (LoginToken, Principal) {
        match self.access.login(&attempt(name, password)).await.unwrap() {
            LoginOutcome::Welcome { token, principal } => (token, principal),
            other => panic!("{other:?}"),
        }
    }

    /// The first step of a login of somebody with a second factor.
    pub(crate) async fn half(&self, name: &str, password: &str) -> HalfLoginToken {
        match self.access.login(&attempt(name, password)).await.unwrap() {
            LoginOutcome::CodeNeeded { half } => half,
            other => panic!("{other:?}"),
        }
    }

    /// Sets up a second factor: the app's key and the recovery codes.
    pub(crate) async fn enrol(&self, principal: &Principal) -> (OneTimeKey, Vec<Secret>) {
        let enrolment = self.access.begin_second_factor(principal).await.unwrap();
        let key = key_of(&enrolment);
        let code = self.code(&key);
        let confirmed = self.access.confirm_second_factor(principal, &code).await;
        (key, confirmed.unwrap().1)
    }

    /// What the app shows now.
    pub(crate) fn code(&self, key: &OneTimeKey) -> Secret {
        key.code_at(self.clock.now()).unwrap().into()
    }

    /// As many rows as the query finds.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.db.count(query).await
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.db.store().upkeep(TerritoryId::ROOT).await.unwrap()
    }

    pub(crate) async fn run(&self, statement: &'static str) {
        self.db.run(statement).await;
    }

    pub(crate) async fn log_in(&self) -> (LoginToken, Principal) {
        self.log_in_as("admin", PASSWORD).await
    }

    /// Whether a stream of this login would go on.
    pub(crate) async fn goes_on(&self, principal: &Principal) -> bool {
        self.access.still_valid(principal).await.unwrap()
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

fn door(db: &TestDb, clock: &Clock, keys: &KeyRing) -> Access {
    door_with(db, clock, keys, AccessSettings::default())
}

fn door_with(db: &TestDb, clock: &Clock, keys: &KeyRing, settings: AccessSettings) -> Access {
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
        browser: browser_at(address),
    }
}

pub(crate) fn browser_at(address: &str) -> Browser {
    Browser {
        address: address.parse::<IpAddr>().unwrap(),
        user_agent: "a browser".into(),
        trace_id: Some("trace".into()),
        previous: None,
    }
}

/// A new user who may do nothing.
pub(crate) const fn plain<'a>(name: &'a str, person: &'a Person) -> NewUser<'a> {
    NewUser {
        name,
        person,
        mandates: &[],
    }
}

/// The app reads the key as a person would type it.
pub(crate) fn key_of(enrolment: &Enrolment) -> OneTimeKey {
    OneTimeKey::from_text(enrolment.text.expose()).unwrap()
}
