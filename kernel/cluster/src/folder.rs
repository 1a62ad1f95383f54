//! The data folder: what lies where, who holds it, and where the socket goes.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::ClusterError;
use crate::account::Account;

/// `sun_path` holds 108 bytes with its zero (unix(7)); PostgreSQL adds `/.s.PGSQL.5432`, and
/// `.lock` to the file beside it.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432".len();

/// The paths below one data folder.
///
/// Root writes only where root owns the parent: a file in the account's own folder could be a link
/// that the account made.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) data: PathBuf,
    /// PostgreSQL's own folder, the account's.
    pub(crate) cluster: PathBuf,
    /// Where initdb works; becomes `cluster` by one rename, so that half a cluster never counts.
    pub(crate) unfinished: PathBuf,
    pub(crate) config: PathBuf,
    pub(crate) start_log: PathBuf,
}

impl Layout {
    /// Makes the folder when it is missing, and its path absolute.
    pub(crate) fn open(data: &Path) -> Result<Self, ClusterError> {
        if !data.exists() {
            fs::create_dir_all(data).map_err(ClusterError::io("create", data))?;
            // As root another account has to pass through; it need not look around.
            let mode = if rustix::process::geteuid().is_root() {
                0o711
            } else {
                0o700
            };
            fs::set_permissions(data, Permissions::from_mode(mode))
                .map_err(ClusterError::io("set permissions of", data))?;
        }
        let data = fs::canonicalize(data).map_err(ClusterError::io("open", data))?;
        Ok(Self {
            cluster: data.join("postgres"),
            unfinished: data.join("postgres.new"),
            config: data.join("postgres.conf"),
            start_log: data.join("postgres-start.log"),
            data,
        })
    }

    /// Who owns the cluster (user, group), when there is one.
    pub(crate) fn owner(&self) -> Option<(u32, u32)> {
        fs::metadata(&self.cluster)
            .ok()
            .map(|folder| (folder.uid(), folder.gid()))
    }

    /// The version that made the cluster, when there is one.
    pub(crate) fn version(&self) -> Result<Option<u32>, ClusterError> {
        if !self.cluster.exists() {
            return Ok(None);
        }
        let path = self.cluster.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(ClusterError::io("read", &path))?;
        let major = text.trim().split('.').next().unwrap_or_default();
        Ok(Some(major.parse().unwrap_or_default()))
    }

    /// A folder for the socket that only the account can enter: in the data folder, or with a
    /// short name elsewhere when that path is too long for a socket.
    pub(crate) fn socket_folder(&self, account: &Account) -> Result<PathBuf, ClusterError> {
        let near = self.data.join("run");
        let folder = if near.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            near
        } else {
            let hash = blake3::hash(self.data.as_os_str().as_bytes()).to_hex();
            let name: String = hash.chars().take(16).collect();
            short_root(account).join(format!("regia-{name}"))
        };
        private_folder(&folder, account)?;
        Ok(folder)
    }
}

/// A folder with a short name in which others cannot put things in our way, or at least are found
/// out by [`private_folder`].
fn short_root(account: &Account) -> PathBuf {
    if account.switch {
        return PathBuf::from("/run");
    }
    let own = PathBuf::from(format!("/run/user/{}", account.uid));
    if own.is_dir() {
        own
    } else {
        PathBuf::from("/tmp")
    }
}

/// Makes a 0700 folder of the account's, or accepts one that is exactly that.
pub(crate) fn private_folder(folder: &Path, account: &Account) -> Result<(), ClusterError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) if account.switch => chown(folder, Some(account.uid), Some(account.gid))
            .map_err(ClusterError::io("change the owner of", folder))?,
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(ClusterError::io("create", folder)(error)),
    }
    let found = fs::symlink_metadata(folder).map_err(ClusterError::io("look at", folder))?;
    let refuse = |reason| ClusterError::SocketFolder {
        folder: folder.to_owned(),
        reason,
    };
    if !found.is_dir() {
        return Err(refuse("it is not a folder"));
    }
    if found.uid() != account.uid {
        return Err(refuse("it belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(refuse("other users may enter it"));
    }
    Ok(())
}

/// Holds a data folder for one server; the kernel lets go of it when the process ends, however
/// that happens.
#[derive(Debug)]
pub(crate) struct FolderLock(#[expect(dead_code, reason = "held, not read")] File);

impl FolderLock {
    pub(crate) fn take(data: &Path) -> Result<Self, ClusterError> {
        let path = data.join("lock");
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| refused(&path, data, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let read = file.read_to_string(&mut holder);
                if read.is_err() || holder.trim().is_empty() {
                    "unknown".clone_into(&mut holder);
                }
                let holder = holder.trim().to_owned();
                return Err(ClusterError::Locked {
                    folder: data.to_owned(),
                    holder,
                });
            }
            Err(fs::TryLockError::Error(error)) => {
                return Err(ClusterError::io("lock", &path)(error));
            }
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(ClusterError::io("write", &path))?;
        Ok(Self(file))
    }
}

/// A lock that may not be opened was made by another user, or lies in another user's folder.
fn refused(lock: &Path, data: &Path, error: std::io::Error) -> ClusterError {
    let folder = if lock.exists() { lock } else { data };
    match fs::metadata(folder) {
        Ok(found) if error.kind() == ErrorKind::PermissionDenied => ClusterError::ForeignFolder {
            folder: folder.to_owned(),
            owner: found.uid(),
            me: rustix::process::geteuid().as_raw(),
        },
        _ => ClusterError::io("open", lock)(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Account {
        Account {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            switch: false,
        }
    }

    #[test]
    fn a_folder_is_held_by_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let refused = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_long_path_gets_a_short_socket_folder_and_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let near = Layout::open(&folder.path().join("d")).unwrap();
        assert_eq!(near.socket_folder(&me()).unwrap(), near.data.join("run"));

        let far = Layout::open(&folder.path().join("d".repeat(120))).unwrap();
        let short = far.socket_folder(&me()).unwrap();
        assert!(short.as_os_str().len() <= LONGEST_SOCKET_FOLDER);
        assert_eq!(far.socket_folder(&me()).unwrap(), short);
        fs::remove_dir(short).unwrap();
    }

    #[test]
    fn a_folder_that_others_could_enter_is_no_socket_folder() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o755)).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path(), &link).unwrap();
        let foreign = Account {
            uid: me().uid + 1,
            ..me()
        };
        for (path, account, reason) in [
            (&open, me(), "other users may enter it"),
            (&link, me(), "it is not a folder"),
            (&open, foreign, "it belongs to another user"),
        ] {
            let error = private_folder(path, &account).unwrap_err().to_string();
            assert!(error.ends_with(reason), "{error}");
        }
    }
}
