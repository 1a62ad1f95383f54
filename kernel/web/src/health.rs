//! Whether the server lives, whether work may be sent to it, and its metrics: open to everybody.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use regia_http::Json;
use regia_lifecycle::Lifecycle;
use regia_telemetry::metrics::PrometheusHandle;
use serde::Serialize;

/// The Prometheus text format.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// The starters that are not ready yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<&'static str>,
}

pub(crate) fn router(lifecycle: &Lifecycle, metrics: PrometheusHandle) -> Router {
    let (whole, ready) = (lifecycle.clone(), lifecycle.clone());
    Router::new()
        .route("/up", get(async || "up\n"))
        .route("/health", get(async move || readiness(&whole)))
        .route(
            "/health/live",
            get(async || {
                Json(Health {
                    status: "live",
                    waiting: Vec::new(),
                })
            }),
        )
        .route("/health/ready", get(async move || readiness(&ready)))
        .route(
            "/metrics",
            get(async move || ([(CONTENT_TYPE, EXPOSITION)], metrics.render())),
        )
}

fn readiness(lifecycle: &Lifecycle) -> Response {
    match lifecycle.ready() {
        Ok(()) => Json(Health {
            status: "ready",
            waiting: Vec::new(),
        })
        .into_response(),
        Err(waiting) => {
            let health = Json(Health {
                status: "waiting",
                waiting,
            });
            (StatusCode::SERVICE_UNAVAILABLE, health).into_response()
        }
    }
}
