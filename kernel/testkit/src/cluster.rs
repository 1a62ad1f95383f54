//! A PostgreSQL cluster for one test run, fast because it forgets everything in a power cut.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use regia_cluster::{Cluster, ClusterError, ClusterOptions};
use regia_secrets::Secret;
use regia_store::StoreSettings;
use tempfile::TempDir;

/// Begins the name of every folder that such a cluster makes.
const PREFIX: &str = "regia-test-";

/// Tests run side by side, each with a pool of its own.
const MAX_CONNECTIONS: u32 = 300;

/// A younger folder is left alone whatever it looks like.
const YOUNG: Duration = Duration::from_secs(60);

/// A cluster in a temporary folder, without fsync.
#[derive(Debug)]
pub struct ThrowawayCluster {
    cluster: Cluster,
    folder: TempDir,
}

impl ThrowawayCluster {
    /// Starts one, after removing what killed runs left behind.
    ///
    /// # Errors
    /// As [`Cluster::start`].
    pub async fn start() -> Result<Self, ClusterError> {
        sweep(&std::env::temp_dir());
        let folder = folder();
        let mut options = ClusterOptions::new(folder.path(), &StoreSettings::default());
        options.max_connections = MAX_CONNECTIONS;
        options.durable = false;
        let cluster = Cluster::start(options).await?;
        Ok(Self { cluster, folder })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> Secret {
        self.cluster.url()
    }

    /// Stops it and removes its folder.
    ///
    /// # Errors
    /// When the folder cannot be removed.
    pub async fn stop(self) -> std::io::Result<()> {
        self.cluster.stop().await;
        self.folder.close()
    }
}

/// A temporary folder that PostgreSQL's account can pass through when the tests run as root; a data
/// folder for tests of a cluster's life.
///
/// # Panics
/// When none can be made.
#[must_use]
pub fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(Permissions::from_mode(0o711))
        .tempdir()
        .unwrap_or_else(|error| panic!("no temporary folder can be made: {error}"))
}

/// Removes the folders of clusters whose process was killed: nobody holds their lock any more.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        if is_abandoned(&entry.path())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            // Somebody else's, or swept by another run at the same moment.
            drop(error);
        }
    }
}

/// A folder without a lock, or with a new one, may be one that another run is just making.
fn is_abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join("lock")) else {
        return false;
    };
    let age = lock.metadata().and_then(|file| file.modified()).ok();
    let age = age.and_then(|modified| modified.elapsed().ok());
    age.is_some_and(|age| age > YOUNG) && lock.try_lock().is_ok()
}
