//! Connection requests: asking a device to open a session now (TR-069 3.2.2).

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use futures_util::{StreamExt as _, stream};
use regia_httpauth::{Challenge, DigestRequest, basic_answer, parse_challenges};
use regia_ident::TerritoryId;
use regia_outbound::{Head, get};
use regia_store::StoreError;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::onboard::seal_context;
use crate::context::Context;
use crate::model::identity::DeviceId;
use crate::signals;
use crate::store::{credential, device, session};

/// Time for one answer: devices answer before they do anything else.
const DEADLINE: Duration = Duration::from_secs(3);

/// Attempts while the device says that it is busy.
const ATTEMPTS: u32 = 3;

/// Wait between two attempts.
const PAUSE: Duration = Duration::from_secs(2);

/// Connection requests under way at a time.
const AT_A_TIME: usize = 64;

/// Works off [`Context::calls`] until the stop.
pub async fn run(
    context: Arc<Context>,
    calls: mpsc::Receiver<(TerritoryId, DeviceId)>,
    stopping: CancellationToken,
) {
    let waiting = stream::unfold(calls, |mut calls| async {
        Some((calls.recv().await?, calls))
    });
    let work = waiting.for_each_concurrent(AT_A_TIME, |(territory, device)| {
        let context = Arc::clone(&context);
        async move {
            if let Err(error) = request(&context, territory, device).await {
                let fault = regia_fault::Fault::from(error);
                tracing::warn!(acs.device = %device, error = fault.chain(), "a device cannot be called in");
            }
        }
    });
    stopping.run_until_cancelled(work).await;
}

/// Asks the device to call, and notes on its row how that went.
///
/// # Errors
/// When the database does not answer.
pub async fn request(
    context: &Context,
    territory: TerritoryId,
    device: DeviceId,
) -> Result<(), StoreError> {
    let awake = context.sessions.wake(device);
    let mut tx = context.store.upkeep(territory).await?;
    if let Some(claim) = awake {
        if session::is_held(&mut tx, &claim).await? {
            return tx.commit().await;
        }
        // Another node has the device, or its session is over: what is kept here misleads.
        context.sessions.remove(&claim);
    }
    let found = credential::find_reach(&mut tx, device).await?;
    tx.commit().await?;
    let Some(reach) = found else { return Ok(()) };
    let own = reach
        .sealed_password
        .and_then(|sealed| {
            context
                .credential_key
                .open(&sealed, &seal_context(device))
                .ok()
        })
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let factory = &context.settings.connection_request;
    let (username, password) = match &own {
        Some(password) => (reach.username.as_str(), password.as_str()),
        None => (
            factory.username.as_str(),
            factory
                .password
                .as_ref()
                .map_or("", |secret| secret.expose()),
        ),
    };
    let result = if reach.url.is_empty() {
        Err("The device has not told an address for connection requests.".to_owned())
    } else {
        knock(context, &reach.url, username, password).await
    };
    signals::connection_request(if result.is_ok() { "accepted" } else { "failed" });
    if reach.traced {
        let said = match &result {
            Ok(()) => format!("{}: accepted", reach.url),
            Err(reason) => format!("{}: {reason}", reach.url),
        };
        context
            .tracer
            .called((territory, device), context.clock.now(), &said);
    }
    let said = result.err().unwrap_or_default();
    let mut tx = context.store.upkeep(territory).await?;
    device::note_reach(&mut tx, device, &said).await?;
    tx.commit().await?;
    context.announce(device);
    Ok(())
}

async fn knock(context: &Context, url: &str, username: &str, password: &str) -> Result<(), String> {
    let mut said = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        let head = get(url, None, DEADLINE)
            .await
            .map_err(|error| tell(&error))?;
        let head = match answer(context, &head, url, username, password) {
            Some(authorization) => get(url, Some(&authorization), DEADLINE)
                .await
                .map_err(|error| tell(&error))?,
            None => head,
        };
        match head.status {
            StatusCode::OK | StatusCode::NO_CONTENT => return Ok(()),
            StatusCode::SERVICE_UNAVAILABLE => {
                "The device is busy.".clone_into(&mut said);
            }
            StatusCode::UNAUTHORIZED => {
                return Err(
                    "The device did not accept the connection request's credential.".to_owned(),
                );
            }
            status => return Err(format!("The device answered {status}.")),
        }
    }
    Err(said)
}

/// The authorization that a 401 asks for: Digest before Basic.
fn answer(
    context: &Context,
    head: &Head,
    url: &str,
    username: &str,
    password: &str,
) -> Option<String> {
    if head.status != StatusCode::UNAUTHORIZED || username.is_empty() {
        return None;
    }
    let values = head.headers.get_all(WWW_AUTHENTICATE);
    let challenges = parse_challenges(values.iter().map(axum::http::HeaderValue::as_bytes));
    let uri: axum::http::Uri = url.parse().ok()?;
    let uri = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = DigestRequest {
        method: "GET",
        uri,
        username,
        password,
    };
    let digest = challenges.iter().find_map(|challenge| match challenge {
        Challenge::Digest(digest) => {
            let cnonce = u64::from_be_bytes(context.chance.bytes());
            Some(digest.answer(&request, 1, &format!("{cnonce:016x}")))
        }
        Challenge::Basic { .. } => None,
    });
    let basic = || {
        let offered = challenges
            .iter()
            .any(|challenge| matches!(challenge, Challenge::Basic { .. }));
        offered.then(|| basic_answer(username, password))
    };
    digest.or_else(basic)
}

fn tell(error: &regia_outbound::OutboundError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
