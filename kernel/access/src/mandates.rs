//! Mandates: who holds which role in which territory, and from when to when.

use std::fmt;
use std::str::FromStr;

use regia_ident::TerritoryId;
use regia_store::{Store, Tx};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::audit::{self, Entry};
use crate::{
    AccessError, Allowed, Catalogue, MandateId, Principal, RoleId, SystemRole, UserId, store,
};

/// A user has this many at most: they are read with every request.
const MANDATES_OF_A_USER: i64 = 100;

/// A role that can be given: one that comes with the server, or one that the tenant made.
///
/// As text it is the name of the former or the number of the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It comes with the server.
    System(SystemRole),
    /// The tenant made it.
    Own(RoleId),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(role) => f.write_str(role.as_str()),
            Self::Own(id) => id.fmt(f),
        }
    }
}

/// The text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        match SystemRole::parse(text) {
            Some(role) => Ok(Self::System(role)),
            None => text.parse().map(Self::Own).map_err(|_| NotARole),
        }
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How a mandate stands, by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It begins later.
    Coming,
    /// It counts.
    InForce,
    /// It has ended.
    Over,
}

impl Standing {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::InForce => "in_force",
            Self::Over => "over",
        }
    }
}

/// A role that a user holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its number.
    pub id: MandateId,
    /// The role.
    pub role: Role,
    /// What the tenant called its own role; none for those that come with the server.
    pub role_name: Option<String>,
    /// The territory.
    pub area: TerritoryId,
    /// Its name after those above it.
    pub path: String,
    /// Since when.
    pub valid_from: OffsetDateTime,
    /// Until when; none: until it is taken away.
    pub valid_until: Option<OffsetDateTime>,
    /// Whether it counts now.
    pub standing: Standing,
}

/// A role to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMandate {
    /// The role.
    pub role: Role,
    /// In this territory and everything below it; none: in the whole tenant.
    pub area: Option<TerritoryId>,
    /// From then on; none: at once.
    pub valid_from: Option<OffsetDateTime>,
    /// Until then; none: until it is taken away.
    pub valid_until: Option<OffsetDateTime>,
}

impl NewMandate {
    /// A role in the whole tenant, from now on.
    #[must_use]
    pub const fn whole(role: Role) -> Self {
        Self {
            role,
            area: None,
            valid_from: None,
            valid_until: None,
        }
    }
}

/// Who holds which role where. Clones are the same mandates.
#[derive(Debug, Clone)]
pub struct Mandates {
    store: Store,
    pub(crate) catalogue: Catalogue,
}

impl Mandates {
    /// In this database. Without a catalogue nobody but a super administrator holds a permission of an
    /// own role.
    #[must_use]
    pub const fn new(store: Store, catalogue: Catalogue) -> Self {
        Self { store, catalogue }
    }

    /// What may be allowed.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The mandates of a user, those that are over too, the newest first.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], or when the database fails.
    pub async fn list(
        &self,
        tenant: TerritoryId,
        user: UserId,
    ) -> Result<Vec<Mandate>, AccessError> {
        let mut tx = self.store.begin(tenant).await?;
        if !store::mandate::is_user(&mut tx, user).await? {
            return Err(AccessError::NoUser(user.to_string()));
        }
        Ok(store::mandate::list(&mut tx, user).await?)
    }

