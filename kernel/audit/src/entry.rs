//! One line of the trail.

use std::borrow::Cow;
use std::net::IpAddr;

use regia_store::{StoreError, Tx};
use serde_json::Value;

use crate::store;

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

/// Who changed something, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor<'a> {
    /// `user`, `key` or `system`.
    pub kind: &'static str,
    /// Their number; none for the server itself.
    pub id: Option<i64>,
    /// What they are called.
    pub name: &'a str,
    /// From where; nowhere for the server itself.
    pub address: Option<IpAddr>,
    /// Names the request in answers and log lines.
    pub trace_id: Option<&'a str>,
}

impl Actor<'static> {
    /// A part of the server itself.
    #[must_use]
    pub const fn system(part: &'static str) -> Self {
        Self {
            kind: "system",
            id: None,
            name: part,
            address: None,
            trace_id: None,
        }
    }
}

/// Writes the entry; it stands when `tx` commits, together with the change.
///
/// No writer waits for another: the row is signed alone, and chained later.
///
/// # Errors
/// As any statement, and [`StoreError::NoKey`] when the store was opened without a key.
pub async fn record(tx: &mut Tx, actor: Actor<'_>, entry: Entry) -> Result<(), StoreError> {
    store::entry::insert(tx, actor, entry).await
}
