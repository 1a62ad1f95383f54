//! What row security costs: pages of a large fleet in many territories, by policy and without.

use std::io;
use std::path::Path;
use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_store::embedded::{ClusterOptions, Neighbour};
use regia_store::{Areas, ConnectOptions, Scope, Store, StoreSettings, Tx};
use tokio::runtime::Builder;
use tokio::time::Instant;

use self::store::{Cost, List, Page, cost, read, spread};
use super::{Measured, middle};

mod store;

/// A territory among the thousand.
const ONE: TerritoryId = TerritoryId(10_123);

/// A page may read ten rows for each that it shows.
const MOST_ROWS: f64 = 10.0 * store::PAGE as f64;

/// A page with its policy may take so much of what it takes without.
const MOST_TIME: f64 = 1.15;

/// Times that each page is read; the median counts.
const ROUNDS: usize = 1_000;

type Failure = Box<dyn std::error::Error>;

/// Spreads the fleet of the server that runs on a data folder over a thousand territories, and
/// measures the lists of devices and tasks for who may see the whole tenant, and for who may see one
/// territory.
///
/// # Errors
/// When the database cannot be reached or used.
pub fn measure(data: &Path) -> Result<Vec<Measured>, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lists(data))
}

async fn lists(data: &Path) -> Result<Vec<Measured>, Failure> {
    let settings = StoreSettings::default();
    let url = Neighbour::of(&ClusterOptions::new(data, &settings))?.url;
    spread(&url).await?;
    // Each role on connections of its own: a statement is read anew when its role changes.
    let options = ConnectOptions::new(url, &settings);
    let held = Store::connect(&options).await?;
    let free = Store::connect(&options).await?;
    let mut figures = Vec::new();
    for (who, areas) in [("tenant", Areas::Whole), ("territory", Areas::Only(ONE))] {
        let scope = Scope {
            areas,
            ..Scope::whole(TerritoryId::ROOT)
        };
        for (what, list) in [
            ("newest", List::Newest),
            ("serial", List::Serial),
            ("tasks", List::Tasks),
        ] {
            let name = format!("policy_{who}_{what}");
            figures.extend(compare((&held, &free), &scope, list, &name).await?);
        }
    }
    held.close().await;
    free.close().await;
    Ok(figures)
}

/// First and middle page of a list: the time of the statement with its policy and without, how the
/// whole transactions around them compare, and the rows and buffers of the dearer page.
async fn compare(
    (held, free): (&Store, &Store),
    scope: &Scope,
    list: List,
    name: &str,
) -> Result<Vec<Measured>, Failure> {
    let clock = Clock::system();
    let (mut with, mut without) = (Times::default(), Times::default());
    let mut dearest = Cost::default();
    for middle in [false, true] {
        let mut tx = held.begin(scope.clone()).await?;
        let area = tx.only_area();
        let page = Page { list, area, middle };
        let one = cost(&mut tx, page).await?;
        tx.commit().await?;
        if one.shown != store::PAGE {
            let problem = format!("{name}: {} rows on a page of {}", one.shown, store::PAGE);
            return Err(io::Error::other(problem).into());
        }
        dearest = dearest.max(one);
        for _ in 0..ROUNDS {
            let began = clock.instant();
            let tx = held.begin(scope.clone()).await?;
            with.add(&clock, began, tx, page).await?;
            // The role that every policy lets through; the statement has the condition either way.
            let began = clock.instant();
            let tx = free.upkeep(scope.tenant).await?;
            without.add(&clock, began, tx, page).await?;
        }
    }
    let us = |times: &mut [Duration]| middle(times).as_secs_f64() * 1e6;
    let ratio = us(&mut with.transactions) / us(&mut without.transactions);
    let (with, without) = (us(&mut with.statements), us(&mut without.statements));
    let (rows, buffers) = (dearest.rows as f64, dearest.buffers as f64);
    Ok(vec![
        Measured::plain(name, with, "µs"),
        Measured::plain(format!("{name}_without"), without, "µs"),
        Measured::at_most(&format!("{name}_ratio"), ratio, "", MOST_TIME),
        Measured::at_most(&format!("{name}_rows"), rows, "rows", MOST_ROWS),
        Measured::plain(format!("{name}_buffers"), buffers, "buffers"),
    ])
}

/// How long pages took.
#[derive(Debug, Default)]
struct Times {
    statements: Vec<Duration>,
    transactions: Vec<Duration>,
}

impl Times {
    /// Reads a page in a transaction that was asked for at `began`.
    async fn add(
        &mut self,
        clock: &Clock,
        began: Instant,
        mut tx: Tx,
        page: Page,
    ) -> Result<(), Failure> {
        let open = clock.instant();
        read(&mut tx, page).await?;
        self.statements.push(clock.instant() - open);
        tx.commit().await?;
        self.transactions.push(clock.instant() - began);
        Ok(())
    }
}
