//! Everything before PostgreSQL runs: the folder, the lock, the account, the binaries, the cluster.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown};
use std::path::PathBuf;

use crate::account::{Account, last_lines};
use crate::binaries::{Binaries, Places};
use crate::config::{self, Tuning};
use crate::folder::{FolderLock, Layout};
use crate::{ClusterError, ClusterOptions, ROLE};

/// What a start found out.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    pub(crate) layout: Layout,
    pub(crate) account: Account,
    pub(crate) binaries: Binaries,
    pub(crate) socket_folder: PathBuf,
}

impl Prepared {
    /// Makes what is missing. The lock is held for as long as the caller keeps it.
    pub(crate) fn make(options: &ClusterOptions) -> Result<(Self, FolderLock), ClusterError> {
        let layout = Layout::open(&options.data_dir)?;
        let lock = FolderLock::take(&layout.data)?;
        let account = Account::choose(layout.owner(), &layout.cluster)?;
        account.probe(&layout.data)?;
        let binaries = Places::of_this_machine(options.bin_dir.as_deref())
            .choose(&layout.cluster, layout.version()?)?;
        let socket_folder = layout.socket_folder(&account)?;
        let prepared = Self {
            layout,
            account,
            binaries,
            socket_folder,
        };
        if !prepared.layout.cluster.exists() {
            prepared.make_cluster(options.durable)?;
        }
        prepared.write_config(options)?;
        tracing::info!(
            cluster.version = prepared.binaries.version,
            cluster.binaries = %prepared.binaries.folder.display(),
            cluster.folder = %prepared.layout.cluster.display(),
            cluster.socket_folder = %prepared.socket_folder.display(),
            "starting the private PostgreSQL"
        );
        Ok((prepared, lock))
    }

    fn make_cluster(&self, durable: bool) -> Result<(), ClusterError> {
        let Layout {
            data,
            cluster,
            unfinished,
            ..
        } = &self.layout;
        match fs::remove_dir_all(unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(ClusterError::io("remove", unfinished)(error));
            }
            _ => {}
        }
        DirBuilder::new()
            .mode(0o700)
            .create(unfinished)
            .map_err(ClusterError::io("create", unfinished))?;
        if self.account.switch {
            chown(unfinished, Some(self.account.uid), Some(self.account.gid))
                .map_err(ClusterError::io("change the owner of", unfinished))?;
        }
        let mut initdb = self
            .account
            .command(self.binaries.folder.join("initdb"), "KILL");
        initdb.arg("-D").arg(unfinished).args([
            "-U",
            ROLE,
            "--encoding=UTF8",
            // Bytes compare fast and the same everywhere; letters still know their case.
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
            "--data-checksums",
            // Who reaches the socket is decided by its 0700 folder.
            "--auth-local=trust",
            "--auth-host=reject",
            "--no-instructions",
        ]);
        if !durable {
            initdb.arg("--no-sync");
        }
        let made = initdb
            .output()
            .map_err(|_| ClusterError::MissingTool("setpriv"))?;
        if !made.status.success() {
            let output = last_lines(&String::from_utf8_lossy(&made.stderr), 6);
            return Err(ClusterError::Program {
                program: "initdb",
                output,
            });
        }
        fs::rename(unfinished, cluster)
            .and_then(|()| File::open(data)?.sync_all())
            .map_err(ClusterError::io("rename", unfinished))
    }

    fn write_config(&self, options: &ClusterOptions) -> Result<(), ClusterError> {
        let tuning = Tuning {
            max_connections: options.max_connections,
            memory_mb: config::memory_mb(),
            durable: options.durable,
        };
        let path = &self.layout.config;
        File::create(path)
            .and_then(|mut file| {
                file.set_permissions(Permissions::from_mode(0o644))?;
                file.write_all(config::text(&tuning, &self.socket_folder).as_bytes())
            })
            .map_err(ClusterError::io("write", path))
    }
}
