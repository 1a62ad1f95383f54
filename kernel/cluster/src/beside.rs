//! What a command needs that works beside a server, such as a backup: PostgreSQL's programs, and
//! the way to a private PostgreSQL that another process runs.

use std::path::{Path, PathBuf};

use regia_secrets::Secret;

use crate::account::Account;
use crate::binaries::{Binaries, Places};
use crate::folder::{FolderLock, Layout};
use crate::{ClusterError, ClusterOptions, ROLE, address};

/// A folder with PostgreSQL's programs (`postgres`, `pg_dump`, …) of one version.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Where they are.
    pub folder: PathBuf,
    /// Their major version.
    pub version: u32,
}

impl Programs {
    /// The newest installed ones, or those of the setting.
    ///
    /// # Errors
    /// [`ClusterError::NotInstalled`], [`ClusterError::NotInSetting`], [`ClusterError::TooOld`].
    pub fn newest(bin_dir: Option<&Path>) -> Result<Self, ClusterError> {
        Places::of_this_machine(bin_dir)
            .choose(Path::new(""), None)
            .map(Self::from)
    }

    /// Those that fit the cluster in a data folder; the newest where there is none yet.
    ///
    /// # Errors
    /// The same, and [`ClusterError::WrongVersion`].
    pub fn fitting(options: &ClusterOptions) -> Result<Self, ClusterError> {
        match options.data_dir.exists() {
            false => Self::newest(options.bin_dir.as_deref()),
            true => fitting(options, &Layout::open(&options.data_dir)?),
        }
    }
}

impl From<Binaries> for Programs {
    fn from(binaries: Binaries) -> Self {
        Self {
            folder: binaries.folder,
            version: binaries.version,
        }
    }
}

/// The private PostgreSQL that another process runs.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// The address of its database.
    pub url: Secret,
    /// Its programs.
    pub programs: Programs,
}

impl Neighbour {
    /// The way to the cluster of a data folder that another server holds
    /// ([`ClusterError::Locked`]).
    ///
    /// # Errors
    /// [`ClusterError`] when the folder cannot be read or its programs are gone.
    pub fn of(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let layout = Layout::open(&options.data_dir)?;
        let account = Account::choose(layout.owner(), &layout.cluster)?;
        let socket_folder = layout.socket_folder(&account)?;
        Ok(Self {
            url: address(&socket_folder, ROLE, ROLE),
            programs: fitting(options, &layout)?,
        })
    }
}

fn fitting(options: &ClusterOptions, layout: &Layout) -> Result<Programs, ClusterError> {
    Places::of_this_machine(options.bin_dir.as_deref())
        .choose(&layout.cluster, layout.version()?)
        .map(Programs::from)
}

/// The process number of the server that holds a data folder, when one does.
///
/// # Errors
/// [`ClusterError::Io`] when the folder cannot be looked at.
pub fn holder(data_dir: &Path) -> Result<Option<String>, ClusterError> {
    if !data_dir.exists() {
        return Ok(None);
    }
    match FolderLock::take(data_dir) {
        Ok(_let_go_at_once) => Ok(None),
        Err(ClusterError::Locked { holder, .. }) => Ok(Some(holder)),
        Err(error) => Err(error),
    }
}
