//! Many CPEs in one process.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use regia_clock::{Chance, Clock};
use regia_lifecycle::Lifecycle;
use tokio_util::sync::CancellationToken;

use crate::cpe::{Cpe, Life, Listener, Parts};
use crate::faults::Faults;
use crate::journal::Journal;
use crate::model::{Factory, Identity, Standard, Template, mix};
use crate::options::SimulateCpe;
use crate::statistics::{Report, Statistics};
use crate::url::{BadUrl, HttpUrl};

/// Different trees for each data model.
const VARIATIONS: u64 = 16;
/// How long a stop waits for what runs; sessions are cut, as a power cut does.
const STOP: Duration = Duration::from_secs(5);

/// Why a fleet cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// No `http://` address.
    #[error("the ACS address is not http://host:port/path")]
    Acs(#[source] BadUrl),
    /// Not six hexadecimal digits.
    #[error("the OUI is not six hexadecimal digits")]
    Oui,
    /// The address cannot be listened on.
    #[error("cannot listen for connection requests on {address}")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
}

/// CPEs that run until they are stopped.
#[derive(Debug)]
pub struct Fleet {
    lifecycle: Lifecycle,
    statistics: Arc<Statistics>,
}

/// Runs a fleet until `stop`, or for as long as the options say.
///
/// # Errors
/// Only what stops it from starting; an ACS that fails shows in the [`Report`].
pub async fn run(options: &SimulateCpe, stop: CancellationToken) -> Result<Report, SimulateError> {
    let fleet = Fleet::start(options, &Clock::system()).await?;
    match options.duration_seconds {
        Some(seconds) => {
            let limit = Duration::from_secs(seconds);
            // Both ends are as planned.
            drop(tokio::time::timeout(limit, stop.cancelled()).await);
        }
        None => stop.cancelled().await,
    }
    Ok(fleet.stop().await)
}

impl Fleet {
    /// Starts all CPEs, spread over time.
    ///
    /// # Errors
    /// See [`SimulateError`].
    pub async fn start(options: &SimulateCpe, clock: &Clock) -> Result<Self, SimulateError> {
        Self::start_with(options, clock, &Journal::default()).await
    }

    /// The same, with a journal of what the CPEs go through.
    ///
    /// # Errors
    /// See [`SimulateError`].
    pub async fn start_with(
        options: &SimulateCpe,
        clock: &Clock,
        journal: &Journal,
    ) -> Result<Self, SimulateError> {
        options.acs.parse::<HttpUrl>().map_err(SimulateError::Acs)?;
        let oui = options.oui.to_ascii_uppercase();
        if oui.len() != 6 || !oui.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(SimulateError::Oui);
        }
        let (lifecycle, statistics) = (Lifecycle::new(), Arc::new(Statistics::default()));
        let address = options.connection_request_listen;
        let chance = Chance::from_system();
        let listener = Listener::bind(address, clock.clone(), chance, Arc::clone(&statistics))
            .await
            .map_err(|source| SimulateError::Listen { address, source })?;
        let mut templates = Templates::default();
        for number in 0..options.count {
            let (door, path) = listener.open_door();
            let parts = Parts {
                identity: identity(options, &oui, number),
                factory: factory(options),
                template: templates.choose(options, number),
                faults: Faults::share(&options.faults, mix(options.seed, number)),
                clock: clock.clone(),
                preemptive_basic: options.preemptive_basic,
                connection_request_url: format!("http://{}{path}", host(options, &listener)),
                journal: journal.clone(),
                silence: Duration::from_secs(options.silence_seconds),
            };
            let life = Life {
                door,
                statistics: Arc::clone(&statistics),
                stop: lifecycle.stopping(),
                change_every: (options.change_seconds > 0)
                    .then(|| Duration::from_secs(options.change_seconds)),
                boot: Duration::from_secs(options.boot_seconds),
                start_after: options.start_after(number),
            };
            lifecycle.spawn("simulate.cpe", life.run(Cpe::new(parts)));
        }
        lifecycle.spawn("simulate.listener", listener.serve(lifecycle.clone()));
        Ok(Self {
            lifecycle,
            statistics,
        })
    }

    /// What the fleet did so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.statistics.report()
    }

    /// Switches all CPEs off.
    pub async fn stop(self) -> Report {
        let stopped = self.lifecycle.stop(STOP).await;
        if !stopped.clean() {
            tracing::warn!(tasks = stopped.unfinished.len(), "some CPEs did not stop");
        }
        self.report()
    }
}

fn identity(options: &SimulateCpe, oui: &str, number: u64) -> Identity {
    Identity {
        oui: oui.to_owned(),
        product_class: match options.model.standard(number) {
            Standard::Tr098 => "HomeGate98".to_owned(),
            Standard::Tr181 => "HomeGate181".to_owned(),
        },
        serial: format!("{}{number:06}", options.serial_prefix),
        seed: mix(options.seed, number),
    }
}

fn factory(options: &SimulateCpe) -> Factory {
    Factory {
        acs_url: options.acs.clone(),
        username: options.username.clone(),
        password: options.password.clone(),
        interval_seconds: options.interval_seconds.max(1),
        retry_seconds: options.retry_seconds.max(1),
    }
}

/// The authority of the connection request addresses.
fn host(options: &SimulateCpe, listener: &Listener) -> String {
    let address = listener.address();
    match &options.connection_request_host {
        Some(host) => format!("{host}:{}", address.port()),
        None if address.ip().is_unspecified() => format!("127.0.0.1:{}", address.port()),
        None => address.to_string(),
    }
}

/// The trees that CPEs share, made when the first one needs them.
#[derive(Default)]
struct Templates(BTreeMap<(&'static str, u64), Arc<Template>>);

impl Templates {
    fn choose(&mut self, options: &SimulateCpe, number: u64) -> Arc<Template> {
        let standard = options.model.standard(number);
        let variation = mix(options.seed, number) % VARIATIONS;
        let tree = self.0.entry((standard.root(), variation));
        Arc::clone(tree.or_insert_with(|| Template::new(standard, variation)))
    }
}
