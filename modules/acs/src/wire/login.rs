//! What a device shows to prove itself, judged as far as that goes without its row.

use std::sync::{Arc, PoisonError, RwLock};

use axum::http::HeaderValue;
use regia_clock::Clock;
use regia_httpauth::{
    Algorithm, Authorization, Basic, DigestOffer, DigestResponse, Freshness, Qop, basic_challenge,
    check_nonce, issue_nonce,
};
use regia_secrets::{Key, Secret};
use tokio::sync::{Mutex, MutexGuard};

use crate::context::Context;
use crate::flows::onboard::username;
use crate::model::identity::Identity;
use crate::store::arrival::Place;

/// A credential that a whole fleet may start with.
#[derive(Debug, Clone)]
pub struct FleetCredential {
    /// Where new devices that show it stand.
    pub place: Place,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// The fleet credentials in force; replaced whole when they change.
#[derive(Debug, Default)]
pub struct FleetCredentials {
    known: RwLock<Arc<[FleetCredential]>>,
    reading: Mutex<()>,
}

impl FleetCredentials {
    /// Those in force now.
    #[must_use]
    pub fn current(&self) -> Arc<[FleetCredential]> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whoever reads them anew holds this until they are in force, so that what was read earlier never
    /// replaces what was read later.
    pub async fn reading(&self) -> MutexGuard<'_, ()> {
        self.reading.lock().await
    }

    /// Puts others in force.
    pub fn replace(&self, credentials: Vec<FleetCredential>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = credentials.into();
    }
}

/// What the shown credential proves so far.
#[derive(Debug)]
pub enum Shown {
    /// A fleet credential in force, which lets new devices in there.
    Fleet(Place),
    /// Perhaps the device's own: the hashes to look for in its row, by the current key first.
    Own(Vec<[u8; 32]>),
    /// A Digest of what may be the device's own credential, which must be read first.
    OwnDigest(Box<DigestResponse>),
    /// Nothing, and why; the device is challenged.
    Nothing(&'static str),
    /// A Digest over an expired nonce; the device is challenged with `stale`.
    Stale,
}

/// The keyed hash of a device's own credential. Its password is random (139 bits), so a fast hash
/// is enough; the key keeps a copy of the table from being of use.
#[must_use]
pub fn hash(key: &Key, username: &str, password: &str) -> [u8; 32] {
    key.mac(&[b"device", username.as_bytes(), password.as_bytes()])
}

/// Judges an `Authorization` header.
#[must_use]
pub fn judge(context: &Context, header: Option<&HeaderValue>, tls: bool) -> Shown {
    let Some(header) = header else {
        return Shown::Nothing("no_credentials");
    };
    match Authorization::parse(header.as_bytes()) {
        Err(_) => Shown::Nothing("malformed"),
        Ok(Authorization::Basic(basic)) if tls || context.settings.auth.basic_without_tls => {
            judge_basic(context, &basic)
        }
        Ok(Authorization::Basic(_)) => Shown::Nothing("basic_without_tls"),
        Ok(Authorization::Digest(digest)) => judge_digest(context, digest),
    }
}

fn judge_basic(context: &Context, basic: &Basic) -> Shown {
    let fleet = context.fleet.current();
    let shown = fleet
        .iter()
        .find(|known| basic.matches(&known.username, known.password.expose()));
    if let Some(known) = shown {
        return Shown::Fleet(known.place);
    }
    let parts = [
        &b"device"[..],
        basic.username.as_bytes(),
        basic.password.as_bytes(),
    ];
    Shown::Own(context.credential_key.macs(&parts))
}

fn judge_digest(context: &Context, digest: Box<DigestResponse>) -> Shown {
    let lifetime = i64::from(context.settings.auth.nonce_seconds);
    let mac = |bytes: &[u8]| context.cookie_key.mac(&[b"nonce", bytes]);
    match check_nonce(&digest.nonce, unix_now(&context.clock), lifetime, mac) {
        Freshness::Forged => return Shown::Nothing("forged_nonce"),
        Freshness::Stale => return Shown::Stale,
        Freshness::Fresh => {}
    }
    let fleet = context.fleet.current();
    let mut same_name = fleet
        .iter()
        .filter(|known| known.username == digest.username)
        .peekable();
    if same_name.peek().is_none() {
        return Shown::OwnDigest(digest);
    }
    match same_name.find(|known| proves(context, &digest, known.password.expose())) {
        Some(known) => Shown::Fleet(known.place),
        None => Shown::Nothing("wrong_password"),
    }
}

/// Whether a Digest was made with this password.
#[must_use]
pub fn proves(context: &Context, digest: &DigestResponse, password: &str) -> bool {
    let secret = regia_httpauth::Secret::Password(password);
    digest.verify(&context.settings.auth.realm, "POST", secret)
}

/// Judges a Digest of a device's own credential by the passwords that its row holds, and gives the
/// hash of the one that was used. The user name is the usual one of the identity, or the one that
/// the device was announced with.
#[must_use]
pub fn judge_own_digest(
    context: &Context,
    digest: &DigestResponse,
    (identity, announced): (&Identity, &str),
    passwords: &[String],
) -> Option<[u8; 32]> {
    let usual = username(identity);
    let username = match digest.username.as_str() {
        name if name == usual => name,
        name if !name.is_empty() && name == announced => name,
        _ => return None,
    };
    let used = passwords
        .iter()
        .find(|password| proves(context, digest, password))?;
    Some(hash(&context.credential_key, username, used))
}

/// The challenges of a 401: Digest always, Basic where it is accepted.
#[must_use]
pub fn challenges(context: &Context, tls: bool, stale: bool) -> Vec<String> {
    let mac = |bytes: &[u8]| context.cookie_key.mac(&[b"nonce", bytes]);
    let nonce = issue_nonce(unix_now(&context.clock), context.chance.bytes(), mac);
    let realm = context.settings.auth.realm.as_str();
    let digest = DigestOffer {
        realm,
        nonce: &nonce,
        algorithm: Algorithm::Md5,
        qop: Qop::Auth,
        stale,
    };
    let mut challenges = vec![digest.to_header()];
    if tls || context.settings.auth.basic_without_tls {
        challenges.push(basic_challenge(realm));
    }
    challenges
}

fn unix_now(clock: &Clock) -> i64 {
    clock.now().unix_timestamp()
}
