//! File transfers (TR-069 A.3.2.8, A.3.3.2, A.3.3.3, A.4.1.1, A.4.1.5, A.4.1.7 to A.4.1.9, A.4.2.2).
//!
//! Times are texts as they were sent (xsd `dateTime`); `None` stands for the standard's unknown
//! time `0001-01-01T00:00:00Z` and for a missing or empty element.

use crate::shape::record;

/// Makes the CPE fetch a file (A.3.2.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Download {
    /// Comes back with TransferComplete; at most 32 characters.
    pub command_key: String,
    /// Such as `1 Firmware Upgrade Image` or `3 Vendor Configuration File`.
    pub file_type: String,
    /// At most 256 characters, without user information.
    pub url: String,
    /// For the file server, or empty.
    pub username: String,
    /// For the file server, or empty.
    pub password: String,
    /// Bytes, 0 when unknown.
    pub file_size: u32,
    /// The name on the CPE, or empty.
    pub target_file_name: String,
    /// Seconds to wait before the transfer.
    pub delay_seconds: u32,
    /// Where a user's browser goes on success, or empty.
    pub success_url: String,
    /// Where a user's browser goes on failure, or empty.
    pub failure_url: String,
}

/// Makes the CPE send a file (A.4.1.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upload {
    /// Comes back with TransferComplete; at most 32 characters.
    pub command_key: String,
    /// Such as `1 Vendor Configuration File`, `4 Vendor Log File 1`.
    pub file_type: String,
    /// Where to PUT it; at most 256 characters.
    pub url: String,
    /// For the file server, or empty.
    pub username: String,
    /// For the file server, or empty.
    pub password: String,
    /// Seconds to wait before the transfer.
    pub delay_seconds: u32,
}

/// The answer to a Download or an Upload (A.3.2.8, A.4.1.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransferResponse {
    /// 0: over and applied; 1: TransferComplete follows. Missing counts as 0.
    pub status: u32,
    /// When the transfer began, with status 0.
    pub start_time: Option<String>,
    /// When it was over and applied, with status 0.
    pub complete_time: Option<String>,
}

/// Makes the CPE fetch a file within one of its windows (A.4.1.8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScheduleDownload {
    /// Comes back with TransferComplete; at most 32 characters.
    pub command_key: String,
    /// As in [`Download::file_type`].
    pub file_type: String,
    /// As in [`Download::url`].
    pub url: String,
    /// For the file server, or empty.
    pub username: String,
    /// For the file server, or empty.
    pub password: String,
    /// Bytes, 0 when unknown.
    pub file_size: u32,
    /// The name on the CPE, or empty.
    pub target_file_name: String,
    /// One or two, in order of time, not overlapping.
    pub windows: Vec<TimeWindow>,
}

/// When a scheduled download may run (xsd `TimeWindowStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimeWindow {
    /// Seconds from the request.
    pub start: u32,
    /// Seconds from the request.
    pub end: u32,
    /// Such as `1 At Any Time` or `2 Immediately`.
    pub mode: String,
    /// Shown to the user where the mode asks one; at most 256 characters.
    pub user_message: String,
    /// Tries after the first; -1 leaves it to the CPE.
    pub max_retries: i32,
}

/// How a transfer or a change ended (xsd `TransferCompleteFaultStruct`,
/// `DeploymentUnitFaultStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransferFault {
    /// 0 for success, also when the whole structure is missing; else a code of A.5.1.
    pub code: u32,
    /// The CPE's own words; empty for success.
    pub text: String,
}

/// The end of a transfer that the ACS asked for (A.3.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransferComplete {
    /// The key of the request.
    pub command_key: String,
    /// How it ended.
    pub fault: TransferFault,
    /// When it began.
    pub start_time: Option<String>,
    /// When it was over and applied.
    pub complete_time: Option<String>,
}

/// The end of a transfer that the ACS did not ask for (A.3.3.3).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AutonomousTransferComplete {
    /// Where the file was announced, or empty.
    pub announce_url: String,
    /// Where the file came from or went to.
    pub transfer_url: String,
    /// True for a download, false for an upload.
    pub is_download: bool,
    /// As in [`Download::file_type`] or [`Upload::file_type`].
    pub file_type: String,
    /// Bytes, 0 when unknown.
    pub file_size: u32,
    /// The name on the CPE, or empty.
    pub target_file_name: String,
    /// How it ended.
    pub fault: TransferFault,
    /// When it began.
    pub start_time: Option<String>,
    /// When it was over and applied.
    pub complete_time: Option<String>,
}

