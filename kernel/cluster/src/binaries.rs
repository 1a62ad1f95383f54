//! Which installed PostgreSQL runs the cluster.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regia_store::external::OLDEST_VERSION;

use crate::ClusterError;

/// Debian and Ubuntu keep every version beside the others here, outside `PATH`.
const DEBIAN_ROOT: &str = "/usr/lib/postgresql";

/// A folder with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binaries {
    pub(crate) folder: PathBuf,
    pub(crate) version: u32,
}

/// The order of search: the setting alone when there is one, else Debian's folders, then `PATH`.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    pub(crate) setting: Option<&'a Path>,
    pub(crate) debian_root: &'a Path,
    pub(crate) path: OsString,
}

impl<'a> Places<'a> {
    pub(crate) fn of_this_machine(setting: Option<&'a Path>) -> Self {
        Self {
            setting,
            debian_root: Path::new(DEBIAN_ROOT),
            path: search_path(),
        }
    }

    /// The newest fitting version, or exactly `needed`, the one that made the cluster's `folder`.
    pub(crate) fn choose(
        &self,
        folder: &Path,
        needed: Option<u32>,
    ) -> Result<Binaries, ClusterError> {
        let found = self.found();
        let Some(newest) = found.first() else {
            return Err(match self.setting {
                Some(setting) => ClusterError::NotInSetting(setting.to_owned()),
                None => ClusterError::NotInstalled,
            });
        };
        let wanted = needed.unwrap_or(newest.version);
        let Some(chosen) = found.iter().find(|binaries| binaries.version == wanted) else {
            let installed = found.iter().map(|binaries| binaries.version).collect();
            let folder = folder.to_owned();
            return Err(ClusterError::WrongVersion {
                folder,
                needed: wanted,
                installed,
            });
        };
        if wanted < OLDEST_VERSION {
            return Err(ClusterError::TooOld { newest: wanted });
        }
        Ok(chosen.clone())
    }

    /// Newest first, one of each version, in the order of search.
    fn found(&self) -> Vec<Binaries> {
        if let Some(setting) = self.setting {
            return inspect(setting.to_owned()).into_iter().collect();
        }
        let debian = fs::read_dir(self.debian_root)
            .into_iter()
            .flatten()
            .flatten();
        let mut found: Vec<Binaries> = debian
            .map(|entry| entry.path().join("bin"))
            .chain(std::env::split_paths(&self.path))
            .filter_map(inspect)
            .collect();
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.version));
        found.dedup_by_key(|binaries| binaries.version);
        found
    }
}

/// Where programs are looked for; children get nothing else of our environment, which may hold
/// secrets.
pub(crate) fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin:/usr/sbin:/sbin".into())
}

fn inspect(folder: PathBuf) -> Option<Binaries> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let answer = Command::new(folder.join("postgres"))
        .arg("--version")
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let version = version_of(&String::from_utf8_lossy(&answer.stdout))?;
    Some(Binaries { folder, version })
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version_of(answer: &str) -> Option<u32> {
    let (_, version) = answer.split_once("(PostgreSQL) ")?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_every_kind_of_answer() {
        for (answer, version) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18beta1\n", Some(18)),
            ("postgres (PostgreSQL) 17devel", Some(17)),
            ("postgres (EnterpriseDB) 9", None),
            ("", None),
        ] {
            assert_eq!(version_of(answer), version, "{answer}");
        }
    }

    /// Written by a child: a file that this process has open for writing may be inherited by
    /// another test's child at that moment, and then does not execute.
    fn install(folder: &Path, version: &str) {
        let program = format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
        let write = r#"mkdir -p "$1" && cd "$1" && printf %s "$2" | tee postgres >initdb &&
            chmod 755 postgres initdb"#;
        let status = Command::new("sh")
            .args(["-c", write, "sh"])
            .arg(folder)
            .arg(program)
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn the_binaries_fit_the_folder_and_else_are_the_newest() {
        let machine = tempfile::tempdir().unwrap();
        let root = machine.path().join("debian");
        install(&root.join("15/bin"), "15.2");
        install(&root.join("17/bin"), "17.1");
        let path = machine.path().join("path");
        install(&path, "16.4");
        let places = Places {
            setting: None,
            debian_root: &root,
            path: path.as_os_str().to_owned(),
        };
        let folder = Path::new("/data/postgres");

        for (needed, chosen) in [(None, 17), (Some(15), 15), (Some(16), 16)] {
            assert_eq!(places.choose(folder, needed).unwrap().version, chosen);
        }
        let missing = places.choose(folder, Some(18)).unwrap_err();
        assert_eq!(
            missing.to_string(),
            "/data/postgres was made by PostgreSQL 18, and this machine has 17, 16, 15"
        );
        assert!(missing.hint().contains("postgresql-18"));
    }

    #[test]
    fn the_setting_is_the_only_place_when_there_is_one() {
        let machine = tempfile::tempdir().unwrap();
        let root = machine.path().join("debian");
        install(&root.join("17/bin"), "17.1");
        let own = machine.path().join("own");
        let places = Places {
            setting: Some(&own),
            debian_root: &root,
            path: OsString::new(),
        };
        let error = places.choose(Path::new("/d"), None).unwrap_err();
        assert!(error.to_string().contains("database.bin_dir"), "{error}");
        install(&own, "16.0");
        assert_eq!(places.choose(Path::new("/d"), None).unwrap().folder, own);
    }

    #[test]
    fn nothing_or_only_old_versions_installed_is_said() {
        let machine = tempfile::tempdir().unwrap();
        let places = Places {
            setting: None,
            debian_root: machine.path(),
            path: OsString::from("/nowhere"),
        };
        let error = places.choose(Path::new("/d"), None).unwrap_err();
        assert_eq!(error.to_string(), "PostgreSQL is not installed");
        assert!(error.hint().contains("apt-get install postgresql"));
        install(&machine.path().join("13/bin"), "13.9");
        let error = places.choose(Path::new("/d"), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "PostgreSQL 13 is installed, and 15 or newer is needed"
        );
    }
}
