//! TLS by rustls with ring, versions 1.2 and 1.3.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::ListenError;

/// A TLS address and what it shows.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// Where.
    pub address: SocketAddr,
    /// File with the certificate and its chain (PEM).
    pub certificate: PathBuf,
    /// File with the private key (PEM).
    pub key: PathBuf,
}

impl TlsOptions {
    /// The three settings that belong together; none without an address.
    ///
    /// # Errors
    /// [`ListenError::NoCertificate`] when the address stands alone.
    pub fn from_settings(
        section: &'static str,
        address: Option<SocketAddr>,
        certificate: Option<&Path>,
        key: Option<&Path>,
    ) -> Result<Option<Self>, ListenError> {
        match (address, certificate, key) {
            (None, _, _) => Ok(None),
            (Some(address), Some(certificate), Some(key)) => Ok(Some(Self {
                address,
                certificate: certificate.to_owned(),
                key: key.to_owned(),
            })),
            (Some(_), _, _) => Err(ListenError::NoCertificate { section }),
        }
    }
}

pub(crate) fn acceptor(options: &TlsOptions) -> Result<TlsAcceptor, ListenError> {
    let TlsOptions {
        certificate, key, ..
    } = options;
    let unusable = |path: &Path, what| {
        let path = path.to_owned();
        move |source| ListenError::File { path, what, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unusable(certificate, "a certificate"))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .map_err(unusable(key, "the certificate's private key"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
