//! Transfers: the address a device is given, what it is told, and what its reports mean.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, Download, TransferFault};
use serde_json::{Value as Json, json};

use super::plan::{Absorbed, Ask, View, note_value, ours, told};
use crate::model::command::Command;
use crate::model::file::File;
use crate::model::task::{Stage, Task, TaskFault};

/// Characters of an address (TR-069 A.3.2.8: `string(256)`).
pub const MAX_ADDRESS_CHARS: usize = 256;

/// What stays as it is in an address (RFC 3986 2.3). A device in the field hands the address to
/// its shell, so nothing else is let through.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of a transfer below `base`, such as `http://acs.example.net:7547`: at most 256
/// characters of ASCII, no query, no user information. A name that does not fit is left out.
/// Nothing when the base itself is no address or too long.
#[must_use]
pub fn address(base: &str, token: &str, name: &str) -> Option<String> {
    let base = base.trim_end_matches('/');
    let host = base
        .strip_prefix("http://")
        .or_else(|| base.strip_prefix("https://"))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:[]/".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return None;
    }
    let name = utf8_percent_encode(name, UNRESERVED);
    [
        format!("{base}/f/{token}/{name}"),
        format!("{base}/f/{token}/file"),
    ]
    .into_iter()
    .find(|address| address.len() <= MAX_ADDRESS_CHARS)
}

/// The request for a download.
#[must_use]
pub fn download(task: &Task, file: &File, url: String) -> AcsMessage {
    let (target_file_name, delay_seconds) = match &task.command {
        Command::Download {
            target_file_name,
            delay_seconds,
            ..
        } => (target_file_name.clone(), *delay_seconds),
        _ => (String::new(), 0),
    };
    AcsMessage::Download(Box::new(Download {
        command_key: task.command_key.clone(),
        file_type: file.draft.file_type.clone(),
        url,
        file_size: u32::try_from(file.bytes).unwrap_or(0),
        target_file_name,
        delay_seconds,
        ..Download::default()
    }))
}

/// Asks for the version that the device runs now.
#[must_use]
pub fn ask_version(view: &View<'_>) -> Ask {
    Ask::Send(AcsMessage::GetParameterValues(vec![version_path(view)]))
}

fn version_path(view: &View<'_>) -> String {
    let root = match view.tree.root().unwrap_or(view.root) {
        "" => "Device.",
        root => root,
    };
    format!("{root}DeviceInfo.SoftwareVersion")
}

/// Takes an answer to a transfer's question in.
pub fn absorb(task: &Task, answer: &CpeMessage, view: &mut View<'_>) -> Absorbed {
    match (&task.command, task.progress.stage, answer) {
        (_, Stage::Start, CpeMessage::Fault(fault)) => Absorbed::Failed(told(fault)),
        (_, _, CpeMessage::Fault(fault)) => Absorbed::Failed(version_untold(fault)),
        (Command::Download { .. }, Stage::Start, CpeMessage::DownloadResponse(response))
        | (Command::Upload { .. }, Stage::Start, CpeMessage::UploadResponse(response)) => {
            if response.status == 0 {
                Absorbed::Over
            } else {
                Absorbed::Wait
            }
        }
        (
            Command::Download { .. },
            Stage::Values,
            CpeMessage::GetParameterValuesResponse(values),
        ) => {
            let path = version_path(view);
            let Some(value) = values.iter().find(|value| value.name == path) else {
                return Absorbed::Unasked;
            };
            note_value(value, view);
            judge_version(&task.progress.target_version, &value.value)
        }
        _ => Absorbed::Unasked,
    }
}

fn judge_version(target: &str, version: &str) -> Absorbed {
    if version.trim() == target.trim() {
        Absorbed::Done(json!({ "version": version }))
    } else {
        Absorbed::Failed(ours(&format!(
            "The device says that it took the image, and runs version {version} instead of {target}."
        )))
    }
}

fn version_untold(fault: &CpeFault) -> TaskFault {
    TaskFault {
        text: format!(
            "The device says that it took the image, and does not tell its version: {}",
            fault.text
        ),
        ..told(fault)
    }
}

/// What a transfer becomes when the device has said that it is over.
#[derive(Debug, Clone, PartialEq)]
pub enum Conclusion {
    /// It went wrong.
    Failed(TaskFault),
    /// The version is to be read.
    Verify,
    /// The file of an upload has not arrived.
    Wait,
    /// It is done.
    Done(Json),
}

/// Concludes from a report; `arrived` is the number of the file that an upload brought.
#[must_use]
pub fn conclude(task: &Task, fault: &TransferFault, arrived: Option<i64>) -> Conclusion {
    if fault.code != 0 {
        return Conclusion::Failed(TaskFault {
            code: Some(fault.code),
            text: fault.text.clone(),
            parameters: Vec::new(),
        });
    }
    match (&task.command, arrived) {
        (Command::Upload { .. }, None) => Conclusion::Wait,
        (Command::Upload { .. }, Some(file)) => Conclusion::Done(json!({ "file": file })),
        _ if !task.progress.target_version.is_empty() => Conclusion::Verify,
        _ => Conclusion::Done(json!({ "evidence": "transfer_complete" })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_and_short() {
        let base = "http://acs.example.net:7547/";
        let long = "x".repeat(300);
        let cases = [
            (base, "a.bin", Some("http://acs.example.net:7547/f/T/a.bin")),
            (
                "http://[::1]:80",
                "a b&c;d?ä",
                Some("http://[::1]:80/f/T/a%20b%26c%3Bd%3F%C3%A4"),
            ),
            (
                base,
                long.as_str(),
                Some("http://acs.example.net:7547/f/T/file"),
            ),
            ("http://user:word@host", "a", None),
            ("http://host?x", "a", None),
            ("ftp://host", "a", None),
            ("http://", "a", None),
        ];
        for (base, name, expected) in cases {
            assert_eq!(
                address(base, "T", name).as_deref(),
                expected,
                "{base} {name}"
            );
        }
        assert_eq!(address(&format!("http://{long}"), "T", "a"), None);
    }
}
