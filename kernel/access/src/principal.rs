//! Who asks, and from where.

use std::fmt;
use std::net::IpAddr;

regia_ident::id! {
    /// A person who logs in.
    UserId
}

regia_ident::id! {
    /// One browser that is logged in.
    LoginId
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
        /// From where.
        origin: Origin,
    },
    /// A script with a key.
    ApiKey {
        /// Which key.
        id: ApiKeyId,
        /// What the key was named.
        name: String,
        /// From where.
        origin: Origin,
    },
    /// The server itself; names its part, such as `discovery`.
    System(&'static str),
}

impl Principal {
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
            origin: origin.clone(),
        };
        let key = Principal::ApiKey {
            id: ApiKeyId(2),
            name: "scripts".into(),
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
