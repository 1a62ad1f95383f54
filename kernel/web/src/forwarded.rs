//! Whose request a proxy passes on.
//!
//! A forwarding header is text that anybody can send. It is believed from the right: each proxy that
//! is trusted adds the address it was called from at the end, so the last address that is not a
//! trusted proxy's is the client's, and whatever stands before it is hearsay.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use regia_listener::Peer;
use regia_security::{Event, Kind, SecurityLog};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// More proxies in a row are no real ones.
const MAX_HOPS: usize = 32;

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// The header that trusted proxies set. Only one is read: a proxy that sets one passes on the other
/// as its client sent it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardingHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// Whom to believe.
#[derive(Debug, Clone)]
pub(crate) struct Proxies {
    pub trusted: Vec<Network>,
    pub header: ForwardingHeader,
}

/// Puts the client in the place of the proxy, for everything that comes after.
pub(crate) async fn unwrap(
    State(state): State<Arc<(Proxies, SecurityLog)>>,
    mut request: Request,
    next: Next,
) -> Response {
    let (proxies, log) = &*state;
    if let Some(peer) = request.extensions().get::<Peer>().copied() {
        if proxies.are_forged(peer.address.ip(), request.headers()) {
            log.note(Event {
                address: Some(peer.address.ip().to_canonical()),
                ..Event::new(Kind::ForgedForwarding)
            });
        }
        let client = proxies.client(peer.address, request.headers());
        let peer = Peer {
            address: client,
            ..peer
        };
        request.extensions_mut().insert(peer);
    }
    next.run(request).await
}

impl Proxies {
    /// The client of a request; its port is 0 where only a proxy knows it.
    fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
        if !self.trusts(peer.ip()) {
            return peer;
        }
        let mut client = peer;
        for hop in self.hops(headers) {
            // What a trusted proxy does not say in words that we know ends the chain.
            let Some(address) = hop else { break };
            client = SocketAddr::new(address, 0);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    /// Whether somebody who is no proxy of ours says whom they speak for.
    fn are_forged(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let speaks = headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(FORWARDED);
        speaks && !self.trusts(peer)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The addresses of the header, the last one first.
    fn hops(&self, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
        let (name, parse): (_, fn(&str) -> Option<IpAddr>) = match self.header {
            ForwardingHeader::XForwardedFor => (X_FORWARDED_FOR, node),
            ForwardingHeader::Forwarded => (FORWARDED, forwarded_for),
        };
        let lines: Vec<&str> = headers
            .get_all(name)
            .iter()
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        hops.take(MAX_HOPS).map(|hop| parse(hop.trim())).collect()
    }
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let is_for = name.trim().eq_ignore_ascii_case("for");
        is_for.then(|| node(value.trim().trim_matches('"')))?
    })
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(bare).map(|address| address.to_canonical())
}

impl Network {
    /// Whether an address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address.to_canonical() {
            IpAddr::V4(address) => (u128::from(u32::from(address)) << 96, 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let ((own, width), (other, other_width)) = (bits(self.address), bits(address));
        let differing = u32::from(128 - self.prefix.min(128));
        let mask = u128::MAX.checked_shl(differing).unwrap_or(0);
        width == other_width && own & mask == other & mask
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no network such as 10.0.0.0/8");
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse().map_err(|_| wrong())?,
            None => width,
        };
        if prefix > width {
            return Err(wrong());
        }
        Ok(Self { address, prefix })
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Network {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Network".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn client(header: ForwardingHeader, peer: &str, lines: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8:ffff::/48"];
        let proxies = Proxies {
            trusted: trusted.iter().map(|text| text.parse().unwrap()).collect(),
            header,
        };
        let mut headers = HeaderMap::new();
        for (name, text) in lines {
            headers.append(*name, HeaderValue::from_str(text).unwrap());
        }
        let peer = SocketAddr::new(peer.parse().unwrap(), 4_711);
        proxies.client(peer, &headers).ip().to_string()
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_is_the_client() {
        const X: &str = "x-forwarded-for";
        for (peer, lines, expected) in [
            // Nobody in between, and whoever says so is not believed.
            ("192.0.2.1", &[][..], "192.0.2.1"),
            ("192.0.2.1", &[(X, "198.51.100.1")], "192.0.2.1"),
            // One proxy; two; a forged beginning.
            ("10.0.0.1", &[(X, "192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[(X, "192.0.2.1, 10.0.0.2")], "192.0.2.1"),
            ("10.0.0.1", &[(X, "1.1.1.1, 192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[(X, "10.9.9.9, 192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[(X, "1.1.1.1"), (X, "192.0.2.1")], "192.0.2.1"),
            // Proxies only, nothing, nonsense.
            ("10.0.0.1", &[(X, "10.0.0.3,10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[(X, "192.0.2.1, unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(X, "192.0.2.1, ")], "10.0.0.1"),
            // The other header is whatever the client sent.
            ("10.0.0.1", &[("forwarded", "for=1.1.1.1")], "10.0.0.1"),
            // Spellings.
            ("::ffff:10.0.0.1", &[(X, "192.0.2.1:99")], "192.0.2.1"),
            (
                "2001:db8:ffff::1",
                &[(X, "[2001:db8::5]:443")],
                "2001:db8::5",
            ),
        ] {
            let found = client(ForwardingHeader::XForwardedFor, peer, lines);
            assert_eq!(found, expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_where_it_is_the_one() {
        const F: &str = "forwarded";
        for (lines, expected) in [
            (&[(F, "for=192.0.2.1;proto=https")][..], "192.0.2.1"),
            (&[(F, "proto=http;For=\"[2001:db8::5]:80\"")], "2001:db8::5"),
            (&[(F, "for=1.1.1.1, for=192.0.2.1")], "192.0.2.1"),
            (&[(F, "for=_hidden")], "10.0.0.1"),
            (&[(F, "by=10.0.0.1")], "10.0.0.1"),
            (&[("x-forwarded-for", "1.1.1.1")], "10.0.0.1"),
        ] {
            let found = client(ForwardingHeader::Forwarded, "10.0.0.1", lines);
            assert_eq!(found, expected, "{lines:?}");
        }
    }

    #[test]
    fn a_network_is_an_address_and_how_much_of_it_counts() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{address}"
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "10.0.0.0/x",
            "proxy",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
