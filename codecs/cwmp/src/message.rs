//! The messages of CWMP 1.0 to 1.4, one enum for each direction.
//!
//! These are wire types: field for field what the schema (`cwmp-1-0.xsd` to `cwmp-1-4.xsd`) says,
//! with texts where the schema has texts. Annexes are those of TR-069 Amendment 6.

pub(crate) mod fault;
mod inform;
mod parameters;
mod software;
mod transfers;

pub use fault::{AcsFault, CpeFault, ParameterFault};
pub use inform::{DeviceId, Event, Inform, Kicked};
pub use parameters::{
    ParameterAttribute, ParameterInfo, ParameterValue, SetParameterAttribute, ValueKind,
};
pub use software::{
    AutonomousDuStateChangeComplete, ChangeDuState, DuInstall, DuOperation, DuResult,
    DuStateChangeComplete, DuUninstall, DuUpdate,
};
pub use transfers::{
    AllQueuedTransfer, Argument, AutonomousTransferComplete, Download, QueuedTransfer,
    RequestDownload, ScheduleDownload, TimeWindow, TransferComplete, TransferFault,
    TransferResponse, Upload,
};

use crate::fragment::Fragment;
use crate::shape::{message_pattern, messages, read_message, write_message};

/// What a CPE sends: its own requests, its answers, its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CpeMessage {
    /// Opens a session (A.3.3.1).
    Inform(Box<Inform>),
    /// Asks which methods the ACS has (A.3.1.1).
    GetRpcMethods,
    /// A transfer that the ACS asked for is over (A.3.3.2).
    TransferComplete(TransferComplete),
    /// A transfer that nobody at the ACS asked for is over (A.3.3.3).
    AutonomousTransferComplete(AutonomousTransferComplete),
    /// Asks to be sent a Download (A.4.2.2).
    RequestDownload(RequestDownload),
    /// The changes of a ChangeDUState are over (A.4.2.3).
    DuStateChangeComplete(DuStateChangeComplete),
    /// Software units changed without a ChangeDUState (A.4.2.4).
    AutonomousDuStateChangeComplete(AutonomousDuStateChangeComplete),
    /// Somebody was sent to the ACS by a web page of the CPE (A.4.2.1, deprecated).
    Kicked(Kicked),
    /// The names of the CPE's methods (A.3.1.1).
    GetRpcMethodsResponse(Vec<String>),
    /// All values were accepted (A.3.2.1).
    SetParameterValuesResponse {
        /// 0: applied; 1: committed and not yet applied. Missing counts as 0.
        status: u32,
    },
    /// The values that were asked for (A.3.2.2).
    GetParameterValuesResponse(Vec<ParameterValue>),
    /// The names below a path (A.3.2.3).
    GetParameterNamesResponse(Vec<ParameterInfo>),
    /// The attributes were accepted (A.3.2.4).
    SetParameterAttributesResponse,
    /// The attributes that were asked for (A.3.2.5).
    GetParameterAttributesResponse(Vec<ParameterAttribute>),
    /// An instance was made (A.3.2.6).
    AddObjectResponse {
        /// The number of the new instance, at least 1.
        instance_number: u32,
        /// 0: applied; 1: committed and not yet applied. Missing counts as 0.
        status: u32,
    },
    /// An instance was removed (A.3.2.7).
    DeleteObjectResponse {
        /// 0: applied; 1: committed and not yet applied. Missing counts as 0.
        status: u32,
    },
    /// The reboot follows once the session is over (A.3.2.9).
    RebootResponse,
    /// The factory reset follows once the session is over (A.4.1.6).
    FactoryResetResponse,
    /// The download is over or queued (A.3.2.8).
    DownloadResponse(TransferResponse),
    /// The upload is over or queued (A.4.1.5).
    UploadResponse(TransferResponse),
    /// The CPE will send the Inform (A.4.1.2).
    ScheduleInformResponse,
    /// The download is queued (A.4.1.8).
    ScheduleDownloadResponse,
    /// The transfer is cancelled (A.4.1.9).
    CancelTransferResponse,
    /// The transfers that the ACS asked for (A.4.1.1, deprecated).
    GetQueuedTransfersResponse(Vec<QueuedTransfer>),
    /// All transfers, whoever asked for them (A.4.1.7).
    GetAllQueuedTransfersResponse(Vec<AllQueuedTransfer>),
    /// The changes are queued (A.4.1.10).
    ChangeDuStateResponse,
    /// The CPE refuses or failed (A.5.1).
    Fault(CpeFault),
    /// A method that this codec does not know; its content was read over.
    Unknown {
        /// The element's local name, at most 64 characters of it; `Unknown` where it is no plain
        /// ASCII name.
        name: String,
        /// What to write into it; empty after reading.
        content: Fragment,
    },
}

