//! How large a message may be before it is refused.

/// What bounds a parse; past any of them the message is refused.
///
/// Memory stays within a small multiple of the body whatever these say: nothing is allocated for a
/// count that a message only claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole body. A tree of 10,000 parameters with values takes about 3 MiB.
    pub max_body_bytes: usize,
    /// Elements within each other. CWMP needs 8: Envelope, Body, message, list, structure, list,
    /// item, and one to spare.
    pub max_depth: usize,
    /// Elements in all, known or not. A parameter takes three.
    pub max_elements: usize,
    /// Entries of all lists of a message together. Large gateways have about 20,000 parameters.
    pub max_parameters: usize,
    /// Bytes of one text. Configuration and certificates come as base64 in one value.
    pub max_text_bytes: usize,
    /// Events of an Inform (xsd `EventList`).
    pub max_events: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 16 * 1024 * 1024,
            max_depth: 16,
            max_elements: 400_000,
            max_parameters: 100_000,
            max_text_bytes: 256 * 1024,
            max_events: 64,
        }
    }
}