/// The CPE's wish for a Download (A.4.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestDownload {
    /// As in [`Download::file_type`].
    pub file_type: String,
    /// What narrows the wish down, at most 16.
    pub arguments: Vec<Argument>,
}

/// A name with a value (xsd `ArgStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Argument {
    /// At most 64 characters.
    pub name: String,
    /// At most 256 characters.
    pub value: String,
}

/// A transfer that the ACS asked for and that is not over (xsd `QueuedTransferStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueuedTransfer {
    /// The key of the request.
    pub command_key: String,
    /// 1: not yet started, 2: in progress, 3: over and being cleaned up.
    pub state: u32,
}

/// A transfer that is not over, whoever asked for it (xsd `AllQueuedTransferStruct`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllQueuedTransfer {
    /// The key of the request; empty when the ACS did not ask.
    pub command_key: String,
    /// As in [`QueuedTransfer::state`].
    pub state: u32,
    /// True for a download, false for an upload.
    pub is_download: bool,
    /// As in [`Download::file_type`] or [`Upload::file_type`].
    pub file_type: String,
    /// Bytes, 0 when unknown.
    pub file_size: u32,
    /// The name on the CPE, or empty.
    pub target_file_name: String,
}

record!(Download {
    "CommandKey" => command_key: text,
    "FileType" => file_type: token,
    "URL" => url: token,
    "Username" => username: text,
    "Password" => password: text,
    "FileSize" => file_size: number,
    "TargetFileName" => target_file_name: text,
    "DelaySeconds" => delay_seconds: number,
    "SuccessURL" => success_url: token,
    "FailureURL" => failure_url: token,
});

record!(Upload {
    "CommandKey" => command_key: text,
    "FileType" => file_type: token,
    "URL" => url: token,
    "Username" => username: text,
    "Password" => password: text,
    "DelaySeconds" => delay_seconds: number,
});

record!(TransferResponse {
    "Status" => status: number,
    "StartTime" => start_time: time,
    "CompleteTime" => complete_time: time,
});

record!(ScheduleDownload {
    "CommandKey" => command_key: text,
    "FileType" => file_type: token,
    "URL" => url: token,
    "Username" => username: text,
    "Password" => password: text,
    "FileSize" => file_size: number,
    "TargetFileName" => target_file_name: text,
    "TimeWindowList" => windows: list,
});

record!(TimeWindow as "TimeWindowStruct" {
    "WindowStart" => start: number,
    "WindowEnd" => end: number,
    "WindowMode" => mode: token,
    "UserMessage" => user_message: text,
    "MaxRetries" => max_retries: number,
});

record!(TransferFault {
    "FaultCode" => code: number,
    "FaultString" => text: text,
});

record!(TransferComplete {
    "CommandKey" => command_key: text,
    "FaultStruct" => fault: record,
    "StartTime" => start_time: time,
    "CompleteTime" => complete_time: time,
});

record!(AutonomousTransferComplete {
    "AnnounceURL" => announce_url: token,
    "TransferURL" => transfer_url: token,
    "IsDownload" => is_download: flag,
    "FileType" => file_type: token,
    "FileSize" => file_size: number,
    "TargetFileName" => target_file_name: text,
    "FaultStruct" => fault: record,
    "StartTime" => start_time: time,
    "CompleteTime" => complete_time: time,
});

record!(RequestDownload {
    "FileType" => file_type: token,
    "FileTypeArg" => arguments: list,
});

record!(Argument as "ArgStruct" {
    "Name" => name: token,
    "Value" => value: text,
});

record!(QueuedTransfer as "QueuedTransferStruct" {
    "CommandKey" => command_key: text,
    "State" => state: number,
});

record!(AllQueuedTransfer as "AllQueuedTransferStruct" {
    "CommandKey" => command_key: text,
    "State" => state: number,
    "IsDownload" => is_download: flag,
    "FileType" => file_type: token,
    "FileSize" => file_size: number,
    "TargetFileName" => target_file_name: text,
});