    /// Gives a user a role somewhere.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Field`] of what is wrong with it,
    /// [`AccessError::Beyond`], [`AccessError::TooManyMandates`], or when the database fails.
    pub async fn give(
        &self,
        principal: &Principal,
        user: UserId,
        mandate: &NewMandate,
    ) -> Result<MandateId, AccessError> {
        let mut tx = self.store.begin(principal.tenant()).await?;
        hold_user(&mut tx, user).await?;
        let id = self.give_within(&mut tx, principal, user, mandate).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes a role from a user.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::NoMandate`], [`AccessError::Beyond`],
    /// [`AccessError::LastSuperAdministrator`], or when the database fails.
    pub async fn end(
        &self,
        principal: &Principal,
        user: UserId,
        id: MandateId,
    ) -> Result<(), AccessError> {
        let mut tx = self.store.begin(principal.tenant()).await?;
        store::mandate::one_at_a_time(&mut tx).await?;
        hold_user(&mut tx, user).await?;
        let all = store::mandate::list(&mut tx, user).await?;
        let found = all.into_iter().find(|mandate| mandate.id == id);
        let mandate = found.ok_or(AccessError::NoMandate(id))?;
        // What is over gives nothing, and nothing is taken with it.
        if mandate.standing != Standing::Over {
            let gift = self.allowed(&mut tx, mandate.role).await?;
            self.check_holds(&mut tx, principal, &gift, mandate.area)
                .await?;
        }
        let before = store::mandate::is_super_administrator(&mut tx, user).await?;
        store::mandate::delete(&mut tx, user, id).await?;
        let after = store::mandate::is_super_administrator(&mut tx, user).await?;
        if before && !after && !store::mandate::any_other_super_administrator(&mut tx, user).await?
        {
            return Err(AccessError::LastSuperAdministrator);
        }
        let entry = Entry {
            before: Some(told(
                user,
                mandate.role,
                mandate.area,
                (Some(mandate.valid_from), mandate.valid_until),
            )),
            ..Entry::new("access.mandate.end", format!("mandate:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// How many users hold a role right in this territory, now or later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_holders(
        &self,
        tenant: TerritoryId,
        area: TerritoryId,
    ) -> Result<i64, AccessError> {
        let mut tx = self.store.begin(tenant).await?;
        Ok(store::mandate::count_holders(&mut tx, area).await?)
    }

    /// Gives the first user of all everything: nobody was there to give it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_everything(&self, tx: &mut Tx, user: UserId) -> Result<(), AccessError> {
        let everything = NewMandate::whole(Role::System(SystemRole::SuperAdministrator));
        let tenant = tx.territory();
        store::mandate::insert(tx, user, tenant, &everything).await?;
        Ok(())
    }

    /// Waits until nobody else of the tenant is being let go; before a user's row is held.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn one_at_a_time(&self, tx: &mut Tx) -> Result<(), AccessError> {
        Ok(store::mandate::one_at_a_time(tx).await?)
    }

    /// Refuses to let go the last super administrator of a tenant who may log in; one at a time.
    ///
    /// # Errors
    /// [`AccessError::LastSuperAdministrator`], or when the database fails.
    pub async fn check_not_last(&self, tx: &mut Tx, user: UserId) -> Result<(), AccessError> {
        if store::mandate::is_super_administrator(tx, user).await?
            && !store::mandate::any_other_super_administrator(tx, user).await?
        {
            return Err(AccessError::LastSuperAdministrator);
        }
        Ok(())
    }

    /// Gives it within a transaction that holds the user.
    ///
    /// # Errors
    /// As [`Mandates::give`].
    pub async fn give_within(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        user: UserId,
        mandate: &NewMandate,
    ) -> Result<MandateId, AccessError> {
        let area = mandate.area.unwrap_or(tx.territory());
        if store::mandate::above(tx, area).await?.is_empty() {
            return Err(AccessError::Field("territory", "is none that there is"));
        }
        let gift = self.allowed(tx, mandate.role).await?;
        self.check_holds(tx, principal, &gift, area).await?;
        if store::mandate::count(tx, user).await? >= MANDATES_OF_A_USER {
            return Err(AccessError::TooManyMandates);
        }
        let inserted = store::mandate::insert(tx, user, area, mandate).await?;
        let id = inserted.ok_or(AccessError::Field("valid_until", "is not after it begins"))?;
        let times = (mandate.valid_from, mandate.valid_until);
        let entry = Entry {
            after: Some(told(user, mandate.role, area, times)),
            ..Entry::new("access.mandate.give", format!("mandate:{id}"))
        };
        audit::record(tx, principal, entry).await?;
        Ok(id)
    }

    /// What a role allows.
    async fn allowed(&self, tx: &mut Tx, role: Role) -> Result<Allowed, AccessError> {
        match role {
            Role::System(role) => Ok(Allowed::Role(role)),
            Role::Own(id) => {
                let found = store::mandate::hold_role(tx, id).await?;
                let names = found.ok_or(AccessError::Field("role", "is none that there is"))?;
                Ok(Allowed::These(names.into_iter().collect()))
            }
        }
    }
}

/// Holds a user of the tenant: nobody else changes them until the end of the transaction.
///
/// # Errors
/// [`AccessError::NoUser`], or when the database fails.
pub async fn hold_user(tx: &mut Tx, user: UserId) -> Result<(), AccessError> {
    match store::mandate::lock_user(tx, user).await? {
        true => Ok(()),
        false => Err(AccessError::NoUser(user.to_string())),
    }
}

/// A mandate in the audit trail.
fn told(
    user: UserId,
    role: Role,
    area: TerritoryId,
    (from, until): (Option<OffsetDateTime>, Option<OffsetDateTime>),
) -> Value {
    let text = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
    json!({
        "user": user, "role": role, "territory": area,
        "valid_from": from.map(text), "valid_until": until.map(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_a_name_or_a_number() {
        for (text, role) in [
            ("operator", Ok(Role::System(SystemRole::Operator))),
            ("12", Ok(Role::Own(RoleId(12)))),
            ("-1", Ok(Role::Own(RoleId(-1)))),
            ("", Err(NotARole)),
            ("Operator", Err(NotARole)),
            ("12 ", Err(NotARole)),
            ("9223372036854775808", Err(NotARole)),
        ] {
            assert_eq!(text.parse::<Role>(), role, "{text:?}");
            if let Ok(role) = role {
                assert_eq!(role.to_string(), text);
            }
        }
    }
}
