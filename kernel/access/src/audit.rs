//! The audit trail: who changed what, written in the transaction of the change.

use std::borrow::Cow;

use regia_store::{StoreError, Tx};
use serde_json::Value;

use crate::{Principal, store};

/// One change. Secrets in it are masked by whoever writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `module.noun.verb`, such as `acs.device.reboot`.
    pub action: &'static str,
    /// What was changed, such as `device:42`.
    pub object: Cow<'static, str>,
    /// What it was before; none for something new.
    pub before: Option<Value>,
    /// What it is now; none for something gone.
    pub after: Option<Value>,
}

impl Entry {
    /// A change without values.
    pub fn new(action: &'static str, object: impl Into<Cow<'static, str>>) -> Self {
        Self {
            action,
            object: object.into(),
            before: None,
            after: None,
        }
    }
}

/// Writes the entry; it stands when `tx` commits, together with the change.
///
/// # Errors
/// As any statement.
pub async fn record(tx: &mut Tx, principal: &Principal, entry: Entry) -> Result<(), StoreError> {
    store::audit::insert(tx, principal, entry).await
}
