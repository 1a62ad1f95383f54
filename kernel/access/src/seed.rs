//! The first start: an administrator and an API key.

use regia_secrets::Secret;

use crate::access::Access;
use crate::api_key;
use crate::audit::{self, Entry};
use crate::store::user::NewAccount;
use crate::{AccessError, NewMandate, Principal, Role, SystemRole, store};

/// The name of the first user.
pub const ADMINISTRATOR: &str = "admin";

const FIRST_KEY: &str = "first key";

/// What the first start is given; what is absent is drawn by chance.
#[derive(Debug, Default)]
pub struct Seed {
    /// Password of [`ADMINISTRATOR`].
    pub admin_password: Option<Secret>,
    /// The first API key.
    pub api_key: Option<Secret>,
}

/// What the start found.
#[derive(Debug)]
pub enum Seeded {
    /// Nobody was there; now there are an administrator and a key. Whoever started the server
    /// must see what was drawn by chance: it is shown once.
    Now {
        /// The password, if it was drawn.
        drawn_password: Option<Secret>,
        /// The key, if it was drawn.
        drawn_api_key: Option<Secret>,
    },
    /// A start long ago did it; the seed was not used.
    Before,
}

impl Access {
    /// Makes the first user and the first key unless there is a user already. Several nodes may
    /// start at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self, seed: Seed) -> Result<Seeded, AccessError> {
        let mut tx = self.begin().await?;
        let anybody = store::user::any(&mut tx).await?;
        tx.commit().await?;
        if anybody {
            return Ok(Seeded::Before);
        }
        let (password, drawn_password) = given_or(seed.admin_password, || self.draw_password());
        let (api_key, drawn_api_key) = given_or(seed.api_key, || api_key::draw(&self.0.chance));
        let hash = self.0.passwords.hash(&password).await?;
        let mut tx = self.begin().await?;
        let account = NewAccount {
            name: ADMINISTRATOR,
            full_name: "",
            email: "",
            password_hash: Some(&hash),
        };
        let Some(user) = store::user::insert(&mut tx, &account).await? else {
            return Ok(Seeded::Before);
        };
        let everything = NewMandate::whole(Role::System(SystemRole::SuperAdministrator));
        let tenant = tx.territory();
        store::mandate::insert(&mut tx, user, tenant, &everything).await?;
        let key = store::api_key::insert(&mut tx, FIRST_KEY, &self.api_key_hash(&api_key)).await?;
        for entry in [
            Entry::new("access.user.create", format!("user:{user}")),
            Entry::new("access.api_key.create", format!("api_key:{key}")),
        ] {
            audit::record(&mut tx, &Principal::System("first start"), entry).await?;
        }
        tx.commit().await?;
        Ok(Seeded::Now {
            drawn_password,
            drawn_api_key,
        })
    }
}

/// The secret to use, and once more if it was drawn.
fn given_or(given: Option<Secret>, draw: impl FnOnce() -> Secret) -> (Secret, Option<Secret>) {
    match given {
        Some(given) => (given, None),
        None => {
            let drawn = draw();
            (drawn.clone(), Some(drawn))
        }
    }
}
