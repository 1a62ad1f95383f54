//! Indexed parameters, and what one asks of a parameter's value.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Indexed parameters of one territory.
pub(crate) const MAX_INDEXED: i64 = 64;

regia_ident::id! {
    /// An indexed parameter.
    PathId
}

/// How a value is compared; case never counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Match {
    /// The whole value.
    #[default]
    Equals,
    /// Its beginning.
    Prefix,
}

impl Match {
    /// As it is stored and shown.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "equals",
            Self::Prefix => "prefix",
        }
    }

    /// The way of comparing that a row names.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        if text == "prefix" {
            Self::Prefix
        } else {
            Self::Equals
        }
    }
}

/// How far an indexed parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IndexState {
    /// The trees of the fleet are being read; nothing can be searched yet.
    Building,
    /// Every device is in it.
    Ready,
    /// Its values are being removed.
    Removing,
}

impl IndexState {
    /// The state that a row names; an unknown one can be used for nothing.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "building" => Self::Building,
            "ready" => Self::Ready,
            _ => Self::Removing,
        }
    }

    /// What it means for whoever asks.
    #[must_use]
    pub(crate) const fn tell(self) -> &'static str {
        match self {
            Self::Building => "being indexed",
            Self::Ready => "indexed already",
            Self::Removing => "being removed from the index",
        }
    }
}

/// An indexed parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexPath {
    /// Its number.
    pub(crate) id: PathId,
    /// The path without its root object, such as `WiFi.SSID.1.SSID`.
    pub(crate) path: String,
    /// How far it is.
    pub(crate) state: IndexState,
    /// Trees read so far while building.
    pub(crate) scanned: i64,
    /// Trees there were when building began; 0 before that.
    pub(crate) total: i64,
    /// Who marked it.
    pub(crate) created_by: String,
    /// When.
    pub(crate) created_at: OffsetDateTime,
}

/// Devices of which an indexed parameter has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParameterFilter {
    /// The path, with or without its root object.
    pub(crate) path: String,
    /// How it is compared.
    pub(crate) matching: Match,
    /// With what; not empty.
    pub(crate) value: String,
}
