//! Room for requests: who comes when it is full is told to come back, at once and at no cost.
//!
//! Without it a flood of requests waits for the database, and everything else behind them: devices,
//! logins. So only so many requests are worked on at a time, and the login page has room of its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use metrics::Gauge;
use regia_http::Problem;
use tokio::sync::Semaphore;

use crate::signals;

/// Room for some kind of requests.
#[derive(Debug)]
pub(crate) struct Room {
    name: &'static str,
    places: Semaphore,
    busy: Gauge,
}

impl Room {
    /// For so many at a time.
    pub(crate) fn new(name: &'static str, places: u32) -> Arc<Self> {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Arc::new(Self {
            name,
            places: Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)),
            busy: metrics::gauge!(signals::BUSY, "room" => name),
        })
    }
}

/// Counts a request for as long as it is worked on, also when its handler panics.
struct Busy<'a>(&'a Gauge);

impl<'a> Busy<'a> {
    fn begin(gauge: &'a Gauge) -> Self {
        gauge.increment(1);
        Self(gauge)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// Works on the request until its answer begins; what streams afterwards takes no place.
pub(crate) async fn shed(State(room): State<Arc<Room>>, request: Request, next: Next) -> Response {
    let Ok(place) = room.places.try_acquire() else {
        metrics::counter!(signals::SHED, "room" => room.name).increment(1);
        let detail = "The server has too much to do at the moment.";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "web.busy", detail)
            .hint("Try again in a few seconds.")
            .into_response();
    };
    let busy = Busy::begin(&room.busy);
    let response = next.run(request).await;
    drop((place, busy));
    response
}
