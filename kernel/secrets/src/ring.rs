//! The secret key of the installation and the ones it replaced.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use regia_clock::Chance;

use crate::Secret;
use crate::key::{Derived, Key};

/// More is not a key but the wrong file.
const FILE_LIMIT_BYTES: u64 = 4096;

/// Why there is no secret key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the secret key file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Others on this machine may read the key.
    #[error(
        "the secret key file {path} can be read by others (mode {mode:o}); run: chmod 600 {path}"
    )]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not a key.
    #[error("{place} is not a secret key: 64 hexadecimal digits are needed (openssl rand -hex 32)")]
    NotAKey {
        /// Where the text came from.
        place: String,
    },
}

/// The secret key in use, and old ones that still open what they sealed.
#[derive(Clone)]
pub struct KeyRing {
    current: [u8; 32],
    old: Vec<[u8; 32]>,
}

impl KeyRing {
    /// Keys of 64 hexadecimal digits each.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] names the one that is none.
    pub fn from_hex(current: &Secret, old: &[Secret]) -> Result<Self, KeyError> {
        Ok(Self {
            current: parse(current.expose(), "secret_key")?,
            old: parse_old(old)?,
        })
    }

    /// Reads the key from a file, or makes the file (mode 0600, durable) with a fresh key.
    ///
    /// # Errors
    /// When the file cannot be read or made, is open to others, or holds something else.
    pub fn load_or_create(path: &Path, old: &[Secret], chance: &Chance) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        let current = match File::open(path) {
            Ok(file) => read(file, path)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key = chance.bytes::<32>();
                create(path, &key).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(Self {
            current,
            old: parse_old(old)?,
        })
    }

    /// Writes the current key to a file that does not exist yet (mode 0600, durable).
    ///
    /// # Errors
    /// When there is such a file already, or it cannot be made.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let failed = |source| KeyError::File {
            path: path.to_owned(),
            source,
        };
        match path.try_exists() {
            Ok(false) => create(path, &self.current).map_err(failed),
            Ok(true) => Err(failed(ErrorKind::AlreadyExists.into())),
            Err(error) => Err(failed(error)),
        }
    }

    /// A short name of the current key that tells nothing about it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.current)
    }

    /// The short names of the old keys.
    #[must_use]
    pub fn old_fingerprints(&self) -> Vec<String> {
        self.old.iter().map(fingerprint).collect()
    }

    /// The key for one purpose; different purposes have unrelated keys.
    #[must_use]
    pub fn derive(&self, purpose: &'static str) -> Key {
        let derive = |secret| Derived::new(secret, purpose);
        Key::new(derive(&self.current), self.old.iter().map(derive).collect())
    }

    /// The current key as 64 hexadecimal digits: for a backup, and nothing else.
    #[must_use]
    pub fn expose(&self) -> Secret {
        hex(&self.current).into()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({}, {} old)", self.fingerprint(), self.old.len())
    }
}

fn fingerprint(key: &[u8; 32]) -> String {
    let [a, b, c, d, e, f, g, h, ..] = blake3::derive_key("regia secret key fingerprint", key);
    format!("{:016x}", u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}

fn hex(key: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*key).to_hex().to_string()
}

fn parse(text: &str, place: &str) -> Result<[u8; 32], KeyError> {
    blake3::Hash::from_hex(text.trim())
        .map(|hash| *hash.as_bytes())
        .map_err(|_| KeyError::NotAKey {
            place: place.to_owned(),
        })
}

fn parse_old(old: &[Secret]) -> Result<Vec<[u8; 32]>, KeyError> {
    (1..)
        .zip(old)
        .map(|(n, key)| parse(key.expose(), &format!("old secret key {n}")))
        .collect()
}

fn read(file: File, path: &Path) -> Result<[u8; 32], KeyError> {
    let failed = |source| KeyError::File {
        path: path.to_owned(),
        source,
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = String::new();
    file.take(FILE_LIMIT_BYTES)
        .read_to_string(&mut text)
        .map_err(failed)?;
    parse(&text, &path.display().to_string())
}

/// Written beside and renamed, so that a crash leaves a whole key or none.
fn create(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    if let Err(error) = std::fs::remove_file(&fresh)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)?;
    file.write_all(format!("{}\n", hex(key)).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{Permissions, read_to_string, set_permissions, write};

    #[test]
    fn the_first_start_makes_a_key_only_its_owner_reads_and_the_next_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret_key");
        write(path.with_extension("new"), "left by a crash").unwrap();
        let made = KeyRing::load_or_create(&path, &[], &Chance::from_system()).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            read_to_string(&path).unwrap().trim(),
            made.expose().expose()
        );
        let found = KeyRing::load_or_create(&path, &[], &Chance::from_system()).unwrap();
        assert_eq!(found.fingerprint(), made.fingerprint());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(made.save(&path).is_err());
        made.save(&folder.path().join("copy")).unwrap();
        assert_eq!(
            read_to_string(folder.path().join("copy")).unwrap(),
            read_to_string(&path).unwrap()
        );
    }

    #[test]
    fn an_open_or_spoilt_file_is_refused_with_the_next_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret_key");
        for (mode, text, reason) in [
            (0o640, "ab".repeat(32), "chmod 600"),
            (0o604, "ab".repeat(32), "chmod 600"),
            (0o600, "ab".repeat(31), "openssl rand"),
            (0o600, String::new(), "openssl rand"),
        ] {
            write(&path, text).unwrap();
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let error = KeyRing::load_or_create(&path, &[], &Chance::seeded(1)).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
        let nowhere = folder.path().join("missing/secret_key");
        let error = KeyRing::load_or_create(&nowhere, &[], &Chance::seeded(1)).unwrap_err();
        assert!(matches!(error, KeyError::File { .. }), "{error}");
    }

    #[test]
    fn listed_keys_carry_what_was_sealed_across_a_rotation() {
        let (a, b) = (Secret::from("aa".repeat(32)), Secret::from("bb".repeat(32)));
        let before = KeyRing::from_hex(&a, &[]).unwrap();
        let after = KeyRing::from_hex(&b, std::slice::from_ref(&a)).unwrap();
        let sealed = before.derive("test").seal(b"text", b"", &Chance::seeded(1));
        assert_eq!(after.derive("test").open(&sealed, b"").unwrap(), b"text");
        assert!(after.derive("other").open(&sealed, b"").is_err());
        assert_eq!(after.old_fingerprints(), [before.fingerprint()]);
        assert_ne!(after.fingerprint(), before.fingerprint());
        let error = KeyRing::from_hex(&b, &[a, Secret::from("zz")]).unwrap_err();
        assert!(
            error.to_string().starts_with("old secret key 2 is not"),
            "{error}"
        );
        assert!(!format!("{after:?}").contains("bbbb"));
    }
}
