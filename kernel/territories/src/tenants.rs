//! Tenants: trees of their own, made by whoever owns the machine.

use regia_access::audit::{self, Entry};
use regia_access::{NewMandate, Principal, Role, SystemRole};
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_users::{Link, NewUser, Person};
use serde_json::json;

use crate::store;
use crate::territories::checked;
use crate::{Territories, TerritoryError};

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its number, which is that of the territory at its top.
    pub id: TerritoryId,
    /// Its name.
    pub name: String,
}

impl Territories {
    /// Makes a tenant with its first super administrator, and the link that lets them in.
    ///
    /// # Errors
    /// [`TerritoryError::Name`], [`TerritoryError::NameTaken`], [`TerritoryError::Access`], or when
    /// the database fails.
    pub async fn create_tenant(
        &self,
        principal: &Principal,
        name: &str,
        administrator: &str,
    ) -> Result<(Tenant, Link), TerritoryError> {
        let name = checked(name)?;
        let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
        // As if they stood beside each other in a tree.
        store::one_at_a_time(&mut tx).await?;
        if store::is_tenant(&mut tx, name).await? {
            return Err(TerritoryError::NameTaken(name.to_owned()));
        }
        let id = store::insert_tenant(&mut tx, name).await?;
        tx.turn_to(id);
        let entry = Entry {
            after: Some(json!({ "name": name })),
            ..Entry::new("access.tenant.create", format!("territory:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        let everything = NewMandate::whole(Role::System(SystemRole::SuperAdministrator));
        let user = NewUser {
            name: administrator,
            person: &Person::default(),
            mandates: &[everything],
        };
        let (_, link) = self.users.invite_within(&mut tx, principal, user).await?;
        tx.commit().await?;
        let name = name.to_owned();
        Ok((Tenant { id, name }, link))
    }

    /// All tenants by number, after the one given: for whoever owns the machine.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tenants(
        &self,
        after: Option<TerritoryId>,
        limit: Limit,
    ) -> Result<Page<Tenant>, TerritoryError> {
        let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
        let rows = store::list_tenants(&mut tx, after, limit).await?;
        let tenant = |(id, name)| Tenant {
            id: TerritoryId(id),
            name,
        };
        let rows = rows.into_iter().map(tenant).collect();
        Ok(Page::from_rows(rows, limit, |tenant: &Tenant| tenant.id))
    }
}
