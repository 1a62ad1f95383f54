//! A log and its bans, with a hand-moved clock that begins now: bans end by the database's.

use std::net::IpAddr;
use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_security::{BanSettings, Bans, Event, EventFilter, Kind, Logged, SecurityLog};
use regia_store::page::Limit;
use regia_testkit::TestDb;

/// Trusted.
pub(crate) const PROXY: &str = "203.0.113.9";

pub(crate) struct Site {
    pub db: TestDb,
    pub clock: Clock,
    pub bans: Bans,
    pub log: SecurityLog,
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(BanSettings::default()).await
    }

    pub(crate) async fn with(settings: BanSettings) -> Self {
        let db = TestDb::new().await;
        let clock = Clock::by_hand(Clock::system().now());
        let bans = Self::node(&db, &clock, settings);
        let log = SecurityLog::new(db.store(), clock.clone(), 30, bans.clone());
        Self {
            db,
            clock,
            bans,
            log,
        }
    }

    /// The bans as one node knows them.
    pub(crate) fn node(db: &TestDb, clock: &Clock, settings: BanSettings) -> Bans {
        let proxy: IpAddr = PROXY.parse().unwrap();
        Bans::new(db.store(), clock.clone(), settings, move |address| {
            address == proxy
        })
    }

    /// Breaks the limits so often, with a rest after each time.
    pub(crate) fn break_limits(&self, address: &str, times: usize) {
        for _ in 0..times {
            self.log.note(event(Kind::Limited, address));
            self.clock.advance(Duration::from_secs(15));
        }
    }

    pub(crate) fn is_banned(&self, address: &str) -> bool {
        self.bans.left(address.parse().unwrap()).is_some()
    }

    pub(crate) async fn logged(&self, filter: &EventFilter) -> Vec<Logged> {
        self.log.write().await;
        let store = self.db.store();
        let now = self.clock.now();
        let place = (None, Limit::default());
        let page = Logged::list(&store, TerritoryId::ROOT, filter, now, place).await;
        page.unwrap().items
    }
}

pub(crate) fn event(kind: Kind, address: &str) -> Event {
    Event {
        address: Some(address.parse().unwrap()),
        ..Event::new(kind)
    }
}
