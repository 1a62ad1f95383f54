//! Why a body could not be read.

use regia_fault::Category;
use thiserror::Error;

/// Why a body could not be read; each sentence may be shown to the peer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The charset is not one of those that CPEs are known to use.
    #[error("The charset {label:?} is not supported.")]
    Charset {
        /// As it was named, at most 64 characters of it.
        label: String,
    },
    /// The bytes are no text in the charset that they must be in.
    #[error("The body is not valid {charset} at byte {position}.")]
    Encoding {
        /// UTF-8 or UTF-16.
        charset: &'static str,
        /// Where.
        position: u64,
    },
    /// The XML is broken.
    #[error("The XML is not well-formed at byte {position}: {reason}.")]
    IllFormed {
        /// What is wrong.
        reason: String,
        /// Where.
        position: u64,
    },
    /// The body ends before the envelope does.
    #[error("The body ends at byte {position} before the envelope does.")]
    Truncated {
        /// The body's length.
        position: u64,
    },
    /// A document type, which no CWMP message has and which could make texts explode.
    #[error("A document type at byte {position} is not allowed.")]
    Doctype {
        /// Where.
        position: u64,
    },
    /// A reference to something other than a character or one of the five predefined entities.
    #[error("The entity {name:?} at byte {position} is not known.")]
    Entity {
        /// Its name, at most 64 characters of it.
        name: String,
        /// Where.
        position: u64,
    },
    /// Something is larger than allowed.
    #[error("There are more than {limit} {what} at byte {position}.")]
    Limit {
        /// Of what there is too much.
        what: &'static str,
        /// The most that is allowed.
        limit: usize,
        /// Where.
        position: u64,
    },
    /// A needed element is missing or empty.
    #[error("The element {element} is missing or empty.")]
    Missing {
        /// Its local name.
        element: &'static str,
    },
    /// An element where it cannot be.
    #[error("The element {element:?} at byte {position} is out of place.")]
    Misplaced {
        /// Its local name, at most 64 characters of it.
        element: String,
        /// Where.
        position: u64,
    },
    /// An element holds something that it cannot hold.
    #[error("The element {element} at byte {position} holds no {wanted}.")]
    Value {
        /// Its local name.
        element: &'static str,
        /// What it should hold.
        wanted: &'static str,
        /// Where.
        position: u64,
    },
}

impl ParseError {
    /// What the sender can do about it.
    #[must_use]
    pub const fn category(&self) -> Category {
        match self {
            Self::Limit { .. } => Category::Exhausted,
            Self::Charset { .. }
            | Self::Encoding { .. }
            | Self::IllFormed { .. }
            | Self::Truncated { .. }
            | Self::Doctype { .. }
            | Self::Entity { .. }
            | Self::Missing { .. }
            | Self::Misplaced { .. }
            | Self::Value { .. } => Category::Invalid,
        }
    }

    /// The code of the fault that an ACS answers with (TR-069 A.5.2): 8004 past a limit, else 8003.
    ///
    /// A method that is not known is no error here; answer
    /// [`CpeMessage::Unknown`](crate::CpeMessage::Unknown) with 8000.
    #[must_use]
    pub const fn fault_code(&self) -> u32 {
        self.category().cwmp_code()
    }
}

/// At most 64 characters of something that a peer sent, to be repeated in an error.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}
