//! The form in which a device's trees and histories are kept: JSON rows, compressed with LZ4.
//!
//! Paths repeat their beginnings, so a document of 500 rows takes a few kilobytes, is read and
//! written whole in one statement, and costs the same whatever the size of the fleet.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// First byte of every document: which encoding follows.
const ENCODING_JSON_LZ4: u8 = 1;

/// Bytes of one document after decompression; a larger one is not ours.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024 * 1024;

/// Why a document cannot be read.
#[derive(Debug, Error)]
pub(crate) enum DocumentError {
    /// The first byte names no known encoding, or the size is not one of ours.
    #[error("the document's encoding is not known")]
    Encoding,
    /// The document is damaged.
    #[error("the document is damaged")]
    Compression(#[from] lz4_flex::block::DecompressError),
    /// The document is damaged.
    #[error("the document is not valid")]
    Json(#[from] serde_json::Error),
}

/// Reads a document.
///
/// # Errors
/// When it is damaged or from a later version.
pub(crate) fn decode<T: DeserializeOwned>(document: &[u8]) -> Result<T, DocumentError> {
    let Some((&ENCODING_JSON_LZ4, packed)) = document.split_first() else {
        return Err(DocumentError::Encoding);
    };
    let announced = packed
        .first_chunk()
        .map_or(0, |size| u32::from_le_bytes(*size));
    if usize::try_from(announced).unwrap_or(usize::MAX) > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::Encoding);
    }
    let json = lz4_flex::block::decompress_size_prepended(packed)?;
    Ok(serde_json::from_slice(&json)?)
}

/// Writes a document.
///
/// # Errors
/// Never in practice; JSON of texts and numbers cannot fail.
pub(crate) fn encode(rows: &impl Serialize) -> Result<Vec<u8>, DocumentError> {
    let json = serde_json::to_vec(rows)?;
    let mut document = vec![ENCODING_JSON_LZ4];
    document.extend(lz4_flex::block::compress_prepend_size(&json));
    Ok(document)
}
