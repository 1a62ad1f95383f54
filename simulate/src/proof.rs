//! Proof that a server which is killed at any moment loses nothing that it acknowledged, and sends
//! nothing twice that may not be repeated.
//!
//! A round has an installation of its own: the real program on its private PostgreSQL, CPEs in this
//! process, operators at the API. Server, postmaster or both are killed while all of them work; then
//! everything may come to rest, and what the server tells is held against what CPEs and operators
//! wrote down. The seed chooses what is done and when; how the processes are scheduled it does not.

mod api;
mod check;
mod server;
mod work;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::join_all;
use regia_clock::{Chance, Clock};
use tokio_util::sync::CancellationToken;

use crate::model::mix;
use crate::{FaultShare, Fleet, Journal, Report, SimulateCpe, SimulateError};
use api::Api;
use check::Evidence;
use server::Server;
use work::{Ledger, Operator};

/// Password of the fleet credential.
const PASSWORD: &str = "proof-fleet-password";
/// The API key, long enough to be accepted.
const KEY: &str = "proof-api-key-0123456789-0123456789-0123";
/// Serials of the CPEs begin with this.
const PREFIX: &str = "PROOF";
const CPES: u64 = 8;
const OPERATORS: usize = 3;
/// From one kill to the next at most.
const LIFE_MS: u64 = 3_000;
/// What is under way must come to an end, or become uncertain, within this.
const REST: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

/// What to prove, where.
#[derive(Debug, Clone)]
pub struct ProofOptions {
    /// The server's program.
    pub program: PathBuf,
    /// A folder for the data of all rounds that the account of PostgreSQL may enter.
    pub folder: PathBuf,
    /// The same seed makes the same choices.
    pub seed: u64,
}

/// Why a round could not be carried out; that proves nothing and is no success either.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// Files and processes.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The CPEs.
    #[error("the CPEs cannot start: {0}")]
    Fleet(#[from] SimulateError),
    /// The server ended by itself.
    #[error("the server ended by itself ({0})")]
    Ended(String),
    /// The server did not become ready.
    #[error("the server did not become ready again")]
    NotReady,
    /// No answer from the API.
    #[error("the API did not answer: {0}")]
    Silent(String),
    /// An answer of the API that must not be.
    #[error("{0} was answered with {1}")]
    Answer(String, u16),
    /// An address of ours that is none.
    #[error("{0} is no address")]
    Address(String),
}

/// How a round went.
#[derive(Debug)]
pub struct Round {
    /// What was killed, in order.
    pub kills: Vec<Kill>,
    /// Tasks that the server acknowledged, and how they ended: done, failed, uncertain.
    pub tasks: [usize; 4],
    /// Files that it acknowledged.
    pub files: usize,
    /// What the CPEs did.
    pub report: Report,
    /// What was promised and not kept; empty when the proof holds.
    pub broken: Vec<String>,
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// The server; its PostgreSQL then ends in order.
    Server,
    /// PostgreSQL's leading process; the server lives on.
    Postmaster,
    /// First the server, then at once what is left of PostgreSQL.
    Both,
}

/// Carries out one round. Its folder is removed only when the proof holds.
///
/// # Errors
/// See [`ProofError`].
pub async fn round(options: &ProofOptions, number: u64) -> Result<Round, ProofError> {
    let chance = Chance::seeded(mix(options.seed, number));
    let place = options.folder.join(format!("round-{number}"));
    if place.exists() {
        fs::remove_dir_all(&place)?;
    }
    fs::create_dir_all(&place)?;
    fs::set_permissions(&place, Permissions::from_mode(0o711))?;
    let mut server = Server::new(&options.program, place.join("data"), &chance);
    let round = act(&mut server, &chance).await?;
    if round.broken.is_empty() {
        fs::remove_dir_all(&place)?;
    }
    Ok(round)
}

/// Each of those who choose has dice of its own, so that none changes what another draws.
fn dice(chance: &Chance) -> Chance {
    Chance::seeded(chance.below(u64::MAX))
}

async fn act(server: &mut Server, chance: &Chance) -> Result<Round, ProofError> {
    let (fate, errands) = (dice(chance), dice(chance));
    let api = Api {
        port: server.web,
        key: KEY.to_owned(),
        chance: dice(chance),
    };
    server.start()?;
    server.ready(&api).await?;
    let (journal, ledger) = (Journal::open(), Ledger::default());
    let fleet = Fleet::start_with(&cpes(server, &dice(chance)), &Clock::system(), &journal).await?;
    let until = CancellationToken::new();
    let operators: Vec<Operator<'_>> = (0..OPERATORS)
        .map(|first| Operator {
            api: &api,
            ledger: &ledger,
            chance: &errands,
            prefix: PREFIX,
            share: (first, OPERATORS),
        })
        .collect();
    let work = join_all(operators.iter().map(|operator| operator.work(&until)));
    let destroy = async {
        let killed = destroy(server, &api, &fate).await;
        until.cancel();
        killed
    };
    let (_, kills) = tokio::join!(work, destroy);
    let kills = kills?;
    let mut evidence = Evidence::new(&api);
    let rested = tokio::time::timeout(REST, evidence.rest(POLL)).await;
    let report = fleet.stop().await;
    match rested {
        Ok(rested) => rested?,
        Err(_) => evidence.unrest(),
    }
    let pages = ledger.pages().clone();
    evidence.check(&pages, &journal.entries()).await?;
    evidence.read_log(&server.log());
    if !server.stop()? {
        evidence
            .broken
            .push("the server did not stop in order".to_owned());
    }
    Ok(Round {
        kills,
        tasks: evidence.endings(&pages),
        files: pages.files.len(),
        report,
        broken: evidence.broken,
    })
}

/// One to three kills, each at some moment of the server's life, and its return after each.
async fn destroy(server: &mut Server, api: &Api, chance: &Chance) -> Result<Vec<Kill>, ProofError> {
    let mut kills = Vec::new();
    for _ in 0..=chance.below(3) {
        tokio::time::sleep(Duration::from_millis(chance.below(LIFE_MS))).await;
        let leader = server.postmaster();
        let kill = match chance.below(3) {
            0 => Kill::Server,
            1 => Kill::Postmaster,
            _ => Kill::Both,
        };
        kills.push(kill);
        if kill != Kill::Postmaster {
            server.kill()?;
        }
        if kill != Kill::Server {
            server.kill_postmaster()?;
        }
        match kill {
            Kill::Postmaster => server.another_postmaster(leader.as_deref()).await?,
            Kill::Server | Kill::Both => server.start()?,
        }
        server.ready(api).await?;
    }
    // What came back works, too.
    tokio::time::sleep(Duration::from_millis(chance.below(LIFE_MS))).await;
    Ok(kills)
}

/// A fleet that calls often, changes by itself, and in every other round loses some connections.
fn cpes(server: &Server, chance: &Chance) -> SimulateCpe {
    let drops = "drop=0.3".parse::<FaultShare>().ok();
    SimulateCpe {
        acs: format!("http://127.0.0.1:{}/", server.cwmp),
        count: CPES,
        password: PASSWORD.to_owned(),
        preemptive_basic: chance.below(2) == 0,
        interval_seconds: 3,
        retry_seconds: 1,
        change_seconds: 2,
        seed: chance.below(u64::MAX),
        serial_prefix: PREFIX.to_owned(),
        faults: drops.into_iter().filter(|_| chance.below(2) == 0).collect(),
        start_seconds: Some(chance.below(3)),
        boot_seconds: chance.below(2),
        ..SimulateCpe::default()
    }
}
