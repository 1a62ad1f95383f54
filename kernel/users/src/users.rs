//! Users: made, changed, suspended and deleted by administrators.

use std::sync::Arc;

use regia_access::audit::{self, Entry};
use regia_access::{
    AccessError, AccessSettings, Catalogue, Mandates, NewMandate, Principal, UserId, is_invisible,
};
use regia_clock::Chance;
use regia_ident::TerritoryId;
use regia_secrets::{Key, KeyRing};
use regia_store::page::{Limit, Page};
use regia_store::{Store, Tx};
use serde_json::json;

use crate::passwords::Passwords;
use crate::store::user::NewAccount;
use crate::{UserFilter, UserState, UserSummary, ending, store};

/// A login name may be this long.
const NAME_CHARS: usize = 64;
/// A person's own name may be this long.
const FULL_NAME_CHARS: usize = 120;
/// The longest address that mail can go to (RFC 5321, 4.5.3.1.3, without the brackets).
const EMAIL_CHARS: usize = 254;

/// What is known of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Their own name; may be empty.
    pub full_name: String,
    /// Where to write to them; may be empty.
    pub email: String,
}

/// Somebody who is to log in.
#[derive(Debug, Clone, Copy)]
pub struct NewUser<'a> {
    /// The name they log in with.
    pub name: &'a str,
    /// What is known of them.
    pub person: &'a Person,
    /// What they may do; without any they see nothing.
    pub mandates: &'a [NewMandate],
}

impl Person {
    fn checked(&self) -> Result<Self, AccessError> {
        let full_name = self.full_name.trim().to_owned();
        if full_name.chars().count() > FULL_NAME_CHARS {
            return Err(AccessError::Field(
                "full_name",
                "has 120 characters at most",
            ));
        }
        if full_name.chars().any(is_invisible) {
            return Err(AccessError::Field(
                "full_name",
                "has characters that cannot be seen",
            ));
        }
        let email = self.email.trim().to_owned();
        if !(email.is_empty() || is_email(&email)) {
            return Err(AccessError::Field("email", "is no e-mail address"));
        }
        Ok(Self { full_name, email })
    }
}

/// The users of all tenants. Clones are the same.
#[derive(Debug, Clone)]
pub struct Users(pub(crate) Arc<Parts>, pub(crate) Mandates);

#[derive(Debug)]
pub(crate) struct Parts {
    pub store: Store,
    pub settings: AccessSettings,
    pub chance: Chance,
    pub key: Key,
    pub passwords: Passwords,
}

impl Users {
    /// Takes the time of one password hash.
    ///
    /// # Errors
    /// [`AccessError::Hashing`] when there is no memory for it.
    pub fn new(
        store: Store,
        keys: &KeyRing,
        settings: AccessSettings,
        chance: Chance,
    ) -> Result<Self, AccessError> {
        let mandates = Mandates::new(store.clone(), Catalogue::default());
        let parts = Parts {
            store,
            settings,
            // As long as there have been users, their links were hashed with it.
            key: keys.derive("access"),
            passwords: Passwords::new(chance.clone())?,
            chance,
        };
        Ok(Self(Arc::new(parts), mandates))
    }

    /// The same users, whose mandates know what may be allowed.
    #[must_use]
    pub fn knowing(self, catalogue: Catalogue) -> Self {
        let mandates = Mandates::new(self.0.store.clone(), catalogue);
        Self(self.0, mandates)
    }

    /// Who of them holds which role where.
    #[must_use]
    pub const fn mandates(&self) -> &Mandates {
        &self.1
    }

    /// Hashes passwords, and checks them.
    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Makes a user of the principal's tenant, who cannot log in before they have set their password
    /// with a link.
    ///
    /// # Errors
    /// [`AccessError::Field`], [`AccessError::NameTaken`], [`AccessError::Beyond`], or when the
    /// database fails.
    pub async fn create_user(
        &self,
        principal: &Principal,
        user: NewUser<'_>,
    ) -> Result<UserId, AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let id = self.insert_user(&mut tx, principal, user).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(crate) async fn insert_user(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        user: NewUser<'_>,
    ) -> Result<UserId, AccessError> {
        let name = user.name.trim();
        check_name(name)?;
        let person = user.person.checked()?;
        let account = NewAccount {
            name,
            full_name: &person.full_name,
            email: &person.email,
            password_hash: None,
        };
        let Some(id) = store::user::insert(tx, &account).await? else {
            return Err(AccessError::NameTaken(name.to_owned()));
        };
        let entry = Entry {
            after: Some(json!({
                "name": name, "full_name": person.full_name, "email": person.email,
            })),
            ..Entry::new("access.user.create", format!("user:{id}"))
        };
        audit::record(tx, principal, entry).await?;
        for mandate in user.mandates {
            self.1.give_within(tx, principal, id, mandate).await?;
        }
        Ok(id)
    }

