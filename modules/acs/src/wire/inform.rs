//! An Inform on its way to a session: identity, limits, credential, database.

use axum::http::HeaderValue;
use regia_cwmp::{Dialect, Event, EventCode, Inform};
use regia_ident::TerritoryId;
use regia_listener::Peer;
use regia_store::StoreError;

use super::login::{self, Shown};
use super::server::Server;
use super::session::{Session, Wishes};
use super::tap::Tap;
use crate::context::Context;
use crate::flows::admit::Arrival;
use crate::flows::onboard::seal_context;
use crate::model::identity::Identity;
use crate::rules::facts::digest;
use crate::signals;
use crate::store::arrival::{Held, Knock, Place};
use crate::store::credential::{OwnRow, find_own};
use crate::store::session::Claim;

/// What becomes of an Inform.
#[derive(Debug)]
pub enum Entrance {
    /// A session begins.
    Open(Box<Session>),
    /// The device must prove itself.
    Challenge {
        /// Its proof was right but too old.
        stale: bool,
    },
    /// There is no room now.
    Later,
    /// It will never be right; the text says why.
    Refused(String),
}

/// Decides about an Inform. When a session begins, all that the Inform said is durable.
pub async fn enter(
    server: &Server,
    authorization: Option<&HeaderValue>,
    peer: Peer,
    inform: Inform,
    dialect: Dialect,
) -> Entrance {
    let context = &*server.context;
    let identity = match Identity::from_inform(&inform.device_id) {
        Ok(identity) => identity,
        Err(error) => {
            signals::refused("identity");
            tracing::warn!(peer = %peer.address, error = %error, "an inform has no usable identity");
            return Entrance::Refused(error.to_string());
        }
    };
    let address = peer.address.ip();
    if context.stopping.is_cancelled()
        || context.sessions.count() >= context.settings.session.max_open
        || !context
            .failures
            .may_try(&identity, address, context.clock.instant())
    {
        signals::inform("turned_away");
        return Entrance::Later;
    }
    if context.starts.are_spent(&identity) {
        signals::inform("too_often");
        return Entrance::Later;
    }
    let proofs = match proofs(context, authorization, peer, &identity).await {
        Ok(proofs) => proofs,
        Err(entrance) => return entrance,
    };
    let mut arrival = Arrival {
        knock: knock(context, identity, peer, &inform.events),
        digest: digest(&inform.parameters, &dialect.to_text()),
        inform: Box::new(inform),
        dialect,
    };
    for proof in proofs {
        (arrival.knock.fleet, arrival.knock.secret) = match proof {
            Proof::Fleet(place) => (Some(place), None),
            Proof::Own(hash) => (None, Some(hash)),
        };
        match server.batches.submit(arrival).await {
            Ok((back, Some(held))) => return open(context, back, &held),
            Ok((back, None)) => arrival = back,
            Err(turned) => return turned.into(),
        }
    }
    denied(context, &arrival.knock.identity, peer, "wrong_credential")
}

/// What a device may have shown.
enum Proof {
    /// A fleet credential.
    Fleet(Place),
    /// Perhaps its own: the hash to look for.
    Own([u8; 32]),
}

/// The proofs to try in turn.
async fn proofs(
    context: &Context,
    authorization: Option<&HeaderValue>,
    peer: Peer,
    identity: &Identity,
) -> Result<Vec<Proof>, Entrance> {
    match login::judge(context, authorization, peer.tls) {
        Shown::Fleet(place) => Ok(vec![Proof::Fleet(place)]),
        Shown::Own(hashes) => Ok(hashes.into_iter().map(Proof::Own).collect()),
        Shown::OwnDigest(shown) => {
            let (name, passwords) =
                Box::pin(own_passwords(context, identity))
                    .await
                    .map_err(|error| {
                        let fault = regia_fault::Fault::from(error);
                        tracing::error!(
                            error = fault.chain(),
                            "a device's credential cannot be read"
                        );
                        signals::inform("failed");
                        Entrance::Later
                    })?;
            match login::judge_own_digest(context, &shown, (identity, &name), &passwords) {
                Some(hash) => Ok(vec![Proof::Own(hash)]),
                None => Err(denied(context, identity, peer, "wrong_digest")),
            }
        }
        Shown::Stale => Err(Entrance::Challenge { stale: true }),
        // The first request of a Digest device carries nothing: that is no failure.
        Shown::Nothing("no_credentials") => Err(Entrance::Challenge { stale: false }),
        Shown::Nothing(reason) => Err(denied(context, identity, peer, reason)),
    }
}

/// The passwords that a device's row holds, and the user name that it was announced with.
async fn own_passwords(
    context: &Context,
    identity: &Identity,
) -> Result<(String, Vec<String>), StoreError> {
    let mut tx = context.store.ingest(TerritoryId::ROOT).await?;
    let OwnRow {
        device,
        sealed,
        sealed_next,
        login_username,
    } = find_own(&mut tx, identity).await?;
    tx.commit().await?;
    let Some(device) = device else {
        return Ok((login_username, Vec::new()));
    };
    let open = |sealed: Vec<u8>| {
        context
            .credential_key
            .open(&sealed, &seal_context(device))
            .ok()
    };
    let passwords = [sealed_next, sealed].into_iter().flatten().filter_map(open);
    let passwords = passwords.filter_map(|bytes| String::from_utf8(bytes).ok());
    Ok((login_username, passwords.collect()))
}

fn denied(context: &Context, identity: &Identity, peer: Peer, reason: &'static str) -> Entrance {
    let failures = context.failures.count(identity, peer.address.ip());
    signals::inform("denied");
    // Once a minute and device is enough to see it, and not enough to fill a disk.
    if failures == 1 {
        tracing::warn!(peer = %peer.address, acs.identity = %identity, reason, "a device was denied");
    }
    Entrance::Challenge { stale: false }
}

fn knock(context: &Context, identity: Identity, peer: Peer, events: &[Event]) -> Knock {
    let says = |code| {
        events
            .iter()
            .any(|event| EventCode::parse(&event.code) == code)
    };
    let bootstrap = says(EventCode::Bootstrap);
    Knock {
        identity,
        fleet: None,
        secret: None,
        bootstrap,
        booted: bootstrap || says(EventCode::Boot),
        session: context.chance.bytes(),
        peer: peer.address.ip().to_string(),
    }
}

fn open(context: &Context, arrival: Arrival, held: &Held) -> Entrance {
    signals::inform(if held.new { "registered" } else { "admitted" });
    context.census.note_session(held.territory, held.new);
    context.starts.count(&arrival.knock.identity);
    let claim = Claim {
        territory: held.territory,
        device: held.device,
        session: arrival.knock.session,
        epoch: held.epoch,
    };
    let now = context.clock.instant();
    let mut session = Box::new(Session::new(claim, held.standing, arrival.dialect, now));
    session.has_work = held.has_work;
    session.tap = held.traced.then(|| Tap::on(&claim));
    let first = arrival.inform.parameters.first();
    session.root = first
        .and_then(|parameter| parameter.name.split_inclusive('.').next())
        .unwrap_or_default()
        .to_owned();
    session.wishes =
        (!held.new && (held.wants_discovery || held.wants_onboarding)).then_some(Wishes {
            onboarding: held.wants_onboarding,
            discovery: held.wants_discovery,
        });
    session.events = Some(arrival.inform.events);
    Entrance::Open(session)
}
