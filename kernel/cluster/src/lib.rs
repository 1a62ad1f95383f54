//! The private PostgreSQL: a cluster in the data folder, run from installed binaries, reachable
//! through a socket that only we and its account can enter.
//!
//! It lives exactly as long as this process. Its end is noticed and it is started again; after a
//! kill of the server it ends by itself, and the next start waits for that.

mod account;
mod beside;
mod binaries;
mod config;
mod error;
mod folder;
mod postmaster;
mod prepare;
mod store;
mod supervisor;

use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode, utf8_percent_encode};
use regia_secrets::Secret;
use regia_store::StoreSettings;
use tokio::sync::{oneshot, watch};

pub use beside::{Neighbour, Programs, holder};
pub use error::ClusterError;
use prepare::Prepared;
use supervisor::Supervisor;

/// The owner and the database of the private cluster.
const ROLE: &str = "regia";

/// The role that the server connects as: it owns nothing, and takes the roles of the schema.
const SERVER_ROLE: &str = "regia_server";

/// What is escaped in the address; a usual path stays readable.
const OUTSIDE_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// How to run the private PostgreSQL.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The server's data folder; the cluster is `postgres` in it.
    pub data_dir: PathBuf,
    /// Where the binaries are; absent: they are found.
    pub bin_dir: Option<PathBuf>,
    /// Connections that this process uses at most.
    pub max_connections: u32,
    /// How long the first start may take, recovery included.
    pub start_timeout: Duration,
    /// How long an orderly stop may take.
    pub stop_timeout: Duration,
    /// Whether a commit survives a power cut. Off only for tests.
    pub durable: bool,
}

impl ClusterOptions {
    /// The settings' values for one data folder.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>, settings: &StoreSettings) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: settings.bin_dir.clone(),
            max_connections: settings.max_connections,
            start_timeout: Duration::from_secs(settings.start_timeout_seconds),
            stop_timeout: Duration::from_secs(settings.stop_timeout_seconds),
            durable: true,
        }
    }
}

/// What the private PostgreSQL does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterState {
    /// It is made or started for the first time.
    Starting,
    /// It takes connections.
    Running,
    /// It ended unasked and is being started again.
    Down {
        /// How many times since it last ran for long.
        attempt: u32,
    },
    /// It has ended and stays so.
    Stopped,
}

/// A running private PostgreSQL. Dropping it stops PostgreSQL without waiting;
/// [`Cluster::stop`] waits.
#[derive(Debug)]
pub struct Cluster {
    prepared: Prepared,
    stop: Sender<()>,
    state: watch::Receiver<ClusterState>,
}

impl Cluster {
    /// Makes the cluster where there is none, starts it, and makes its database.
    ///
    /// Dropping the future stops what was started.
    ///
    /// # Errors
    /// [`ClusterError`]; its hint says what to do.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let (stop, stop_wish) = std::sync::mpsc::channel();
        let (state_sender, state) = watch::channel(ClusterState::Starting);
        let (started_sender, started) = oneshot::channel();
        let supervisor = Supervisor::new(options, stop_wish, state_sender);
        std::thread::Builder::new()
            .name("postgres".into())
            .spawn(move || supervisor.run(started_sender))
            .map_err(ClusterError::io(
                "start a thread for",
                Path::new("PostgreSQL"),
            ))?;
        let prepared = started.await.map_err(|_| ClusterError::Abandoned)??;
        let cluster = Self {
            prepared,
            stop,
            state,
        };
        store::make_database(&cluster.url_of("postgres")).await?;
        Ok(cluster)
    }

    /// The address of its database for its owner, who may do everything.
    #[must_use]
    pub fn url(&self) -> Secret {
        self.url_of(ROLE)
    }

    /// The address of its database for the server, which may do what the schema's roles may.
    #[must_use]
    pub fn server_url(&self) -> Secret {
        address(&self.prepared.socket_folder, SERVER_ROLE, ROLE)
    }

    /// Its address for a database of another name.
    #[must_use]
    pub fn url_of(&self, database: &str) -> Secret {
        address(&self.prepared.socket_folder, ROLE, database)
    }

    /// The folder of its binaries, `pg_dump` among them.
    #[must_use]
    pub fn bin_dir(&self) -> &Path {
        &self.prepared.binaries.folder
    }

    /// Its major version.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.prepared.binaries.version
    }

    /// What it does now and from now on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<ClusterState> {
        self.state.clone()
    }

    /// Stops it orderly and waits until it has ended, at most the stop timeout and a little.
    pub async fn stop(self) {
        let Self {
            stop, mut state, ..
        } = self;
        drop(stop);
        // An error means that the thread has ended, and PostgreSQL with it.
        if state
            .wait_for(|state| *state == ClusterState::Stopped)
            .await
            .is_ok()
        {
            tracing::info!("the private PostgreSQL has stopped");
        }
    }
}

fn address(socket_folder: &Path, role: &str, database: &str) -> Secret {
    let folder = percent_encode(socket_folder.as_os_str().as_encoded_bytes(), OUTSIDE_PATHS);
    let database = utf8_percent_encode(database, OUTSIDE_PATHS);
    format!("postgres://{role}@localhost/{database}?host={folder}&sslmode=disable").into()
}
