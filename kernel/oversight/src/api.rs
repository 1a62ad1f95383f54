//! REST under `/api/v1/audit` and `/api/v1/security`.

pub(crate) mod audit;
pub(crate) mod security;

use axum::middleware::from_fn;
pub(crate) use regia_web::cursor;
use regia_web::limit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Oversight;

/// The operations.
pub(crate) fn router(oversight: Oversight) -> OpenApiRouter {
    let listed = OpenApiRouter::new()
        .routes(routes!(audit::list::list))
        .routes(routes!(security::events::events))
        .route_layer(from_fn(limit::export));
    let checked = OpenApiRouter::new()
        .routes(routes!(audit::verify::verify))
        .route_layer(from_fn(limit::bulk));
    OpenApiRouter::new()
        .routes(routes!(audit::get::get))
        .routes(routes!(security::bans::bans, security::ban::ban))
        .routes(routes!(security::unban::unban))
        .merge(listed)
        .merge(checked)
        .with_state(oversight)
}
