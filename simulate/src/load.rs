//! A load generator that costs little: prebuilt Informs over raw keep-alive connections, on one
//! thread.
//!
//! A session is what a CPE without open tasks does: Inform with seven parameters, InformResponse,
//! empty POST, 204. Every answer is checked.

mod answer;
mod connection;
mod histogram;
mod inform;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use regia_clock::{Chance, Clock};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::url::HttpUrl;
use connection::Connection;
pub use histogram::Histogram;
use inform::{Inform, Template};

/// Spreads the known serials, so that neighbours in time are no neighbours in the table. Prime, so
/// that every serial comes up when their number is no multiple of it.
const STRIDE: u64 = 1_000_003;

/// A pause after a failed session, so that a dead server does not turn the generator into a spin.
const AFTER_FAILURE: Duration = Duration::from_millis(10);
/// The slowest open loop, in sessions a second.
const LEAST_RATE: f64 = 0.001;

/// What to run.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The ACS, `http://host:port/path`.
    pub acs: String,
    /// How the sessions log in.
    pub login: Login,
    /// OUI of all devices.
    pub oui: String,
    /// The serial is this and nine digits.
    pub serial_prefix: String,
    /// Which devices inform.
    pub devices: Devices,
    /// How many connections are kept open.
    pub connections: usize,
    /// When sessions start.
    pub pace: Pace,
    /// When to stop.
    pub until: Until,
}

/// How a session logs in.
#[derive(Clone)]
pub enum Login {
    /// Not at all.
    None,
    /// Sent with every request, unasked.
    Basic {
        /// The fleet's user.
        username: String,
        /// The fleet's password.
        password: String,
    },
    /// Each connection asks for a challenge once and uses its nonce until the server says stale.
    Digest {
        /// The fleet's user.
        username: String,
        /// The fleet's password.
        password: String,
    },
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Basic { .. } => "Basic",
            Self::Digest { .. } => "Digest",
        })
    }
}

/// Which devices inform, and why.
#[derive(Debug, Clone, Copy)]
pub enum Devices {
    /// Every session is a new device: `0 BOOTSTRAP` and `1 BOOT`.
    New {
        /// The number of the first serial.
        first: u64,
    },
    /// `2 PERIODIC` from serials 0 to `count`, spread.
    Known {
        /// How many there are.
        count: u64,
    },
}

/// When sessions start.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// Each connection starts the next session when the last one ends.
    Closed,
    /// So many sessions a second, whatever the server does; a session that has to wait for a free
    /// connection counts from when it should have started.
    Open {
        /// Sessions a second.
        rate: f64,
    },
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many sessions, failed ones included.
    Sessions(u64),
    /// After this time.
    Elapsed(Duration),
}

/// Why a session failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// No connection.
    Connect,
    /// The connection broke or was closed.
    Broken,
    /// The answer is not HTTP/1.1 with a Content-Length.
    Framing,
    /// 401, and no way to answer it.
    Unauthorized,
    /// 503.
    Busy,
    /// Another status than the expected one.
    Status,
    /// 200, but no InformResponse in it.
    Content,
    /// No end within 30 s.
    Timeout,
}

/// What came out.
#[derive(Debug, Clone)]
pub struct LoadReport {
    /// Sessions that ended well.
    pub sessions: u64,
    /// Sessions that failed, by kind.
    pub failures: BTreeMap<Failure, u64>,
    /// From the first session's start to the last one's end.
    pub elapsed: Duration,
    /// Of the sessions that ended well.
    pub latency: Histogram,
    /// What this thread spent on it; zero where the kernel does not say.
    pub own_cpu: Duration,
}

impl LoadReport {
    /// Good sessions a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count of sessions")]
        let sessions = self.sessions as f64;
        sessions / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// How many sessions failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }
}

/// Why a run could not start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No `http://` address.
    #[error("the ACS address is not http://host:port/path")]
    Address(#[source] crate::url::BadUrl),
    /// The address does not resolve.
    #[error("the ACS address does not resolve")]
    Resolve(#[source] std::io::Error),
    /// No runtime.
    #[error("the load generator cannot start")]
    Runtime(#[source] std::io::Error),
}

/// Runs the load on this thread until it is done; do not call it from async code.
///
/// # Errors
/// Only what stops it from starting; a failing server shows in [`LoadReport::failures`].
pub fn run(options: &LoadOptions, clock: &Clock, chance: &Chance) -> Result<LoadReport, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LoadError::Runtime)?;
    let target = Target::resolve(&options.acs)?;
    let spent = own_cpu();
    let mut report = runtime.block_on(drive(options, &target, clock, chance));
    report.own_cpu = own_cpu().saturating_sub(spent);
    Ok(report)
}