    /// Changes what is known of a user.
    ///
    /// # Errors
    /// [`AccessError::Field`], [`AccessError::NoUser`], or when the database fails.
    pub async fn change_user(
        &self,
        principal: &Principal,
        id: UserId,
        person: &Person,
    ) -> Result<(), AccessError> {
        let person = person.checked()?;
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let before = locked(&mut tx, id).await?;
        store::user::change(&mut tx, id, &person.full_name, &person.email).await?;
        let entry = Entry {
            before: Some(json!({ "full_name": before.full_name, "email": before.email })),
            after: Some(json!({ "full_name": person.full_name, "email": person.email })),
            ..Entry::new("access.user.change", format!("user:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// A user.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], or when the database fails.
    pub async fn get_user(
        &self,
        tenant: TerritoryId,
        id: UserId,
    ) -> Result<UserSummary, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        let found = store::user::get(&mut tx, id).await?;
        found.ok_or_else(|| AccessError::NoUser(id.to_string()))
    }

    /// The tenant and the number of the user with this login name.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], or when the database fails.
    pub async fn user_named(&self, name: &str) -> Result<(TerritoryId, UserId), AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let found = store::user::find(&mut tx, name).await?;
        found.ok_or_else(|| AccessError::NoUser(name.to_owned()))
    }

    /// Users by login name, after the one given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_users(
        &self,
        tenant: TerritoryId,
        filter: &UserFilter,
        after: Option<&str>,
        limit: Limit,
    ) -> Result<Page<UserSummary>, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        let rows = store::user::list(&mut tx, filter, after, limit).await?;
        Ok(Page::from_rows(rows, limit, |row| row.name.clone()))
    }

