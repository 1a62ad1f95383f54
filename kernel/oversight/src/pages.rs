//! The console's screens of what is watched.

mod audit;
mod changes;
mod security;
#[cfg(test)]
mod words;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use regia_console::answer::render;
use regia_console::locale::Locale;
use regia_console::messages::MessageFile;
use regia_console::navigation::NavItem;
use regia_web::limit;

use crate::Oversight;

const AUDIT: &str = "/administration/audit";
const SECURITY: &str = "/administration/security";

/// The words.
pub const MESSAGES: [MessageFile; 3] = [
    (Locale::En, include_str!("../messages/en.toml")),
    (Locale::It, include_str!("../messages/it.toml")),
    (Locale::It, include_str!("../messages/faults.it.toml")),
];

/// The part of the rail; the section's name is the administration's.
pub const NAVIGATION: [NavItem; 2] = [
    NavItem {
        section: "administration.section",
        label: "oversight.audit.title",
        href: AUDIT,
        icon: "audit",
        permission: Some(crate::gate::AUDIT_READ),
    },
    NavItem {
        section: "administration.section",
        label: "oversight.security.title",
        href: SECURITY,
        icon: "lock",
        permission: Some(crate::gate::SECURITY_READ),
    },
];

/// The pages behind the guard.
pub(crate) fn router(oversight: Oversight) -> Router {
    let verify = Router::new()
        .route("/administration/audit/verify", post(audit::verify))
        .route_layer(from_fn(limit::bulk));
    Router::new()
        .route("/administration/audit", get(audit::list))
        .route("/administration/security", get(security::show))
        .route_layer(from_fn(limit::export))
        .merge(verify)
        .route("/administration/audit/{id}", get(audit::line))
        .route("/administration/security/bans", post(security::ban))
        .route(
            "/administration/security/bans/{id}/remove",
            post(security::unban),
        )
        .with_state(oversight)
}
