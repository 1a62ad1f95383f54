//! The SOAP envelope around a message, and its header.

use crate::dialect::Dialect;

/// A message with what stands around it (TR-069 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<M> {
    /// `cwmp:ID`; an answer repeats the question's exactly.
    pub id: Option<String>,
    /// The prefixes and namespaces that the peer used or is to see.
    pub dialect: Dialect,
    /// The other header elements.
    pub header: Header,
    /// The one message in the body.
    pub message: M,
}

impl<M> Envelope<M> {
    /// A message in the given dialect, with an empty header.
    pub fn new(id: impl Into<Option<String>>, dialect: Dialect, message: M) -> Self {
        Self {
            id: id.into(),
            dialect,
            header: Header::default(),
            message,
        }
    }

    /// The answer to this envelope: the same id and dialect, an empty header.
    pub fn answer<A>(&self, message: A) -> Envelope<A> {
        Envelope::new(self.id.clone(), self.dialect.clone(), message)
    }
}

/// The header elements of CWMP other than the id (TR-069 3.5, table 4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Header {
    /// ACS to CPE, deprecated: the CPE may not send requests for now. Left out when false.
    pub hold_requests: bool,
    /// CPE to ACS, only in CWMP 1.0, to be ignored. Left out when false.
    pub no_more_requests: bool,
    /// CPE to ACS with an Inform: seconds, at least 30 (cwmp-1-3.xsd).
    pub session_timeout: Option<u32>,
    /// CPE to ACS with an Inform: such as `1.0,1.1,1.4` (cwmp-1-4.xsd).
    pub supported_versions: Option<String>,
    /// ACS to CPE with the InformResponse: such as `1.4` (cwmp-1-4.xsd).
    pub use_version: Option<String>,
}
