//! What row security costs: pages of a large fleet in many territories, by policy and without.

use std::io;
use std::path::Path;
use std::time::Duration;

use regia_clock::Clock;
use regia_cluster::{ClusterOptions, Neighbour};
use regia_ident::TerritoryId;
use regia_store::{Areas, ConnectOptions, Scope, Store, StoreSettings};
use tokio::runtime::Builder;

use self::store::{Cost, List, Page, Rule, cost, hold, read, spread};
use super::{Measured, middle};

mod store;

/// A territory among the thousand.
const ONE: TerritoryId = TerritoryId(10_123);

/// A page may read ten rows for each that it shows.
const MOST_ROWS: f64 = 10.0 * store::PAGE as f64;

/// A page with its policy may take so much of what it takes with a condition in its place.
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
    let store = Store::connect(&ConnectOptions::new(url, &settings)).await?;
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
            figures.extend(compare(&store, &scope, list, &name).await?);
        }
        figures.push(begun(&store, scope, who).await?);
    }
    store.close().await;
    Ok(figures)
}

/// First and middle page of a list: the time of the statement with its policy and without, in
/// transactions that begin alike on one connection, and the rows and buffers of the dearer page.
async fn compare(
    store: &Store,
    scope: &Scope,
    list: List,
    name: &str,
) -> Result<Vec<Measured>, Failure> {
    let clock = Clock::system();
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let mut dearest = Cost::default();
    for middle in [false, true] {
        let mut tx = store.begin(scope.clone()).await?;
        let area = tx.few_areas().and_then(|few| few.first().copied());
        let page = Page { list, area, middle };
        let one = cost(&mut tx, page).await?;
        tx.commit().await?;
        if one.shown != store::PAGE {
            let problem = format!("{name}: {} rows on a page of {}", one.shown, store::PAGE);
            return Err(io::Error::other(problem).into());
        }
        dearest = dearest.max(one);
        for _ in 0..ROUNDS {
            for (times, rule) in [(&mut with, Rule::Policy), (&mut without, Rule::Filter)] {
                let mut tx = store.begin(scope.clone()).await?;
                hold(&mut tx, rule).await?;
                let began = clock.instant();
                read(&mut tx, page, rule).await?;
                times.push(clock.instant() - began);
                tx.commit().await?;
            }
        }
    }
    let (with, without) = (us(&mut with), us(&mut without));
    let (rows, buffers) = (dearest.rows as f64, dearest.buffers as f64);
    Ok(vec![
        Measured::plain(name, with, "µs"),
        Measured::plain(format!("{name}_without"), without, "µs"),
        Measured::at_most(&format!("{name}_ratio"), with / without, "", MOST_TIME),
        Measured::at_most(&format!("{name}_rows"), rows, "rows", MOST_ROWS),
        Measured::plain(format!("{name}_buffers"), buffers, "buffers"),
    ])
}

/// How long a transaction takes to begin that says what it reaches.
async fn begun(store: &Store, scope: Scope, who: &str) -> Result<Measured, Failure> {
    let clock = Clock::system();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = clock.instant();
        let tx = store.begin(scope.clone()).await?;
        times.push(clock.instant() - began);
        tx.commit().await?;
    }
    let name = format!("policy_{who}_begin");
    Ok(Measured::plain(name, us(&mut times), "µs"))
}

fn us(times: &mut [Duration]) -> f64 {
    middle(times).as_secs_f64() * 1e6
}
