//! What an operator can ask of a device.

use regia_cwmp::ValueKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file::{FileId, is_upload_type};

/// One thing to do on a device; a task carries it out with one RPC or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Ask for all names below a path, then for all values; an empty path is the whole tree.
    Refresh {
        /// An object path ending with a dot, or empty.
        #[serde(default)]
        path: String,
    },
    /// Read parameters (TR-069 A.3.2.2).
    Get {
        /// Parameter paths, or object paths ending with a dot.
        paths: Vec<String>,
    },
    /// Write parameters, all or none (TR-069 A.3.2.1), then read them back.
    Set {
        /// The new values.
        values: Vec<Assignment>,
    },
    /// Read notification and access lists (TR-069 A.3.2.5).
    GetAttributes {
        /// Parameter paths, or object paths ending with a dot.
        paths: Vec<String>,
    },
    /// Change what the device reports on its own (TR-069 A.3.2.4).
    SetAttributes {
        /// The parameters to change.
        attributes: Vec<NotificationChange>,
    },
    /// Make an instance of a multi-instance object (TR-069 A.3.2.6), then read it.
    AddObject {
        /// The object's path ending with a dot.
        path: String,
    },
    /// Remove an instance (TR-069 A.3.2.7).
    DeleteObject {
        /// The instance's path ending with a dot.
        path: String,
    },
    /// Restart the device (TR-069 A.3.2.9).
    Reboot {},
    /// Bring the device back to its factory settings (TR-069 A.4.1.6).
    FactoryReset {},
    /// Have the device call again after a delay (TR-069 A.4.1.2).
    ScheduleInform {
        /// Seconds from now, at least 1.
        delay_seconds: u32,
    },
    /// Have the device fetch a file and apply it (TR-069 A.3.2.8). An image that names a version is
    /// done when the device tells that version.
    Download {
        /// The file's number.
        #[schema(value_type = i64)]
        file: FileId,
        /// The name on the device, or empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        target_file_name: String,
        /// Seconds that the device waits before it begins.
        #[serde(default)]
        delay_seconds: u32,
        /// The device's serial number: sends a file that is not meant for such a device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirm: Option<String>,
    },
    /// Have the device send a file (TR-069 A.4.1.5).
    Upload {
        /// Such as `1 Vendor Configuration File` or `4 Vendor Log File 1`.
        file_type: String,
        /// Seconds that the device waits before it begins.
        #[serde(default)]
        delay_seconds: u32,
    },
    /// Send a method as an operator wrote it, once. Its answer is kept as text.
    Rpc {
        /// The method's name, such as `X_ACME_Calibrate` or `GetAllQueuedTransfers`.
        method: String,
        /// What the method's element holds: XML elements, or nothing. Secrets are hidden in answers.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        content: String,
        /// The whole of `content`, sealed, when it holds secrets; never part of an API input.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(ignore)]
        sealed: Option<String>,
    },
    /// Give the device its own credential and a periodic inform; only the server itself asks this.
    Onboard {},
}

/// A parameter and its new value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The parameter's full path.
    pub path: String,
    /// The new value as text; masked in answers when the parameter is a secret.
    pub value: String,
    /// The `xsd` type, such as `string`, `unsignedInt`, `boolean`; without it the type last seen.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether `value` is the sealed form of a secret; never part of an API input.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(ignore)]
    pub sealed: bool,
}

/// A parameter and how the device shall report its changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationChange {
    /// A parameter path, or an object path ending with a dot.
    pub path: String,
    /// 0 off, 1 passive, 2 active, 3 to 6 the lightweight kinds (TR-069 A.3.2.4).
    pub notification: u8,
}

/// Paths or values that one command may name.
pub const MAX_PATHS: usize = 256;

/// Characters of a parameter path (TR-069 A.3.2.1: `string(256)`).
pub const MAX_PATH_CHARS: usize = 256;

/// Characters of a method's name; with `Response` it stays below what is kept of an answer's.
const MAX_METHOD_CHARS: usize = 48;

/// Bytes of one value.
pub const MAX_VALUE_BYTES: usize = 64 * 1024;

