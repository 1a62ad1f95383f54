//! Why the private PostgreSQL does not run, each with the next step.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use regia_fault::{Category, Fault};
use regia_store::StoreError;
use regia_store::external::OLDEST_VERSION;
use thiserror::Error;

/// Why the private PostgreSQL does not run.
#[derive(Debug, Error)]
pub enum ClusterError {
    /// No binaries anywhere.
    #[error("PostgreSQL is not installed")]
    NotInstalled,
    /// The folder of the setting has no binaries.
    #[error("{} (database.bin_dir) holds no postgres and initdb that run", .0.display())]
    NotInSetting(PathBuf),
    /// Only versions that miss what the schema needs.
    #[error(
        "PostgreSQL {newest} is installed, and {} or newer is needed",
        OLDEST_VERSION
    )]
    TooOld {
        /// The newest one found.
        newest: u32,
    },
    /// The data folder belongs to a version that is not installed.
    #[error("{} was made by PostgreSQL {needed}, and this machine has {}", folder.display(), list(installed))]
    WrongVersion {
        /// The cluster's folder.
        folder: PathBuf,
        /// Its `PG_VERSION`.
        needed: u32,
        /// What was found.
        installed: Vec<u32>,
    },
    /// A program that starts PostgreSQL is missing.
    #[error("the program {0} is missing")]
    MissingTool(&'static str),
    /// Running as root without an account to drop to.
    #[error(
        "PostgreSQL refuses to run as root, and there is no user {}",
        crate::account::NAME
    )]
    NoAccount,
    /// The account cannot enter the data folder.
    #[error("user {account} cannot enter {}, which holds the data folder {}", by.display(), folder.display())]
    Blocked {
        /// The data folder.
        folder: PathBuf,
        /// The first folder on the way that cannot be entered.
        by: PathBuf,
        /// The account's number or name.
        account: String,
    },
    /// The folder was made by another user.
    #[error("{} belongs to user {owner}, and this server runs as user {me}", folder.display())]
    ForeignFolder {
        /// The folder in question.
        folder: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Our number.
        me: u32,
    },
    /// Another server holds the folder.
    #[error("another server (process {holder}) runs on the data folder {}", folder.display())]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// The process that holds it, as it wrote it down.
        holder: String,
    },
    /// An earlier PostgreSQL of this folder does not end.
    #[error("an earlier PostgreSQL of {} does not end (processes {})", folder.display(), list(pids))]
    StillRunning {
        /// The cluster's folder.
        folder: PathBuf,
        /// Its processes.
        pids: Vec<u32>,
    },
    /// A folder for the socket is not safe to use.
    #[error("{} cannot hold the database's socket: {reason}", folder.display())]
    SocketFolder {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file or folder operation failed.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A helper program failed.
    #[error("{program} failed: {output}")]
    Program {
        /// Its name.
        program: &'static str,
        /// The end of what it printed.
        output: String,
    },
    /// PostgreSQL ended before it was ready.
    #[error("PostgreSQL ended while it started: {0}")]
    Died(String),
    /// PostgreSQL was not ready in time.
    #[error("PostgreSQL was not ready within {} seconds", .0.as_secs())]
    Slow(Duration),
    /// The start was given up, or the supervising thread ended.
    #[error("the start of PostgreSQL was abandoned")]
    Abandoned,
    /// The database inside could not be made.
    #[error("the private PostgreSQL runs and its database cannot be made")]
    Store(#[from] StoreError),
}

impl ClusterError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(&self) -> Cow<'static, str> {
        match self {
            Self::NotInstalled | Self::TooOld { .. } => "install it (Debian, Ubuntu: apt-get \
                install postgresql; Fedora: dnf install postgresql-server), or name a server in \
                database.url"
                .into(),
            Self::NotInSetting(_) => {
                "name the folder that holds them, or remove the setting to have it found".into()
            }
            Self::WrongVersion { needed, .. } => {
                format!("install postgresql-{needed} beside it; the data stays as it is").into()
            }
            Self::MissingTool(_) => "install util-linux".into(),
            Self::NoAccount => format!(
                "create it (useradd --system {}), or run the server as an ordinary user",
                crate::account::NAME
            )
            .into(),
            Self::Blocked { by, .. } => format!(
                "choose another data folder, for example /var/lib/regia, or let others pass \
                 (chmod o+x {})",
                by.display()
            )
            .into(),
            Self::ForeignFolder { .. } => {
                "start the server as the user that made it, give it back to that user (chown -R), or \
                 choose another folder"
                    .into()
            }
            Self::Locked { .. } => "stop that server, or choose another data folder".into(),
            Self::StillRunning { .. } => "end these processes, then start again".into(),
            Self::SocketFolder { .. } => "remove it, or choose a shorter data folder".into(),
            Self::Io { .. } | Self::Program { .. } | Self::Store(_) => {
                "look at the cause, then start again".into()
            }
            Self::Died(_) | Self::Slow(_) => {
                "look into postgres-start.log and postgres/log in the data folder".into()
            }
            Self::Abandoned => "start again".into(),
        }
    }
}

impl From<ClusterError> for Fault {
    fn from(error: ClusterError) -> Self {
        let (message, hint) = (error.to_string(), error.hint());
        Self::new(Category::Unavailable, "store.cluster", message)
            .hint(hint)
            .because(error)
    }
}

fn list(numbers: &[u32]) -> String {
    numbers
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