/// What an ACS sends: its answers, its own requests, its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcsMessage {
    /// Takes the Inform and its events over (A.3.3.1).
    InformResponse {
        /// Always 1; anything else is to be read as 1.
        max_envelopes: u32,
    },
    /// The names of the ACS's methods (A.3.1.1).
    GetRpcMethodsResponse(Vec<String>),
    /// The transfer's end is noted (A.3.3.2).
    TransferCompleteResponse,
    /// The transfer's end is noted (A.3.3.3).
    AutonomousTransferCompleteResponse,
    /// A Download follows or not (A.4.2.2).
    RequestDownloadResponse,
    /// The changes are noted (A.4.2.3).
    DuStateChangeCompleteResponse,
    /// The changes are noted (A.4.2.4).
    AutonomousDuStateChangeCompleteResponse,
    /// Where the browser goes next (A.4.2.1, deprecated).
    KickedResponse {
        /// At most 1,024 characters.
        next_url: String,
    },
    /// Asks which methods the CPE has (A.3.1.1).
    GetRpcMethods,
    /// Sets all of these values or none (A.3.2.1).
    SetParameterValues {
        /// Full paths with values.
        values: Vec<ParameterValue>,
        /// What the CPE stores as ParameterKey on success; at most 32 characters.
        parameter_key: String,
    },
    /// Asks for values by full or partial path (A.3.2.2).
    GetParameterValues(Vec<String>),
    /// Asks for the names below a path (A.3.2.3).
    GetParameterNames {
        /// A full path, a partial path ending with a dot, or nothing for the root.
        path: String,
        /// True: only what is directly below `path`, without `path` itself.
        next_level: bool,
    },
    /// Sets notification and access of parameters (A.3.2.4).
    SetParameterAttributes(Vec<SetParameterAttribute>),
    /// Asks for attributes by full or partial path (A.3.2.5).
    GetParameterAttributes(Vec<String>),
    /// Makes an instance (A.3.2.6).
    AddObject {
        /// The table's path, ending with a dot.
        object_name: String,
        /// What the CPE stores as ParameterKey on success; at most 32 characters.
        parameter_key: String,
    },
    /// Removes an instance (A.3.2.7).
    DeleteObject {
        /// The instance's path, ending with a dot.
        object_name: String,
        /// What the CPE stores as ParameterKey on success; at most 32 characters.
        parameter_key: String,
    },
    /// Reboots after the session (A.3.2.9).
    Reboot {
        /// Comes back with the event `M Reboot`; at most 32 characters.
        command_key: String,
    },
    /// Resets to factory settings after the session (A.4.1.6).
    FactoryReset,
    /// Makes the CPE fetch a file (A.3.2.8).
    Download(Box<Download>),
    /// Makes the CPE send a file (A.4.1.5).
    Upload(Upload),
    /// Asks for one more Inform (A.4.1.2).
    ScheduleInform {
        /// Seconds from now, more than 0.
        delay_seconds: u32,
        /// Comes back with the event `M ScheduleInform`; at most 32 characters.
        command_key: String,
    },
    /// Makes the CPE fetch a file within one of two windows (A.4.1.8).
    ScheduleDownload(Box<ScheduleDownload>),
    /// Cancels a queued transfer (A.4.1.9).
    CancelTransfer {
        /// The key of the transfer.
        command_key: String,
    },
    /// Asks for the transfers that the ACS asked for (A.4.1.1, deprecated).
    GetQueuedTransfers,
    /// Asks for all transfers (A.4.1.7).
    GetAllQueuedTransfers,
    /// Installs, updates and removes software units (A.4.1.10).
    ChangeDuState(ChangeDuState),
    /// The ACS refuses or failed (A.5.2).
    Fault(AcsFault),
    /// A method that this codec does not know; its content was read over.
    Unknown {
        /// The element's local name, at most 64 characters of it; `Unknown` where it is no plain
        /// ASCII name.
        name: String,
        /// What to write into it; empty after reading.
        content: Fragment,
    },
}