/// Why a command is refused: the place and the reason.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{at}: {reason}")]
pub struct CommandError {
    /// Where in the command, such as `values[2].path`.
    pub at: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Command {
    /// Every command's name.
    pub const NAMES: [&str; 14] = [
        "refresh",
        "get",
        "set",
        "get_attributes",
        "set_attributes",
        "add_object",
        "delete_object",
        "reboot",
        "factory_reset",
        "schedule_inform",
        "download",
        "upload",
        "rpc",
        "onboard",
    ];

    /// The name under which the command is stored and counted.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Refresh { .. } => "refresh",
            Self::Get { .. } => "get",
            Self::Set { .. } => "set",
            Self::GetAttributes { .. } => "get_attributes",
            Self::SetAttributes { .. } => "set_attributes",
            Self::AddObject { .. } => "add_object",
            Self::DeleteObject { .. } => "delete_object",
            Self::Reboot {} => "reboot",
            Self::FactoryReset {} => "factory_reset",
            Self::ScheduleInform { .. } => "schedule_inform",
            Self::Download { .. } => "download",
            Self::Upload { .. } => "upload",
            Self::Rpc { .. } => "rpc",
            Self::Onboard {} => "onboard",
        }
    }

    /// Whether the RPC may be sent again when its answer was lost.
    #[must_use]
    pub const fn repeatable(&self) -> bool {
        match self {
            Self::Refresh { .. }
            | Self::Get { .. }
            | Self::Set { .. }
            | Self::GetAttributes { .. }
            | Self::SetAttributes { .. }
            | Self::Onboard {} => true,
            Self::AddObject { .. }
            | Self::DeleteObject { .. }
            | Self::Reboot {}
            | Self::FactoryReset {}
            | Self::ScheduleInform { .. }
            | Self::Download { .. }
            | Self::Upload { .. }
            | Self::Rpc { .. } => false,
        }
    }

    /// Checks what came from outside.
    ///
    /// # Errors
    /// The first place that is wrong.
    pub fn check(&self) -> Result<(), CommandError> {
        match self {
            Self::Refresh { path } if path.is_empty() => Ok(()),
            Self::Refresh { path } | Self::AddObject { path } | Self::DeleteObject { path } => {
                check_path("path".to_owned(), path)?;
                check(
                    path.ends_with('.'),
                    || "path".to_owned(),
                    "an object path ends with a dot",
                )
            }
            Self::Get { paths } | Self::GetAttributes { paths } => {
                check_count("paths", paths.len())?;
                paths
                    .iter()
                    .enumerate()
                    .try_for_each(|(i, path)| check_path(format!("paths[{i}]"), path))
            }
            Self::Set { values } => {
                check_count("values", values.len())?;
                values
                    .iter()
                    .enumerate()
                    .try_for_each(|(i, value)| check_assignment(i, value))
            }
            Self::SetAttributes { attributes } => {
                check_count("attributes", attributes.len())?;
                attributes.iter().enumerate().try_for_each(|(i, change)| {
                    check_path(format!("attributes[{i}].path"), &change.path)?;
                    let at = || format!("attributes[{i}].notification");
                    check(
                        change.notification <= 6,
                        at,
                        "a notification is a number from 0 to 6",
                    )
                })
            }
            Self::ScheduleInform { delay_seconds } => check(
                *delay_seconds > 0,
                || "delay_seconds".to_owned(),
                "the delay is at least 1 second",
            ),
            Self::Download {
                target_file_name: name,
                ..
            } => check(
                name.len() <= MAX_PATH_CHARS && name.chars().all(|c| c.is_ascii_graphic()),
                || "target_file_name".to_owned(),
                "at most 256 printable ASCII characters",
            ),
            Self::Upload { file_type, .. } => check(
                is_upload_type(file_type),
                || "file_type".to_owned(),
                "a file type of TR-069 A.4.1.5, such as 1 Vendor Configuration File",
            ),
            Self::Rpc {
                method,
                content,
                sealed,
            } => check_rpc(method, content, sealed.is_none()),
            Self::Onboard {} => check(
                false,
                || "kind".to_owned(),
                "only the server itself onboards",
            ),
            Self::Reboot {} | Self::FactoryReset {} => Ok(()),
        }
    }
}

fn check(
    holds: bool,
    at: impl FnOnce() -> String,
    reason: &'static str,
) -> Result<(), CommandError> {
    if holds {
        Ok(())
    } else {
        Err(CommandError { at: at(), reason })
    }
}

