//! API and pages of one's own account: password, second factor, logins, language, and the link with which
//! somebody sets their password.

mod api;
mod pages;

use axum::Router;
use regia_console::Console;
use regia_identity::Access;
use utoipa_axum::router::OpenApiRouter;

pub use api::{LoginOut, StateOut, UserOut};
pub use pages::{ACCOUNT, ENROLMENT, MESSAGES, logins, welcome_path};

/// What people with an account see and call.
#[derive(Debug, Clone)]
pub struct Account {
    access: Access,
}

impl Account {
    /// Behind this door.
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
