//! API and pages of what the kernel owns: users, roles, API keys and territories.

mod api;
mod gate;
mod pages;

use axum::Router;
use axum::extract::FromRef;
use regia_identity::Access;
use regia_keys::Keys;
use regia_roles::Roles;
use regia_territories::Territories;
use utoipa_axum::router::OpenApiRouter;

pub use gate::{PERMISSIONS, USER_READ, USER_WRITE};
pub use pages::{MESSAGES, NAVIGATION};
pub(crate) use regia_roles::WRITE as ROLE_WRITE;
pub(crate) use regia_territories::WRITE as TERRITORY_WRITE;

/// What administrators see and call, and everybody of their own API keys.
#[derive(Debug, Clone)]
pub struct Administration {
    access: Access,
    territories: Territories,
    roles: Roles,
    keys: Keys,
}

impl FromRef<Administration> for Roles {
    fn from_ref(administration: &Administration) -> Self {
        administration.roles.clone()
    }
}

impl FromRef<Administration> for Access {
    fn from_ref(administration: &Administration) -> Self {
        administration.access.clone()
    }
}

impl FromRef<Administration> for Territories {
    fn from_ref(administration: &Administration) -> Self {
        administration.territories.clone()
    }
}

impl FromRef<Administration> for Keys {
    fn from_ref(administration: &Administration) -> Self {
        administration.keys.clone()
    }
}

impl Administration {
    /// Over these doors, this tree and these roles.
    #[must_use]
    pub const fn new(access: Access, territories: Territories, roles: Roles, keys: Keys) -> Self {
        Self {
            access,
            territories,
            roles,
            keys,
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
