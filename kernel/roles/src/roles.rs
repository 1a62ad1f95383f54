//! What people do to roles.

use std::collections::BTreeSet;

use regia_access::audit::{self, Entry};
use regia_access::{Allowed, Mandates, Permission, Principal, RoleId, SystemRole};
use regia_store::page::{Limit, Page};
use regia_store::{Store, StoreError, Tx};
use serde_json::{Value, json};

use crate::RoleError;
use crate::nearest::nearest;
use crate::store::{self, OwnRole, SystemRoleRule};

/// Looking at roles.
pub const READ: Permission = Permission::new(
    "access.role.read",
    SystemRole::Administrator,
    "See roles and what each of them allows.",
)
.in_whole();

/// Making, changing and deleting them.
pub const WRITE: Permission = Permission::new(
    "access.role.write",
    SystemRole::SuperAdministrator,
    "Make, change and delete roles, and have them take a second factor.",
)
.in_whole();

/// A name may be this long.
const NAME_CHARS: usize = 64;

/// Own roles of a tenant: more would be a list of people, not of kinds of work.
const MOST_ROLES: i64 = 200;

/// A role as it is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What it is called.
    pub name: String,
    /// What it allows.
    pub permissions: BTreeSet<String>,
    /// Whether who holds it must have a second factor.
    pub requires_second_factor: bool,
}

/// Roles. Clones are the same ones.
#[derive(Debug, Clone)]
pub struct Roles {
    store: Store,
    mandates: Mandates,
}

impl Roles {
    /// Over these rows; the mandates know what there is to allow.
    #[must_use]
    pub const fn new(store: Store, mandates: Mandates) -> Self {
        Self { store, mandates }
    }

    /// The tenant's own roles by name, after the one given.
    ///
    /// # Errors
    /// [`RoleError::Denied`], or when the database fails.
    pub async fn list(
        &self,
        principal: &Principal,
        after: Option<&str>,
        limit: Limit,
    ) -> Result<Page<OwnRole>, RoleError> {
        let mut tx = self.begin(principal, &READ).await?;
        let rows = store::list(&mut tx, after, limit).await?;
        Ok(Page::from_rows(rows, limit, |row| row.name.clone()))
    }

    /// One of them.
    ///
    /// # Errors
    /// [`RoleError::Denied`], [`RoleError::NoRole`], or when the database fails.
    pub async fn get(&self, principal: &Principal, id: RoleId) -> Result<OwnRole, RoleError> {
        let mut tx = self.begin(principal, &READ).await?;
        store::get(&mut tx, id).await?.ok_or(RoleError::NoRole(id))
    }

