//! Which addresses are one client.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one: an IPv4 address, or the /64 that an IPv6 customer has.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from(u128::from(address) & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

/// As people write it: `192.0.2.1`, `2001:db8::/64`.
#[must_use]
pub fn network_text(network: IpAddr) -> String {
    match network {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{address}/64"),
    }
}

/// Reads what [`network_text`] wrote, or any address.
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.strip_suffix("/64").unwrap_or(text);
    address.parse().ok().map(network)
}

/// Whether the address belongs to this machine or to a network that is nobody's on the internet.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                // RFC 6598: shared with a provider's other customers.
                || (address.octets()[0] == 100 && address.octets()[1] & 0xc0 == 64)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_address_or_a_network_of_ipv6() {
        for (address, text) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            let found = network(address.parse().unwrap());
            assert_eq!(network_text(found), text);
            assert_eq!(parse(text), Some(found));
        }
        assert_eq!(
            parse("2001:db8:1:2:3:4:5:6").map(network_text).as_deref(),
            Some("2001:db8:1:2::/64")
        );
        for text in ["", "localhost", "10.0.0.0/8", "2001:db8::/32"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn private_networks_are_known() {
        for (address, private) in [
            ("127.0.0.1", true),
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("192.168.1.1", true),
            ("169.254.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("::1", true),
            ("fe80::1", true),
            ("fd00::1", true),
            ("::ffff:10.0.0.1", true),
            ("192.0.2.1", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
