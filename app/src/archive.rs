//! The file that a backup is: a tar of a manifest, the secret key and a dump of the database, in
//! this order, so that a restore can read it in one pass.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use regia_secrets::{KeyRing, Secret};
use serde::{Deserialize, Serialize};
use tar::{Archive, Builder, Header};

/// Another layout takes another number.
const FORMAT: u32 = 1;
const MANIFEST: &str = "regia-backup.json";
const KEY: &str = "secret_key";
const DUMP: &str = "database.dump";
/// The small entries are shorter; more is not ours.
const SMALL_ENTRY_BYTES: u64 = 64 * 1024;

/// What a backup says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    format: u32,
    /// The version of the server that made it.
    pub regia_version: String,
    /// When, RFC 3339.
    pub made_at: String,
    /// The major version of PostgreSQL whose `pg_dump` made the dump.
    pub postgres_version: u32,
    /// Names the key without telling it.
    pub key_fingerprint: String,
}

impl Manifest {
    pub(crate) fn new(made_at: String, postgres_version: u32, keys: &KeyRing) -> Self {
        Self {
            format: FORMAT,
            regia_version: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            postgres_version,
            key_fingerprint: keys.fingerprint(),
        }
    }
}

/// Writes a backup that only its owner can read; the file appears when it is whole.
///
/// `dump` writes the database's dump.
pub(crate) fn write(
    path: &Path,
    manifest: &Manifest,
    keys: &KeyRing,
    dump: impl FnOnce(&mut dyn io::Write) -> anyhow::Result<()>,
) -> anyhow::Result<u64> {
    ensure!(
        !path.exists(),
        "{} exists already; choose another name",
        path.display()
    );
    let partial = Partial::create(path)?;
    let mut tar = Builder::new(&partial.file);
    add(&mut tar, MANIFEST, &serde_json::to_vec_pretty(manifest)?)?;
    add(&mut tar, KEY, keys.expose().expose().as_bytes())?;
    // The size is known at the end only; the writer goes back and fills it in.
    let mut header = header();
    let mut entry = tar.append_writer(&mut header, DUMP)?;
    dump(&mut entry)?;
    entry.finish()?;
    tar.finish()?;
    drop(tar);
    partial.complete(path)
}

fn add(tar: &mut Builder<&File>, name: &str, content: &[u8]) -> io::Result<()> {
    let mut header = header();
    header.set_size(content.len() as u64);
    tar.append_data(&mut header, name, content)
}

fn header() -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(0o600);
    header
}

/// A file under another name, removed unless it is completed.
struct Partial {
    file: File,
    path: PathBuf,
    complete: bool,
}

impl Partial {
    fn create(of: &Path) -> anyhow::Result<Self> {
        let mut name = of.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self {
            file,
            path,
            complete: false,
        })
    }

    fn complete(mut self, path: &Path) -> anyhow::Result<u64> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)?;
        self.complete = true;
        Ok(self.file.metadata()?.len())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.complete && std::fs::remove_file(&self.path).is_err() {
            tracing::warn!(file.path = %self.path.display(), "an unfinished backup stays behind");
        }
    }
}

/// Reads a backup: `prepare` gets the manifest and the key and may refuse, then `load` gets the
/// dump.
pub(crate) fn read<T>(
    path: &Path,
    prepare: impl FnOnce(&Manifest, KeyRing) -> anyhow::Result<T>,
    load: impl FnOnce(T, &mut dyn Read) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let refuse = || format!("{} is not a whole backup", path.display());
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    check_whole(&file).with_context(refuse)?;
    let mut archive = Archive::new(io::BufReader::new(file));
    let mut entries = archive.entries()?;
    let manifest = small(entries.next(), MANIFEST).with_context(refuse)?;
    let manifest: Manifest = serde_json::from_str(&manifest).with_context(refuse)?;
    ensure!(
        manifest.format == FORMAT,
        "{} has format {}, and this server reads {FORMAT}; use the version that made it ({})",
        path.display(),
        manifest.format,
        manifest.regia_version
    );
    let key = Secret::from(small(entries.next(), KEY).with_context(refuse)?);
    let keys = KeyRing::from_hex(&key, &[]).with_context(refuse)?;
    ensure!(
        keys.fingerprint() == manifest.key_fingerprint,
        "{}: it holds another key",
        refuse()
    );
    let prepared = prepare(&manifest, keys)?;
    let mut dump = named(entries.next(), DUMP).with_context(refuse)?;
    load(prepared, &mut dump)
}

