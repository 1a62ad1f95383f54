//! API keys: shown once, stored as keyed hashes.

use regia_clock::Chance;
use regia_secrets::{Key, Secret};
use regia_store::page::{Limit, Page};
use serde_json::json;

use crate::access::Access;
use crate::audit::{self, Entry};
use crate::{AccessError, ApiKeyId, ApiKeySummary, Principal, store};

/// 232 bits; the prefix lets scanners for leaked secrets recognise it.
pub(crate) fn draw(chance: &Chance) -> Secret {
    format!("regia_{}", chance.secret(40)).into()
}

/// By the current secret key first.
///
/// Looking a hash up leaks nothing by its time: whoever lacks the secret key cannot choose it.
pub(crate) fn hashes(key: &Key, text: &Secret) -> Vec<[u8; 32]> {
    key.macs(&[b"api key", text.expose().as_bytes()])
}

impl Access {
    /// Makes a key. Its text is answered here and never again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_api_key(
        &self,
        principal: &Principal,
        name: &str,
    ) -> Result<(ApiKeyId, Secret), AccessError> {
        let text = draw(&self.0.chance);
        let mut tx = self.begin().await?;
        let id = store::api_key::insert(&mut tx, name, &self.api_key_hash(&text)).await?;
        let entry = Entry {
            after: Some(json!({ "name": name })),
            ..Entry::new("access.api_key.create", format!("api_key:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok((id, text))
    }

    /// Ends a key for good.
    ///
    /// # Errors
    /// [`AccessError::NoApiKey`], or when the database fails.
    pub async fn revoke_api_key(
        &self,
        principal: &Principal,
        id: ApiKeyId,
    ) -> Result<(), AccessError> {
        let mut tx = self.begin().await?;
        if !store::api_key::revoke(&mut tx, id).await? {
            return Err(AccessError::NoApiKey(id));
        }
        let entry = Entry::new("access.api_key.revoke", format!("api_key:{id}"));
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// All keys, revoked ones too, the newest first, after the one given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_api_keys(
        &self,
        after: Option<ApiKeyId>,
        limit: Limit,
    ) -> Result<Page<ApiKeySummary>, AccessError> {
        let mut tx = self.begin().await?;
        let rows = store::api_key::list(&mut tx, after, limit).await?;
        Ok(Page::from_rows(rows, limit, |row| row.id))
    }

    pub(crate) fn api_key_hash(&self, text: &Secret) -> [u8; 32] {
        self.0.key.mac(&[b"api key", text.expose().as_bytes()])
    }
}
