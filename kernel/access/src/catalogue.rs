//! Everything that may be allowed in what is composed, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Permission, SystemRole};

/// The permissions that all modules declare. Clones are the same catalogue.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<BTreeMap<&'static str, Permission>>);

impl FromIterator<Permission> for Catalogue {
    fn from_iter<T: IntoIterator<Item = Permission>>(permissions: T) -> Self {
        let named = permissions
            .into_iter()
            .map(|permission| (permission.name, permission));
        Self(Arc::new(named.collect()))
    }
}

impl Catalogue {
    /// The permission of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Permission> {
        self.0.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Permission> {
        self.0.values()
    }

    /// The least of the server's roles that has it. What nobody declares has the most powerful one
    /// only.
    pub(crate) fn least(&self, name: &str) -> SystemRole {
        self.find(name)
            .map_or(SystemRole::SuperAdministrator, |permission| {
                permission.least
            })
    }
}
