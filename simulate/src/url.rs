//! The `http://` addresses that a CPE is given: ACS, files, other ACSs.

use std::fmt;
use std::str::FromStr;

/// The longest URL of a data model (TR-069 A.3.2.8, TR-181 ManagementServer.URL).
const MAX_URL_BYTES: usize = 2048;
const HTTP_PORT: u16 = 80;

/// An `http://` URL without user info.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    authority: String,
    host: String,
    port: u16,
    target: String,
}

/// Why a text is no address that a simulated CPE can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Another scheme, or none.
    #[error("only http:// is supported")]
    Scheme,
    /// Not an address.
    #[error("this is not a well-formed http:// address")]
    Malformed,
}

impl HttpUrl {
    /// Host and port as they belong into the Host header.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host, an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, 80 when none is written.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query, at least `/`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Where a Location header leads: an absolute URL, or a path on the same host.
    ///
    /// # Errors
    /// When it is neither.
    pub fn follow(&self, location: &str) -> Result<Self, BadUrl> {
        if location.starts_with('/') && !location.starts_with("//") {
            return format!("http://{}{location}", self.authority).parse();
        }
        location.parse()
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.target)
    }
}

impl FromStr for HttpUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = text.split_once("://").ok_or(BadUrl::Scheme)?;
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(BadUrl::Scheme);
        }
        if text.len() > MAX_URL_BYTES || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadUrl::Malformed);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (host, port) = split_port(authority)?;
        if host.is_empty() || authority.contains('@') {
            return Err(BadUrl::Malformed);
        }
        let target = match target.chars().next() {
            Some('/') => target.to_owned(),
            _ => format!("/{target}"),
        };
        Ok(Self {
            authority: authority.to_owned(),
            host: host.to_owned(),
            port,
            target,
        })
    }
}

fn split_port(authority: &str) -> Result<(&str, u16), BadUrl> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or(BadUrl::Malformed)?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(digits) => digits.parse().map_err(|_| BadUrl::Malformed)?,
        None if port.is_empty() => HTTP_PORT,
        None => return Err(BadUrl::Malformed),
    };
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split() {
        for (text, host, port, target) in [
            ("http://acs", "acs", 80, "/"),
            ("HTTP://acs:7547", "acs", 7547, "/"),
            ("http://acs:7547/a/b?c=d#e", "acs", 7547, "/a/b?c=d"),
            ("http://acs?x", "acs", 80, "/?x"),
            ("http://[::1]:8080/", "::1", 8080, "/"),
            ("http://[::1]", "::1", 80, "/"),
        ] {
            let url: HttpUrl = text.parse().unwrap();
            assert_eq!(
                (url.host(), url.port(), url.target()),
                (host, port, target),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (text, expected) in [
            ("", BadUrl::Scheme),
            ("acs:7547", BadUrl::Scheme),
            ("https://acs", BadUrl::Scheme),
            ("http://", BadUrl::Malformed),
            ("http:///x", BadUrl::Malformed),
            ("http://a b", BadUrl::Malformed),
            ("http://a:x/", BadUrl::Malformed),
            ("http://a:99999/", BadUrl::Malformed),
            ("http://[::1/", BadUrl::Malformed),
            ("http://[::1]x/", BadUrl::Malformed),
            ("http://u:p@acs/", BadUrl::Malformed),
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn redirects_lead_to_a_path_or_another_host() {
        let url: HttpUrl = "http://acs:7547/a".parse().unwrap();
        for (location, expected) in [
            ("/b?c", "http://acs:7547/b?c"),
            ("http://other/d", "http://other/d"),
        ] {
            assert_eq!(url.follow(location).unwrap().to_string(), expected);
        }
        assert!(url.follow("//evil").is_err());
        assert!(url.follow("b").is_err());
    }
}