fn check_count(at: &str, count: usize) -> Result<(), CommandError> {
    check(
        (1..=MAX_PATHS).contains(&count),
        || at.to_owned(),
        "name 1 to 256 of them",
    )
}

fn check_path(at: String, path: &str) -> Result<(), CommandError> {
    let reason = if path.is_empty() {
        "a path is not empty"
    } else if path.chars().count() > MAX_PATH_CHARS {
        "a path has at most 256 characters"
    } else if !path
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-:[]*".contains(&b))
    {
        "a path holds letters, digits, dots, hyphens and underscores"
    } else if path.starts_with('.') || path.contains("..") {
        "a path has no empty part"
    } else {
        return Ok(());
    };
    Err(CommandError { at, reason })
}

fn check_rpc(method: &str, content: &str, plain: bool) -> Result<(), CommandError> {
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    check(
        (1..=MAX_METHOD_CHARS).contains(&method.len())
            && method.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && method.chars().all(named),
        || "method".to_owned(),
        "a name of 1 to 48 letters, digits, hyphens and underscores",
    )?;
    check(
        plain,
        || "sealed".to_owned(),
        "the content is given in plain",
    )?;
    check(
        regia_cwmp::Fragment::parse(content).is_ok(),
        || "content".to_owned(),
        "well-formed elements of at most 65,536 bytes and 12 levels, without document type, \
         comments and undeclared prefixes",
    )
}

fn check_assignment(index: usize, value: &Assignment) -> Result<(), CommandError> {
    check_path(format!("values[{index}].path"), &value.path)?;
    check(
        !value.sealed,
        || format!("values[{index}].sealed"),
        "a value is given in plain",
    )?;
    let at = || format!("values[{index}].value");
    check(
        !value.path.ends_with('.'),
        at,
        "only a parameter has a value; an object path ends with a dot",
    )?;
    check(
        value.value.len() <= MAX_VALUE_BYTES,
        at,
        "a value has at most 65,536 bytes",
    )?;
    check(
        regia_cwmp::valid_text(&value.value),
        at,
        "a value holds no control characters",
    )?;
    let known = value
        .kind
        .as_deref()
        .is_none_or(|kind| value_kind(kind).is_some());
    let at = || format!("values[{index}].type");
    check(
        known,
        at,
        "the type is one of CWMP's, such as string or unsignedInt",
    )
}

/// The type of that name (TR-106 3.2).
#[must_use]
pub fn value_kind(name: &str) -> Option<ValueKind> {
    ValueKind::ALL
        .into_iter()
        .find(|(_, known)| *known == name)
        .map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_checked_before_it_is_queued() {
        let set = |path: &str, value: &str, kind: Option<&str>| Command::Set {
            values: vec![Assignment {
                path: path.to_owned(),
                value: value.to_owned(),
                kind: kind.map(str::to_owned),
                sealed: false,
            }],
        };
        let object = |path: &str| Command::AddObject {
            path: path.to_owned(),
        };
        let cases = [
            (
                Command::Refresh {
                    path: String::new(),
                },
                None,
            ),
            (
                Command::Refresh {
                    path: "Device.WiFi".to_owned(),
                },
                Some("path"),
            ),
            (Command::Get { paths: vec![] }, Some("paths")),
            (
                Command::Get {
                    paths: vec!["Device.".to_owned(), "a b".to_owned()],
                },
                Some("paths[1]"),
            ),
            (set("Device.X", "1", None), None),
            (set("Device.X", "1", Some("unsignedInt")), None),
            (set("Device.X", "1", Some("float")), Some("values[0].type")),
            (set("Device.X.", "1", None), Some("values[0].value")),
            (set("Device.X", "\u{1}", None), Some("values[0].value")),
            (set("Device..X", "1", None), Some("values[0].path")),
            (object("Device.IP.Interface."), None),
            (object("Device.IP.Interface"), Some("path")),
            (
                Command::ScheduleInform { delay_seconds: 0 },
                Some("delay_seconds"),
            ),
        ];
        for (command, expected) in cases {
            let at = command.check().err().map(|error| error.at);
            assert_eq!(at.as_deref(), expected, "{command:?}");
        }
    }
}