/// Refuses a cut file before anything is made from it: the last entry's end and the end mark (two
/// blocks) must be there.
fn check_whole(mut file: &File) -> anyhow::Result<()> {
    const BLOCK: u64 = 512;
    let mut end = 0;
    for entry in Archive::new(file).entries_with_seek()? {
        let entry = entry?;
        end = entry.raw_file_position() + entry.size().next_multiple_of(BLOCK);
    }
    ensure!(
        end > 0 && file.metadata()?.len() >= end + 2 * BLOCK,
        "it was cut off"
    );
    Ok(file.rewind()?)
}

type Entry<'a> = tar::Entry<'a, io::BufReader<File>>;

fn small(entry: Option<io::Result<Entry<'_>>>, name: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    named(entry, name)?
        .take(SMALL_ENTRY_BYTES)
        .read_to_string(&mut text)?;
    Ok(text)
}

fn named<'a>(entry: Option<io::Result<Entry<'a>>>, name: &str) -> anyhow::Result<Entry<'a>> {
    let Some(entry) = entry.transpose()? else {
        bail!("{name} is missing")
    };
    ensure!(entry.path_bytes() == name.as_bytes(), "{name} is missing");
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn keys(byte: &str) -> KeyRing {
        KeyRing::from_hex(&Secret::from(byte.repeat(32)), &[]).unwrap()
    }

    fn back_up(path: &Path, format: u32) -> anyhow::Result<u64> {
        let manifest = Manifest {
            format,
            ..Manifest::new("now".into(), 15, &keys("ab"))
        };
        write(path, &manifest, &keys("ab"), |to| {
            Ok(to.write_all(&[7; 100_000])?)
        })
    }

    fn restore(path: &Path) -> anyhow::Result<usize> {
        let mut dump = Vec::new();
        let check = |manifest: &Manifest, found: KeyRing| {
            assert_eq!(found.fingerprint(), keys("ab").fingerprint());
            assert_eq!(manifest.postgres_version, 15);
            Ok(())
        };
        read(path, check, |(), from| {
            from.read_to_end(&mut dump)?;
            Ok(())
        })?;
        assert!(dump.iter().all(|byte| *byte == 7));
        Ok(dump.len())
    }

    #[test]
    fn what_was_backed_up_comes_back_and_only_the_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let bytes = back_up(&path, FORMAT).unwrap();
        let found = path.metadata().unwrap();
        assert_eq!(
            (found.len(), found.permissions().mode() & 0o777),
            (bytes, 0o600)
        );
        assert_eq!(restore(&path).unwrap(), 100_000);
        let again = back_up(&path, FORMAT).unwrap_err().to_string();
        assert!(again.contains("exists already"), "{again}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_backup_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let manifest = Manifest::new("now".into(), 15, &keys("ab"));
        write(&path, &manifest, &keys("ab"), |_| bail!("pg_dump failed")).unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_cut_foreign_or_newer_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        back_up(&path, 2).unwrap();
        let newer = restore(&path).unwrap_err().to_string();
        assert!(newer.contains("has format 2"), "{newer}");
        for length in [0, 100, 600, 1700, 3000, 101_000, 102_912] {
            std::fs::remove_file(&path).unwrap();
            back_up(&path, FORMAT).unwrap();
            OpenOptions::new()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(length)
                .unwrap();
            assert!(restore(&path).is_err(), "cut at {length}");
        }
        std::fs::write(&path, [1; 4096]).unwrap();
        assert!(restore(&path).is_err());
    }
}