/// Where the requests go.
#[derive(Debug)]
struct Target {
    address: std::net::SocketAddr,
    path: String,
    /// Request line and Host.
    head: String,
}

impl Target {
    fn resolve(acs: &str) -> Result<Self, LoadError> {
        let url: HttpUrl = acs.parse().map_err(LoadError::Address)?;
        let address = std::net::ToSocketAddrs::to_socket_addrs(&(url.host(), url.port()))
            .and_then(|mut found| {
                found
                    .next()
                    .ok_or_else(|| std::io::ErrorKind::NotFound.into())
            })
            .map_err(LoadError::Resolve)?;
        let path = url.target().to_owned();
        let head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\n", url.authority());
        Ok(Self {
            address,
            path,
            head,
        })
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let stream = TcpStream::connect(self.address)
            .await
            .map_err(|_| Failure::Connect)?;
        stream.set_nodelay(true).map_err(|_| Failure::Connect)?;
        Ok(stream)
    }
}

/// What all connections of a run share.
struct Run<'a> {
    options: &'a LoadOptions,
    clock: &'a Clock,
    started: Instant,
    begun: Cell<u64>,
    sessions: Cell<u64>,
    failures: RefCell<BTreeMap<Failure, u64>>,
    latency: RefCell<Histogram>,
}

async fn drive(
    options: &LoadOptions,
    target: &Target,
    clock: &Clock,
    chance: &Chance,
) -> LoadReport {
    let run = Run {
        options,
        clock,
        started: clock.instant(),
        begun: Cell::new(0),
        sessions: Cell::new(0),
        failures: RefCell::default(),
        latency: RefCell::default(),
    };
    let connections: FuturesUnordered<_> = (0..options.connections)
        .map(|_| run.connection(Connection::new(target, &options.login, chance.clone())))
        .collect();
    connections.collect::<()>().await;
    LoadReport {
        sessions: run.sessions.get(),
        failures: run.failures.into_inner(),
        elapsed: clock.instant() - run.started,
        latency: run.latency.into_inner(),
        own_cpu: Duration::ZERO,
    }
}

impl Run<'_> {
    async fn connection(&self, mut connection: Connection<'_>) {
        let mut inform = Inform::new(&Template {
            oui: &self.options.oui,
            serial_prefix: &self.options.serial_prefix,
            events: match self.options.devices {
                Devices::New { .. } => &["0 BOOTSTRAP", "1 BOOT"],
                Devices::Known { .. } => &["2 PERIODIC"],
            },
        });
        let mut second = 0;
        while let Some((number, start)) = self.next().await {
            let now = self.clock.now();
            if now.unix_timestamp() != second {
                second = now.unix_timestamp();
                inform.set_time(now);
            }
            inform.set_id(number);
            inform.set_serial(match self.options.devices {
                Devices::New { first } => first + number,
                Devices::Known { count } => number.wrapping_mul(STRIDE) % count.max(1),
            });
            match connection.session(&inform).await {
                Ok(()) => {
                    self.sessions.set(self.sessions.get() + 1);
                    self.latency
                        .borrow_mut()
                        .record(self.clock.instant() - start);
                }
                Err(failure) => {
                    *self.failures.borrow_mut().entry(failure).or_default() += 1;
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Number and start of the next session, or `None` when the run is over.
    async fn next(&self) -> Option<(u64, Instant)> {
        let number = self.begun.get();
        let now = self.clock.instant();
        let start = match self.options.pace {
            Pace::Closed => now,
            #[expect(clippy::cast_precision_loss, reason = "a count of sessions")]
            Pace::Open { rate } => {
                self.started + Duration::from_secs_f64(number as f64 / rate.max(LEAST_RATE))
            }
        };
        let over = match self.options.until {
            Until::Sessions(sessions) => number >= sessions,
            Until::Elapsed(limit) => start >= self.started + limit,
        };
        if over {
            return None;
        }
        self.begun.set(number + 1);
        if start <= now {
            return Some((number, start));
        }
        tokio::time::sleep_until(start).await;
        // The timer's own lateness (up to 1 ms) is not the server's.
        Some((number, self.clock.instant()))
    }
}

/// CPU time of this thread; its first number is nanoseconds on a CPU (Linux, sched-stats.rst).
fn own_cpu() -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|line| line.split(' ').next()?.parse().ok())
        .map_or(Duration::ZERO, Duration::from_nanos)
}
