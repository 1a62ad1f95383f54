//! An import: devices that operators announce before they call.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::identity::DeviceId;

regia_ident::id! {
    /// One file of announced devices.
    ImportId
}

/// Rows of one file: more are another one.
pub const MAX_ROWS: usize = 50_000;

/// Bytes of one file: every row may have a note.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Its rows are arriving; nobody sees it.
    Reading,
    /// It shows what it will do.
    Ready,
    /// It does that.
    Applying,
    /// It did.
    Done,
    /// An operator stopped it; the devices registered until then stay.
    Stopped,
}

impl ImportState {
    /// The state as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Ready => "ready",
            Self::Applying => "applying",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    /// Reads a stored state.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        [Self::Ready, Self::Applying, Self::Done, Self::Stopped]
            .into_iter()
            .find(|state| state.as_str() == text)
            .unwrap_or(Self::Reading)
    }
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It will make a device.
    New,
    /// There is such a device already; it stays as it is.
    Known,
    /// It cannot be a device; the reason says why.
    Refused,
    /// It made a device.
    Registered,
}

impl Verdict {
    /// Every verdict, for filters.
    pub const ALL: [Self; 4] = [Self::New, Self::Known, Self::Refused, Self::Registered];

    /// The verdict as it is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Refused => "refused",
            Self::Registered => "registered",
        }
    }

    /// Reads a stored verdict.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
    }
}

/// Why a row cannot be a device. The text is a stable code, told in words by the messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// More cells than the first line has columns.
    Cells,
    /// No six hexadecimal digits.
    Oui,
    /// No serial number, or one too long or with control characters.
    Serial,
    /// A product class too long or with control characters.
    ProductClass,
    /// Too many tags, or one too long.
    Tags,
    /// A note too long or with control characters.
    Note,
    /// A user name without password, or characters that devices cannot send.
    Credential,
    /// An earlier row names the same device.
    Twice,
}

impl Reason {
    /// The reason as it is stored, and as messages are named.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Oui => "oui",
            Self::Serial => "serial",
            Self::ProductClass => "product_class",
            Self::Tags => "tags",
            Self::Note => "note",
            Self::Credential => "credential",
            Self::Twice => "twice",
        }
    }
}

/// An import as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its number.
    pub id: ImportId,
    /// Where it stands.
    pub state: ImportState,
    /// Columns of the file that say nothing here.
    pub ignored: Vec<String>,
    /// Rows of the file.
    pub rows: i32,
    /// Rows that name new devices, when the file was read.
    pub fresh: i32,
    /// Rows that name devices known already.
    pub known: i32,
    /// Rows that name no device.
    pub refused: i32,
    /// Devices that it registered so far.
    pub registered: i32,
    /// Who sent the file.
    pub created_by: String,
    /// When.
    pub created_at: OffsetDateTime,
    /// When it was applied.
    pub started_at: Option<OffsetDateTime>,
    /// When it ended.
    pub finished_at: Option<OffsetDateTime>,
}

/// A row as it is shown: never with its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Its line in the file.
    pub line: i32,
    /// As it was written.
    pub oui: String,
    /// As it was written.
    pub product_class: String,
    /// As it was written.
    pub serial_number: String,
    /// As it was written.
    pub tags: Vec<String>,
    /// As it was written.
    pub notes: String,
    /// The user name of an own credential, if it names one.
    pub username: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Code of the reason for a refusal, or nothing.
    pub reason: String,
    /// What belongs to the reason, such as a line.
    pub detail: String,
    /// The device that it made or names.
    pub device: Option<DeviceId>,
}
