//! Argon2id on threads of its own, a bounded number at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use regia_access::AccessError;
use regia_clock::Chance;
use regia_credentials::LONGEST_PASSWORD_BYTES;
use regia_secrets::Secret;
use tokio::sync::Semaphore;

/// OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// Checks that run at once; each takes a core for some 30 ms and 19 MiB.
const AT_ONCE: usize = 2;
/// Checks that wait or run; the next caller is turned away.
const WAITING: usize = 32;

/// Hashes passwords, and checks them. Clones share what runs at once.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    chance: Chance,
    /// Of a password that nobody knows: an unknown user costs the same work as a known one.
    nobody: Arc<str>,
}

/// One of those who wait or run.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Passwords {
    /// Takes the time of one hash.
    pub(crate) fn new(chance: Chance) -> Result<Self, AccessError> {
        let nobody = hash(&chance.secret(32).into(), &chance.bytes())?.into();
        Ok(Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::default(),
            chance,
            nobody,
        })
    }

    /// What is stored of a password.
    ///
    /// # Errors
    /// [`AccessError::Overloaded`], [`AccessError::Hashing`].
    pub async fn hash(&self, password: &Secret) -> Result<String, AccessError> {
        let (password, salt) = (password.clone(), self.chance.bytes());
        self.run(move || hash(&password, &salt)).await?
    }

    /// Whether this is the password of a stored hash; without a hash it takes as long and is not.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn verify(
        &self,
        password: &Secret,
        stored: Option<String>,
    ) -> Result<bool, AccessError> {
        let known = stored.is_some() && password.expose().len() <= LONGEST_PASSWORD_BYTES;
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let password = if known {
            password.clone()
        } else {
            Secret::default()
        };
        let right = self
            .run(move || {
                Argon2::default()
                    .verify_password(password.expose().as_bytes(), &*stored)
                    .is_ok()
            })
            .await?;
        Ok(known && right)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccessError> {
        let place = Place(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            return Err(AccessError::Overloaded);
        }
        let permit = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|closed| AccessError::Hashing(closed.to_string()))?;
        // The thread goes on when the caller goes away, and so does its claim.
        let held = (place, permit);
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        })
        .await
        .map_err(|ended| AccessError::Hashing(ended.to_string()))
    }
}

fn hash(password: &Secret, salt: &[u8; SALT_BYTES]) -> Result<String, AccessError> {
    let failed = |error: &dyn std::fmt::Display| AccessError::Hashing(error.to_string());
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| failed(&error))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.expose().as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_only() {
        let passwords = Passwords::new(Chance::seeded(1)).unwrap();
        let stored = passwords.hash(&"right".into()).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        let long = "x".repeat(LONGEST_PASSWORD_BYTES + 1);
        for (password, stored, expected) in [
            ("right", Some(&stored), true),
            ("wrong", Some(&stored), false),
            ("", Some(&stored), false),
            (&long, Some(&stored), false),
            ("right", None, false),
            ("right", Some(&"not a hash".to_owned()), false),
        ] {
            let right = passwords
                .verify(&password.into(), stored.cloned())
                .await
                .unwrap();
            assert_eq!(right, expected, "{password:.10}");
        }
        assert_ne!(stored, passwords.hash(&"right".into()).await.unwrap());
    }

    #[tokio::test]
    async fn a_flood_is_turned_away_and_leaves_no_trace() {
        let passwords = Passwords::new(Chance::seeded(1)).unwrap();
        let all = passwords
            .running
            .clone()
            .acquire_many_owned(2)
            .await
            .unwrap();
        let mut waiting: Vec<_> = (0..WAITING)
            .map(|_| Box::pin(passwords.run(|| ())))
            .collect();
        for one in &mut waiting {
            let first_look = tokio::time::timeout(std::time::Duration::ZERO, one).await;
            first_look.unwrap_err();
        }
        let refused = passwords.run(|| ()).await;
        assert!(matches!(refused, Err(AccessError::Overloaded)));
        drop((waiting, all));
        passwords.run(|| ()).await.unwrap();
        assert_eq!(passwords.waiting.load(Ordering::Relaxed), 0);
    }
}
