//! Parameters: values, names, attributes (TR-069 A.3.2.1 to A.3.2.5).

use crate::error::ParseError;
use crate::read::Cursor;
use crate::shape::{Item, Record, kinds, record};
use crate::write::Writer;

/// A parameter with its value (xsd `ParameterValueStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterValue {
    /// The full path, at most 256 characters.
    pub name: String,
    /// The value as it was sent, never interpreted: a boolean may be `1`, `true` or `True`.
    /// White space around it is kept for strings only.
    pub value: String,
    /// The type named beside the value.
    pub kind: ValueKind,
}

/// The type of a value (TR-106 3.2, written as `xsi:type`).
///
/// A missing or unknown type reads as [`Self::String`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ValueKind {
    /// Text.
    #[default]
    String,
    /// A whole number of 32 bits.
    Int,
    /// A whole number of 32 bits, not negative.
    UnsignedInt,
    /// A whole number of 64 bits.
    Long,
    /// A whole number of 64 bits, not negative.
    UnsignedLong,
    /// `0`, `1`, `true` or `false`.
    Boolean,
    /// ISO 8601, with or without a zone.
    DateTime,
    /// Bytes as base64.
    Base64,
    /// Bytes as hexadecimal digits.
    HexBinary,
}

impl ValueKind {
    /// Every kind with its name in the XML Schema namespace.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::String, "string"),
        (Self::Int, "int"),
        (Self::UnsignedInt, "unsignedInt"),
        (Self::Long, "long"),
        (Self::UnsignedLong, "unsignedLong"),
        (Self::Boolean, "boolean"),
        (Self::DateTime, "dateTime"),
        (Self::Base64, "base64Binary"),
        (Self::HexBinary, "hexBinary"),
    ];

    /// The name of the type, without a prefix: `unsignedInt`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::UnsignedInt => "unsignedInt",
            Self::Long => "long",
            Self::UnsignedLong => "unsignedLong",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Base64 => "base64Binary",
            Self::HexBinary => "hexBinary",
        }
    }

    /// The kind of that name, whatever its prefix and capitals: SOAP has types of its own
    /// (`SOAP-ENC:base64`), and devices write `xsd:unsignedint`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let local = name.rsplit(':').next().unwrap_or(name).trim_ascii();
        if local.eq_ignore_ascii_case("base64") {
            return Some(Self::Base64);
        }
        Self::ALL
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(local))
            .map(|(kind, _)| kind)
    }
}

/// A name below a path (xsd `ParameterInfoStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterInfo {
    /// A full path; objects and instances end with a dot.
    pub name: String,
    /// A parameter that can be set, a table that instances can be added to, an instance that can
    /// be deleted. Missing or odd reads as false.
    pub writable: bool,
}

/// The attributes of a parameter (xsd `ParameterAttributeStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterAttribute {
    /// The full path.
    pub name: String,
    /// 0 off, 1 passive, 2 active, 3 to 6 the lightweight kinds (cwmp-1-4.xsd).
    pub notification: u32,
    /// Who besides the ACS may write: `Subscriber` or nobody.
    pub access_list: Vec<String>,
}

/// What to change about attributes (xsd `SetParameterAttributesStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetParameterAttribute {
    /// A full path, or a partial path for everything below it.
    pub name: String,
    /// Whether `notification` is to be set.
    pub notification_change: bool,
    /// As in [`ParameterAttribute::notification`].
    pub notification: u32,
    /// Whether `access_list` is to be set.
    pub access_list_change: bool,
    /// As in [`ParameterAttribute::access_list`].
    pub access_list: Vec<String>,
}

impl Item for ParameterValue {
    const ELEMENT: &'static str = "ParameterValueStruct";
}

impl Record for ParameterValue {
    fn read_fields(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        while let Some(name) = cursor.child()? {
            match name {
                "Name" => kinds::token::read(&mut self.name, "Name", cursor)?,
                "Value" => {
                    self.kind = cursor
                        .attribute("type")
                        .and_then(|name| ValueKind::from_name(&name))
                        .unwrap_or_default();
                    match self.kind {
                        ValueKind::String => kinds::text::read(&mut self.value, "Value", cursor)?,
                        _ => kinds::token::read(&mut self.value, "Value", cursor)?,
                    }
                }
                _ => cursor.skip()?,
            }
        }
        Ok(())
    }

    fn write_fields(&self, out: &mut Writer<'_>) {
        out.leaf("Name", &self.name);
        out.open_typed("Value", (out.xsd_prefix(), self.kind.name()));
        out.escaped(&self.value);
        out.close("Value");
    }
}

record!(ParameterInfo as "ParameterInfoStruct" {
    "Name" => name: token,
    "Writable" => writable: flag,
});

record!(ParameterAttribute as "ParameterAttributeStruct" {
    "Name" => name: token,
    "Notification" => notification: number,
    "AccessList" => access_list: strings,
});

record!(SetParameterAttribute as "SetParameterAttributesStruct" {
    "Name" => name: token,
    "NotificationChange" => notification_change: flag,
    "Notification" => notification: number,
    "AccessListChange" => access_list_change: flag,
    "AccessList" => access_list: strings,
});
