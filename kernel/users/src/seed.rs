//! The first start: an administrator.

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Principal};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use serde_json::json;

use crate::store::user::NewAccount;
use crate::{Users, store};

/// The name of the first user.
pub const ADMINISTRATOR: &str = "admin";

/// What the first start is given; what is absent is drawn by chance.
#[derive(Debug, Default)]
pub struct Seed {
    /// Password of [`ADMINISTRATOR`].
    pub admin_password: Option<Secret>,
}

/// What the start found.
#[derive(Debug)]
pub enum Seeded {
    /// Nobody was there; now there is an administrator. Whoever started the server must see what
    /// was drawn by chance: it is shown once.
    Now {
        /// The password, if it was drawn.
        drawn_password: Option<Secret>,
    },
    /// A start long ago did it; the seed was not used.
    Before,
}

impl Users {
    /// Makes the first user unless there is a user already. Several nodes may
    /// start at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self, seed: Seed) -> Result<Seeded, AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let anybody = store::user::any(&mut tx).await?;
        tx.commit().await?;
        if anybody {
            return Ok(Seeded::Before);
        }
        let (password, drawn_password) = match seed.admin_password {
            Some(given) => (given, None),
            None => {
                let drawn = self.draw_password();
                (drawn.clone(), Some(drawn))
            }
        };
        let hash = self.0.passwords.hash(&password).await?;
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let account = NewAccount {
            name: ADMINISTRATOR,
            full_name: "",
            email: "",
            password_hash: Some(&hash),
        };
        let Some(user) = store::user::insert(&mut tx, &account).await? else {
            return Ok(Seeded::Before);
        };
        self.1.give_everything(&mut tx, user).await?;
        let entry = Entry {
            after: Some(json!({ "name": ADMINISTRATOR })),
            ..Entry::new("access.user.create", format!("user:{user}"))
        };
        audit::record(&mut tx, &Principal::System("first start"), entry).await?;
        tx.commit().await?;
        Ok(Seeded::Now { drawn_password })
    }
}