messages!(CpeMessage {
    "Inform" => Inform(record),
    "GetRPCMethods" => GetRpcMethods(),
    "TransferComplete" => TransferComplete(record),
    "AutonomousTransferComplete" => AutonomousTransferComplete(record),
    "RequestDownload" => RequestDownload(record),
    "DUStateChangeComplete" => DuStateChangeComplete(record),
    "AutonomousDUStateChangeComplete" => AutonomousDuStateChangeComplete(record),
    "Kicked" => Kicked(record),
    "GetRPCMethodsResponse" => GetRpcMethodsResponse("MethodList": strings),
    "SetParameterValuesResponse" => SetParameterValuesResponse { "Status" => status: number },
    "GetParameterValuesResponse" => GetParameterValuesResponse("ParameterList": list),
    "GetParameterNamesResponse" => GetParameterNamesResponse("ParameterList": list),
    "SetParameterAttributesResponse" => SetParameterAttributesResponse(),
    "GetParameterAttributesResponse" => GetParameterAttributesResponse("ParameterList": list),
    "AddObjectResponse" => AddObjectResponse {
        "InstanceNumber" => instance_number: number,
        "Status" => status: number
    },
    "DeleteObjectResponse" => DeleteObjectResponse { "Status" => status: number },
    "RebootResponse" => RebootResponse(),
    "FactoryResetResponse" => FactoryResetResponse(),
    "DownloadResponse" => DownloadResponse(record),
    "UploadResponse" => UploadResponse(record),
    "ScheduleInformResponse" => ScheduleInformResponse(),
    "ScheduleDownloadResponse" => ScheduleDownloadResponse(),
    "CancelTransferResponse" => CancelTransferResponse(),
    "GetQueuedTransfersResponse" => GetQueuedTransfersResponse("TransferList": list),
    "GetAllQueuedTransfersResponse" => GetAllQueuedTransfersResponse("TransferList": list),
    "ChangeDUStateResponse" => ChangeDuStateResponse(),
});

messages!(AcsMessage {
    "InformResponse" => InformResponse { "MaxEnvelopes" => max_envelopes: number },
    "GetRPCMethodsResponse" => GetRpcMethodsResponse("MethodList": strings),
    "TransferCompleteResponse" => TransferCompleteResponse(),
    "AutonomousTransferCompleteResponse" => AutonomousTransferCompleteResponse(),
    "RequestDownloadResponse" => RequestDownloadResponse(),
    "DUStateChangeCompleteResponse" => DuStateChangeCompleteResponse(),
    "AutonomousDUStateChangeCompleteResponse" => AutonomousDuStateChangeCompleteResponse(),
    "KickedResponse" => KickedResponse { "NextURL" => next_url: token },
    "GetRPCMethods" => GetRpcMethods(),
    "SetParameterValues" => SetParameterValues {
        "ParameterList" => values: list,
        "ParameterKey" => parameter_key: text
    },
    "GetParameterValues" => GetParameterValues("ParameterNames": strings),
    "GetParameterNames" => GetParameterNames {
        "ParameterPath" => path: token,
        "NextLevel" => next_level: flag
    },
    "SetParameterAttributes" => SetParameterAttributes("ParameterList": list),
    "GetParameterAttributes" => GetParameterAttributes("ParameterNames": strings),
    "AddObject" => AddObject {
        "ObjectName" => object_name: token,
        "ParameterKey" => parameter_key: text
    },
    "DeleteObject" => DeleteObject {
        "ObjectName" => object_name: token,
        "ParameterKey" => parameter_key: text
    },
    "Reboot" => Reboot { "CommandKey" => command_key: text },
    "FactoryReset" => FactoryReset(),
    "Download" => Download(record),
    "Upload" => Upload(record),
    "ScheduleInform" => ScheduleInform {
        "DelaySeconds" => delay_seconds: number,
        "CommandKey" => command_key: text
    },
    "ScheduleDownload" => ScheduleDownload(record),
    "CancelTransfer" => CancelTransfer { "CommandKey" => command_key: text },
    "GetQueuedTransfers" => GetQueuedTransfers(),
    "GetAllQueuedTransfers" => GetAllQueuedTransfers(),
    "ChangeDUState" => ChangeDuState(record),
});
