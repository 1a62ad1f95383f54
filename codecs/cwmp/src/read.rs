//! Reading envelopes.

use crate::{AcsMessage, CpeMessage, Envelope, Limits, ParseError};

/// Reads what a CPE sent.
///
/// # Errors
/// See [`ParseError`].
pub fn parse_cpe(_body: &[u8], _limits: &Limits) -> Result<Envelope<CpeMessage>, ParseError> {
    Err(ParseError::Truncated { position: 0 })
}

/// Reads what an ACS sent.
///
/// # Errors
/// See [`ParseError`].
pub fn parse_acs(_body: &[u8], _limits: &Limits) -> Result<Envelope<AcsMessage>, ParseError> {
    Err(ParseError::Truncated { position: 0 })
}