    /// How many users there are; counting stops at `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_users(
        &self,
        tenant: TerritoryId,
        filter: &UserFilter,
        most: i64,
    ) -> Result<i64, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        Ok(store::user::count(&mut tx, filter, most).await?)
    }

    /// A suspended user may not log in, and is logged out at once.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Beyond`], [`AccessError::LastSuperAdministrator`], or
    /// when the database fails.
    pub async fn suspend_user(&self, principal: &Principal, id: UserId) -> Result<(), AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let before = self.may_go(&mut tx, principal, id).await?;
        if before.state == UserState::Suspended {
            return Ok(());
        }
        store::user::set_suspended(&mut tx, id, true).await?;
        end_everything(&mut tx, id).await?;
        let entry = Entry {
            before: Some(json!({ "state": before.state })),
            after: Some(json!({ "state": UserState::Suspended })),
            ..Entry::new("access.user.suspend", format!("user:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Lets a suspended user log in again.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], or when the database fails.
    pub async fn resume_user(&self, principal: &Principal, id: UserId) -> Result<(), AccessError> {
        self.resume_in(principal.tenant(), principal, id).await
    }

    /// Lets the suspended user of this name log in again, whatever their tenant.
    ///
    /// # Errors
    /// As [`Users::resume_user`].
    pub async fn resume_named(&self, principal: &Principal, name: &str) -> Result<(), AccessError> {
        let (tenant, id) = self.user_named(name).await?;
        self.resume_in(tenant, principal, id).await
    }

    async fn resume_in(
        &self,
        tenant: TerritoryId,
        principal: &Principal,
        id: UserId,
    ) -> Result<(), AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        if locked(&mut tx, id).await?.state != UserState::Suspended {
            return Ok(());
        }
        store::user::set_suspended(&mut tx, id, false).await?;
        let after = locked(&mut tx, id).await?.state;
        let entry = Entry {
            before: Some(json!({ "state": UserState::Suspended })),
            after: Some(json!({ "state": after })),
            ..Entry::new("access.user.resume", format!("user:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a user with their logins; the audit trail keeps their name.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Beyond`], [`AccessError::LastSuperAdministrator`], or
    /// when the database fails.
    pub async fn delete_user(&self, principal: &Principal, id: UserId) -> Result<(), AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let before = self.may_go(&mut tx, principal, id).await?;
        store::user::delete(&mut tx, id).await?;
        let entry = Entry {
            before: Some(json!({
                "name": before.name, "full_name": before.full_name, "email": before.email,
            })),
            ..Entry::new("access.user.delete", format!("user:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Keeps somebody who can let others in: the last super administrator of a tenant who may log
    /// in cannot be suspended or deleted. The other way to lose the role is
    /// [`Mandates::end`].
    async fn may_go(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        id: UserId,
    ) -> Result<UserSummary, AccessError> {
        self.1.one_at_a_time(tx).await?;
        let user = locked(tx, id).await?;
        self.1.check_outranks(tx, principal, id).await?;
        self.1.check_not_last(tx, id).await?;
        Ok(user)
    }
}

/// A user whom no other transaction changes until the end of this one.
pub(crate) async fn locked(tx: &mut Tx, id: UserId) -> Result<UserSummary, AccessError> {
    let found = store::user::lock(tx, id).await?;
    found.ok_or_else(|| AccessError::NoUser(id.to_string()))
}

/// Ends what a user could go on with: logins, half logins, open links.
pub(crate) async fn end_everything(tx: &mut Tx, id: UserId) -> Result<(), AccessError> {
    ending::half_logins(tx, id).await?;
    ending::logins(tx, id, None).await?;
    ending::links(tx, id).await?;
    Ok(())
}

/// Letters and digits of ASCII, so that no name looks like another.
fn check_name(name: &str) -> Result<(), AccessError> {
    let fits = name
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | '@'));
    let begins = name.starts_with(|char: char| char.is_ascii_alphanumeric());
    if !fits || !begins || name.len() > NAME_CHARS {
        return Err(AccessError::Field(
            "name",
            "has 1 to 64 letters and digits without accents, and . _ - @ after the first",
        ));
    }
    Ok(())
}

/// One `@` between something and a host's name: whether mail arrives, only mail can tell.
fn is_email(text: &str) -> bool {
    let Some((person, host)) = text.split_once('@') else {
        return false;
    };
    let odd =
        |char: char| char.is_whitespace() || is_invisible(char) || "@<>,;:\"()".contains(char);
    !person.is_empty()
        && !text
            .chars()
            .skip_while(|char| *char != '@')
            .skip(1)
            .any(odd)
        && !person.chars().any(odd)
        && text.len() <= EMAIL_CHARS
        && host.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_name_is_plain() {
        for (name, fits) in [
            ("maria", true),
            ("Maria.Bianchi-2_x@example.net", true),
            ("7", true),
            ("", false),
            (".maria", false),
            ("maria bianchi", false),
            ("maria\0", false),
            ("maria\n", false),
            ("mаria", false),
            ("marì", false),
            ("ｍaria", false),
            (&"x".repeat(64), true),
            (&"x".repeat(65), false),
        ] {
            assert_eq!(check_name(name).is_ok(), fits, "{name:?}");
        }
    }

    #[test]
    fn a_person_is_written_plainly() {
        for (full_name, email, wrong) in [
            ("", "", None),
            (" Màrìa Биянки ", "maria@example.net", None),
            ("a\0b", "", Some("full_name")),
            ("a\u{202e}b", "", Some("full_name")),
            ("a\u{200b}b", "", Some("full_name")),
            (&"x".repeat(121), "", Some("full_name")),
            ("", "maria", Some("email")),
            ("", "@example.net", Some("email")),
            ("", "maria@", Some("email")),
            ("", "maria@a..b", Some("email")),
            ("", "maria@a@b", Some("email")),
            ("", "ma ria@example.net", Some("email")),
            ("", "maria@example.net\r\nBcc: x@y", Some("email")),
            (
                "",
                &format!("{}@example.net", "x".repeat(250)),
                Some("email"),
            ),
        ] {
            let person = Person {
                full_name: full_name.into(),
                email: email.into(),
            };
            let found = match person.checked() {
                Ok(_) => None,
                Err(AccessError::Field(field, _)) => Some(field),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(found, wrong, "{full_name:?} {email:?}");
        }
    }
}
