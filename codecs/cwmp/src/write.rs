//! Writing envelopes.

use crate::{AcsMessage, CpeMessage, Envelope};

/// Writes what an ACS sends.
#[must_use]
pub fn write_acs(_envelope: &Envelope<AcsMessage>) -> Vec<u8> {
    Vec::new()
}

/// Writes what a CPE sends.
#[must_use]
pub fn write_cpe(_envelope: &Envelope<CpeMessage>) -> Vec<u8> {
    Vec::new()
}
