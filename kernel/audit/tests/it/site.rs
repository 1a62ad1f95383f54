//! A trail that somebody writes to.

use regia_audit::{Actor, Entry, Flaw, Report, Span, Trail, record};
use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_store::Tx;
use regia_testkit::TestDb;
use serde_json::json;

/// A change that nobody made.
pub(crate) const ACTOR: Actor<'_> = Actor {
    kind: "user",
    id: Some(1),
    name: "admin",
    address: None,
    trace_id: Some("trace"),
};

pub(crate) struct Site {
    pub db: TestDb,
    pub trail: Trail,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let db = TestDb::new().await;
        let trail = Trail::new(db.store(), Clock::system(), 30);
        Self { db, trail }
    }

    /// Five changes in two blocks of today.
    pub(crate) async fn sealed() -> Self {
        let site = Self::new().await;
        site.write(3).await;
        site.trail.seal().await.unwrap();
        site.write(2).await;
        site.trail.seal().await.unwrap();
        site
    }

    pub(crate) async fn begin(&self) -> Tx {
        self.db.store().begin(TerritoryId::ROOT).await.unwrap()
    }

    /// Changes, one a transaction.
    pub(crate) async fn write(&self, rows: usize) {
        for row in 0..rows {
            let mut tx = self.begin().await;
            add(&mut tx, row).await;
            tx.commit().await.unwrap();
        }
    }

    /// What somebody does who owns the tables and has no key.
    pub(crate) async fn tamper(&self, statements: &str) {
        let statements = format!("set session_replication_role = replica; {statements}");
        self.db.own(&statements).await;
    }

    pub(crate) async fn verify(&self) -> Report {
        self.trail.verify(None, &Span::default()).await.unwrap()
    }

    /// What is wrong, in order, each kind with row and block.
    pub(crate) async fn flaws(&self) -> Vec<(Flaw, Option<i64>, Option<i64>)> {
        let report = self.verify().await;
        report
            .findings
            .iter()
            .map(|finding| (finding.flaw, finding.entry_id, finding.block))
            .collect()
    }

    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        self.db.count(query).await
    }
}

pub(crate) async fn add(tx: &mut Tx, row: usize) {
    let entry = Entry {
        before: Some(json!({ "notes": "", "b": 1.0, "aa": -0.0, "Ω": 1e30 })),
        after: Some(json!({ "notes": format!("roof {row}") })),
        ..Entry::new("acs.device.annotate", format!("device:{row}"))
    };
    record(tx, ACTOR, entry).await.unwrap();
}
