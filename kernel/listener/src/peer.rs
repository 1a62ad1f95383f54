//! Who is at the other end of the connection.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use http::request::Parts;

/// The other end of the connection, put into every request by [`crate::Listener`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address as the socket tells it, or as a trusted proxy does (`web.trusted_proxies`).
    pub address: SocketAddr,
    /// Whether the connection is sealed.
    pub tls: bool,
}

impl Peer {
    /// This process itself, as when a test calls the router.
    pub const LOCAL: Self = Self {
        address: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        tls: false,
    };

    /// That of a request; this process where no listener took it.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self::LOCAL)
    }
}

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
