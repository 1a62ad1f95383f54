//! The settings section `web`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use regia_listener::{ConnectionSettings, ListenError, ListenOptions, TlsOptions};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::forwarded::Proxies;
use crate::{ForwardingHeader, Network};

/// Where console and API listen unless told otherwise: for this machine only.
const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// Console and API.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebSettings {
    /// Address without TLS, such as `127.0.0.1:8080`. Absent: that one, or none where
    /// `tls_listen` is set.
    pub listen: Option<SocketAddr>,
    /// Address with TLS, such as `0.0.0.0:8443`.
    pub tls_listen: Option<SocketAddr>,
    /// File with the certificate and its chain (PEM).
    pub tls_certificate: Option<PathBuf>,
    /// File with the certificate's private key (PEM).
    pub tls_key: Option<PathBuf>,
    /// A larger request body is refused; uploads of files have limits of their own.
    #[schemars(range(min = 4096, max = 1_073_741_824))]
    pub max_body_bytes: usize,
    /// Requests of console and API that are worked on at a time; more are answered 503. It keeps a
    /// flood of them from devices and logins, which need the same database: three times
    /// `database.max_connections` is ample.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_concurrent: u32,
    /// The same for the login page and the API's description, which have room of their own.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_concurrent_open: u32,
    /// Addresses or networks (`10.0.0.0/8`) of proxies whose forwarding header is believed. From all
    /// others it changes nothing.
    pub trusted_proxies: Vec<Network>,
    /// The header that they set; the other one is not read.
    pub forwarding_header: ForwardingHeader,
    /// Connections of browsers and scripts.
    pub connections: ConnectionSettings,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            listen: None,
            tls_listen: None,
            tls_certificate: None,
            tls_key: None,
            max_body_bytes: 1024 * 1024,
            max_concurrent: 64,
            max_concurrent_open: 16,
            trusted_proxies: Vec::new(),
            forwarding_header: ForwardingHeader::default(),
            connections: ConnectionSettings::default(),
        }
    }
}

impl WebSettings {
    /// Whose forwarding header is believed; nobody's if no proxy is trusted.
    pub(crate) fn proxies(&self) -> Option<Proxies> {
        (!self.trusted_proxies.is_empty()).then(|| Proxies {
            trusted: self.trusted_proxies.clone(),
            header: self.forwarding_header,
        })
    }

    /// What to bind.
    ///
    /// # Errors
    /// [`ListenError::NoCertificate`] when TLS has an address and no certificate or key.
    pub fn listen_options(&self) -> Result<ListenOptions, ListenError> {
        let tls = TlsOptions::from_settings(
            "web",
            self.tls_listen,
            self.tls_certificate.as_deref(),
            self.tls_key.as_deref(),
        )?;
        let plain = self.listen.or(tls.is_none().then_some(DEFAULT));
        Ok(ListenOptions {
            plain,
            tls,
            connections: self.connections.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_follows_from_what_is_set() {
        let (a, b): (SocketAddr, SocketAddr) = (
            "127.0.0.1:1".parse().unwrap(),
            "127.0.0.1:2".parse().unwrap(),
        );
        for (listen, tls_listen, plain, tls) in [
            (None, None, Some(DEFAULT), None),
            (Some(a), None, Some(a), None),
            (None, Some(b), None, Some(b)),
            (Some(a), Some(b), Some(a), Some(b)),
        ] {
            let settings = WebSettings {
                listen,
                tls_listen,
                tls_certificate: Some("c".into()),
                tls_key: Some("k".into()),
                ..Default::default()
            };
            let options = settings.listen_options().unwrap();
            assert_eq!(
                (options.plain, options.tls.map(|tls| tls.address)),
                (plain, tls)
            );
        }
        let settings = WebSettings {
            tls_listen: Some(b),
            ..Default::default()
        };
        let error = settings.listen_options().unwrap_err().to_string();
        assert!(error.contains("web.tls_certificate"), "{error}");
    }
}