    /// The roles that come with the server, the least first.
    ///
    /// # Errors
    /// [`RoleError::Denied`], or when the database fails.
    pub async fn system(&self, principal: &Principal) -> Result<Vec<SystemRoleRule>, RoleError> {
        let mut tx = self.begin(principal, &READ).await?;
        Ok(store::rules(&mut tx).await?)
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`RoleError::Denied`], [`RoleError::Access`] for more than the principal holds,
    /// [`RoleError::Name`], [`RoleError::NameTaken`], [`RoleError::UnknownPermission`],
    /// [`RoleError::TooMany`], or when the database fails.
    pub async fn create(&self, principal: &Principal, draft: &Draft) -> Result<RoleId, RoleError> {
        let name = self.checked(draft)?;
        let mut tx = self.begin(principal, &WRITE).await?;
        self.check_holds(&mut tx, principal, &draft.permissions)
            .await?;
        if store::count(&mut tx).await? >= MOST_ROLES {
            return Err(RoleError::TooMany);
        }
        let made = store::insert(&mut tx, name, draft).await;
        let id = made.map_err(|error| name_taken(error, name))?;
        let entry = Entry {
            after: Some(told(name, &draft.permissions, draft.requires_second_factor)),
            ..Entry::new("access.role.create", format!("role:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes a role, for everybody who holds it.
    ///
    /// # Errors
    /// As [`Roles::create`], and [`RoleError::NoRole`].
    pub async fn change(
        &self,
        principal: &Principal,
        id: RoleId,
        draft: &Draft,
    ) -> Result<(), RoleError> {
        let name = self.checked(draft)?;
        let mut tx = self.begin(principal, &WRITE).await?;
        let found = store::lock(&mut tx, id).await?;
        let before = found.ok_or(RoleError::NoRole(id))?;
        // What stays is neither given nor taken.
        let moved = before
            .permissions
            .symmetric_difference(&draft.permissions)
            .cloned()
            .collect();
        self.check_holds(&mut tx, principal, &moved).await?;
        let changed = store::change(&mut tx, id, name, draft).await;
        changed.map_err(|error| name_taken(error, name))?;
        let entry = Entry {
            before: Some(told(
                &before.name,
                &before.permissions,
                before.requires_second_factor,
            )),
            after: Some(told(name, &draft.permissions, draft.requires_second_factor)),
            ..Entry::new("access.role.change", format!("role:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a role that nobody holds, now or later.
    ///
    /// # Errors
    /// [`RoleError::Denied`], [`RoleError::NoRole`], [`RoleError::InUse`], or when the database
    /// fails.
    pub async fn delete(&self, principal: &Principal, id: RoleId) -> Result<(), RoleError> {
        let mut tx = self.begin(principal, &WRITE).await?;
        let found = store::lock(&mut tx, id).await?;
        let before = found.ok_or(RoleError::NoRole(id))?;
        if before.users > 0 {
            return Err(RoleError::InUse(before.users));
        }
        store::delete(&mut tx, id).await?;
        let entry = Entry {
            before: Some(told(
                &before.name,
                &before.permissions,
                before.requires_second_factor,
            )),
            ..Entry::new("access.role.delete", format!("role:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Says whether who holds a role of the server must have a second factor.
    ///
    /// # Errors
    /// [`RoleError::Denied`], or when the database fails.
    pub async fn require_second_factor(
        &self,
        principal: &Principal,
        role: SystemRole,
        required: bool,
    ) -> Result<(), RoleError> {
        let mut tx = self.begin(principal, &WRITE).await?;
        let rules = store::rules(&mut tx).await?;
        let before = rules.iter().find(|rule| rule.role == role);
        let before = before.is_some_and(|rule| rule.requires_second_factor);
        if before == required {
            return Ok(());
        }
        store::set_rule(&mut tx, role, required).await?;
        let entry = Entry {
            before: Some(json!({ "requires_second_factor": before })),
            after: Some(json!({ "requires_second_factor": required })),
            ..Entry::new("access.role.require", format!("role:{}", role.as_str()))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the principal may look at roles at all.
    ///
    /// # Errors
    /// [`RoleError::Denied`].
    pub fn may_read(&self, principal: &Principal) -> Result<(), RoleError> {
        principal.scope(&READ)?;
        Ok(())
    }

    async fn begin(&self, principal: &Principal, permission: &Permission) -> Result<Tx, RoleError> {
        Ok(self.store.begin(principal.scope(permission)?).await?)
    }

    /// A role can be given anywhere in the tenant, so that its permissions must be held in all of it.
    async fn check_holds(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        permissions: &BTreeSet<String>,
    ) -> Result<(), RoleError> {
        let gift = Allowed::These(permissions.clone());
        let whole = principal.tenant();
        Ok(self
            .mandates
            .check_holds(tx, principal, &gift, whole)
            .await?)
    }

    /// The name, when all of it is as it should be.
    fn checked<'a>(&self, draft: &'a Draft) -> Result<&'a str, RoleError> {
        let name = draft.name.trim();
        if name.is_empty() {
            return Err(RoleError::Name("is empty"));
        }
        if name.chars().count() > NAME_CHARS {
            return Err(RoleError::Name("has 64 characters at most"));
        }
        if name.chars().any(regia_access::is_invisible) {
            return Err(RoleError::Name("has characters that cannot be seen"));
        }
        let catalogue = self.mandates.catalogue();
        let unknown = |one: &&String| catalogue.find(one).is_none();
        match draft.permissions.iter().find(unknown) {
            Some(one) => Err(RoleError::UnknownPermission(
                one.clone(),
                nearest(one, catalogue),
            )),
            None => Ok(name),
        }
    }
}

/// A role in the audit trail.
fn told(name: &str, permissions: &BTreeSet<String>, requires_second_factor: bool) -> Value {
    json!({
        "name": name, "permissions": permissions,
        "requires_second_factor": requires_second_factor,
    })
}

fn name_taken(error: StoreError, name: &str) -> RoleError {
    match error.constraint() {
        Some("role_name") => RoleError::NameTaken(name.to_owned()),
        _ => error.into(),
    }
}
