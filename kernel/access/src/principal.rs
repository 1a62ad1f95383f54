//! Who asks, and from where.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use regia_ident::TerritoryId;
use regia_store::Scope;

use crate::authority::{Authority, Denied, Permission};

regia_ident::id! {
    /// A person who logs in.
    UserId
}

regia_ident::id! {
    /// One browser that is logged in.
    LoginId
}

regia_ident::id! {
    /// A role that somebody holds somewhere.
    MandateId
}

regia_ident::id! {
    /// A role that a tenant made.
    RoleId
}

regia_ident::id! {
    /// A key for scripts.
    ApiKeyId
}

/// Where a request came from; the audit trail keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Address of the peer.
    pub address: Option<IpAddr>,
    /// Names the request in answers and log lines.
    pub trace_id: Option<String>,
}

/// Who asks. Every flow takes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A person with a browser.
    User {
        /// Who.
        user_id: UserId,
        /// The name they log in with.
        name: String,
        /// The login that carries this request.
        login_id: LoginId,
        /// What they may do.
        authority: Arc<Authority>,
        /// From where.
        origin: Origin,
    },
    /// A script with a key.
    ApiKey {
        /// Which key.
        id: ApiKeyId,
        /// What the key was named.
        name: String,
        /// The user it belongs to; none: the installation.
        owner: Option<UserId>,
        /// Its own limit; none: the usual one.
        requests_per_minute: Option<u32>,
        /// What it may do.
        authority: Arc<Authority>,
        /// From where.
        origin: Origin,
    },
    /// The server itself; names its part, such as `discovery`.
    System(&'static str),
}

impl Principal {
    /// Where the principal may do this; the server itself may everywhere in the first tenant.
    ///
    /// # Errors
    /// [`Denied`] when that is nowhere.
    pub fn scope(&self, permission: &Permission) -> Result<Scope, Denied> {
        match self.authority() {
            Some(authority) => authority.scope(permission),
            None => Ok(Scope::whole(TerritoryId::ROOT)),
        }
    }

    /// The tenant that it belongs to; the server itself works in the first one.
    #[must_use]
    pub fn tenant(&self) -> TerritoryId {
        self.authority()
            .map_or(TerritoryId::ROOT, |authority| authority.tenant)
    }

    /// What a person or a key may do; nothing for the server itself, which is not asked.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        match self {
            Self::User { authority, .. } | Self::ApiKey { authority, .. } => Some(authority),
            Self::System(_) => None,
        }
    }

    /// From where; nowhere for the server itself.
    #[must_use]
    pub const fn origin(&self) -> Option<&Origin> {
        match self {
            Self::User { origin, .. } | Self::ApiKey { origin, .. } => Some(origin),
            Self::System(_) => None,
        }
    }

    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::ApiKey { .. } => "key",
            Self::System(_) => "system",
        }
    }

    pub(crate) const fn id(&self) -> Option<i64> {
        match self {
            Self::User { user_id, .. } => Some(user_id.0),
            Self::ApiKey { id, .. } => Some(id.0),
            Self::System(_) => None,
        }
    }

    /// The name to show.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name, .. } | Self::ApiKey { name, .. } => name,
            Self::System(part) => part,
        }
    }
}

/// `user admin`, `key scripts`, `system discovery`: for columns and lines that say who.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_says_who_it_is() {
        let origin = Origin::default();
        let user = Principal::User {
            user_id: UserId(1),
            name: "admin".into(),
            login_id: LoginId(7),
            authority: Arc::new(Authority::whole(TerritoryId::ROOT)),
            origin: origin.clone(),
        };
        let key = Principal::ApiKey {
            id: ApiKeyId(2),
            name: "scripts".into(),
            owner: None,
            requests_per_minute: None,
            authority: Arc::new(Authority::whole(TerritoryId::ROOT)),
            origin,
        };
        for (principal, text, id) in [
            (user, "user admin", Some(1)),
            (key, "key scripts", Some(2)),
            (Principal::System("discovery"), "system discovery", None),
        ] {
            assert_eq!(principal.to_string(), text);
            assert_eq!(principal.id(), id);
        }
    }
}
