//! API and pages of what the kernel owns: users and one's own account.

mod api;
mod gate;
mod pages;

use axum::Router;
use regia_access::Access;
use regia_console::Console;
use utoipa_axum::router::OpenApiRouter;

pub use gate::{USER_READ, USER_WRITE};
pub use pages::{ENROLMENT, MESSAGES, NAVIGATION};

/// What administrators and people with an account see and call.
#[derive(Debug, Clone)]
pub struct Administration {
    access: Access,
}

impl Administration {
    /// Over this door.
    #[must_use]
    pub const fn new(access: Access) -> Self {
        Self { access }
    }

    /// The operations of the API, without `/api/v1`.
    #[must_use]
    pub fn api(&self) -> OpenApiRouter {
        api::router(self.access.clone())
    }

    /// The pages of the console.
    pub fn pages(&self) -> Router {
        pages::router(self.access.clone())
    }

    /// What is open to everybody: the page of a link.
    pub fn open(&self, console: Console) -> Router {
        pages::open(self.access.clone(), console)
    }
}
