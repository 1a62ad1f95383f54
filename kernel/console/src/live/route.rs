//! `GET /live`: a browser's stream of events (server-sent events, HTML standard 9.2).

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use http::header::{CACHE_CONTROL, HeaderName, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use regia_lifecycle::Lifecycle;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::{Change, Live, Position, Reader, Topic, What};

/// A comment this often keeps proxies from closing a silent stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream ends after this, and the browser comes back: a login that ended meanwhile ends it.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Topics of one browser, over all its windows.
const TOPICS: usize = 500;

/// Where a browser that comes back has been.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

#[derive(Debug, Deserialize)]
struct Wish {
    /// What the browser shows, separated by commas.
    topics: String,
    /// What its page had seen already.
    since: Option<String>,
}

#[derive(Debug, Clone)]
struct Door {
    live: Live,
    stopping: CancellationToken,
}

/// `GET /live`, for those who are logged in: the caller puts its guard around it.
pub fn router(live: Live, lifecycle: &Lifecycle) -> Router {
    let door = Door {
        live,
        stopping: lifecycle.stopping(),
    };
    Router::new().route("/live", get(open)).with_state(door)
}

async fn open(State(door): State<Door>, headers: HeaderMap, Query(wish): Query<Wish>) -> Response {
    let topics: Result<BTreeSet<Topic>, _> = wish.topics.split(',').map(str::parse).collect();
    let topics = match topics {
        Ok(topics) if topics.len() <= TOPICS => topics,
        _ => return (StatusCode::UNPROCESSABLE_ENTITY, "not a list of topics").into_response(),
    };
    let last = headers
        .get(LAST_EVENT_ID)
        .and_then(|last| last.to_str().ok());
    let since = last.or(wish.since.as_deref()).and_then(Position::parse);
    let Some(reader) = door.live.read(topics, since.as_ref()) else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "30")]).into_response();
    };
    // Spread, so that the browsers of a node that stops do not come back all at once.
    let retry = Duration::from_millis(1_000 + door.live.0.chance.below(3_000));
    let events = stream::once(async move { Ok(Event::default().retry(retry)) })
        .chain(events(reader, door.stopping));
    let beat = KeepAlive::new().interval(HEARTBEAT);
    (
        [(CACHE_CONTROL, "no-store")],
        Sse::new(events).keep_alive(beat),
    )
        .into_response()
}

/// The events of a reader until the process stops or the stream has lived long enough.
fn events(
    reader: Reader,
    stopping: CancellationToken,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let changes = stream::unfold(reader, |mut reader| async {
        Some((reader.next().await?, reader))
    });
    changes
        .map(|change| Ok(event(&change)))
        .take_until(async move { tokio::time::timeout(LIFETIME, stopping.cancelled()).await })
}

fn event(change: &Change) -> Event {
    let event = Event::default().id(change.at.to_string());
    match &change.what {
        What::Joined => event.event("joined").data("-"),
        What::Reload => event.event("reload").data("-"),
        What::Topics(topics) => {
            let words: Vec<_> = topics.iter().map(Topic::to_string).collect();
            event.event("changed").data(words.join(" "))
        }
    }
}
