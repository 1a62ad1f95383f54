//! API and pages of what is watched: the audit trail, the security log, and who is kept out.

mod api;
mod export;
mod gate;
mod links;
mod pages;

use axum::Router;
use regia_audit::Trail;
use regia_security::Bans;
use regia_store::Store;
use utoipa_axum::router::OpenApiRouter;

pub use gate::PERMISSIONS;
use gate::{AUDIT_READ, SECURITY_READ, SECURITY_WRITE};
pub use links::{ObjectLink, ObjectPage};
pub use pages::{MESSAGES, NAVIGATION};

/// What administrators see of what happened.
#[derive(Debug, Clone)]
pub struct Oversight {
    trail: Trail,
    bans: Bans,
    store: Store,
    links: &'static [ObjectLink],
}

impl Oversight {
    /// Over this trail and these bans; the links lead from a line to what it is about.
    #[must_use]
    pub const fn new(trail: Trail, bans: Bans, store: Store, links: &'static [ObjectLink]) -> Self {
        Self {
            trail,
            bans,
            store,
            links,
        }
    }

    /// The operations of the API, without `/api/v1`.
    #[must_use]
    pub fn api(&self) -> OpenApiRouter {
        api::router(self.clone())
    }

    /// The pages of the console.
    pub fn pages(&self) -> Router {
        pages::router(self.clone())
    }
}
