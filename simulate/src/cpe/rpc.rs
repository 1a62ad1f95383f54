//! The answers to an ACS's requests (TR-069 A.3.2, A.4.1).

use std::collections::BTreeSet;
use std::time::Duration;

use regia_cwmp::{
    AcsMessage, AllQueuedTransfer, CpeFault, CpeMessage, Download, ParameterFault, ParameterValue,
    QueuedTransfer, ScheduleDownload, SetParameterAttribute, TransferResponse, Upload, explain,
};

use super::transfer::{Transfer, Work};
use super::{Cpe, Restart};
use crate::faults::{Fault, SMALL_BATCH};
use crate::journal::Happened;
use crate::url::{BadUrl, HttpUrl};

/// TR-069 A.5.1.
const METHOD_NOT_SUPPORTED: u32 = 9000;
const INTERNAL_ERROR: u32 = 9002;
const INVALID_ARGUMENTS: u32 = 9003;
const RESOURCES_EXCEEDED: u32 = 9004;
const BAD_NAME: u32 = 9005;
const PROTOCOL_UNSUPPORTED: u32 = 9013;
const NOT_CANCELLABLE: u32 = 9021;

const METHODS: [&str; 17] = [
    "GetRPCMethods",
    "SetParameterValues",
    "GetParameterValues",
    "GetParameterNames",
    "SetParameterAttributes",
    "GetParameterAttributes",
    "AddObject",
    "DeleteObject",
    "Reboot",
    "Download",
    "Upload",
    "ScheduleInform",
    "ScheduleDownload",
    "CancelTransfer",
    "GetQueuedTransfers",
    "GetAllQueuedTransfers",
    "FactoryReset",
];
/// Keys that come back to the ACS (xsd `CommandKeyType`, `ParameterKeyType`).
const MAX_KEY_CHARACTERS: usize = 32;
/// Transfers that wait at a time; the standard wants at least three.
const MAX_TRANSFERS: usize = 4;
const DOWNLOADS: [&str; 5] = ["1 ", "2 ", "3 ", "4 ", "5 "];
const UPLOADS: [&str; 4] = ["1 ", "2 ", "3 ", "4 "];

impl Cpe {
    /// Does what the ACS asks and says how it went.
    pub(super) fn answer(&mut self, question: AcsMessage) -> CpeMessage {
        self.try_answer(question).unwrap_or_else(CpeMessage::Fault)
    }

    fn try_answer(&mut self, question: AcsMessage) -> Result<CpeMessage, CpeFault> {
        match question {
            AcsMessage::GetRpcMethods => Ok(CpeMessage::GetRpcMethodsResponse(
                METHODS.map(str::to_owned).to_vec(),
            )),
            AcsMessage::GetParameterNames { path, next_level } => {
                let names = self.tree.names(&path, next_level).map_err(fault)?;
                Ok(CpeMessage::GetParameterNamesResponse(names))
            }
            AcsMessage::GetParameterValues(names) => self.values(&names),
            AcsMessage::SetParameterValues {
                values,
                parameter_key,
            } => self.set_values(&values, parameter_key),
            AcsMessage::GetParameterAttributes(names) => self.attributes(&names),
            AcsMessage::SetParameterAttributes(wanted) => self.set_attributes(&wanted),
            AcsMessage::AddObject {
                object_name,
                parameter_key,
            } => {
                check_key(&parameter_key)?;
                let instance_number = self.tree.add(&object_name).map_err(fault)?;
                self.parameter_key = parameter_key;
                Ok(CpeMessage::AddObjectResponse {
                    instance_number,
                    status: 0,
                })
            }
            AcsMessage::DeleteObject {
                object_name,
                parameter_key,
            } => {
                check_key(&parameter_key)?;
                self.tree.remove(&object_name).map_err(fault)?;
                self.parameter_key = parameter_key;
                Ok(CpeMessage::DeleteObjectResponse { status: 0 })
            }
            AcsMessage::Reboot { command_key } => {
                check_key(&command_key)?;
                self.restart.get_or_insert(Restart::Reboot { command_key });
                Ok(CpeMessage::RebootResponse)
            }
            AcsMessage::FactoryReset => {
                self.restart = Some(Restart::FactoryReset);
                Ok(CpeMessage::FactoryResetResponse)
            }
            AcsMessage::ScheduleInform {
                delay_seconds,
                command_key,
            } => self.schedule_inform(delay_seconds, command_key),
            other => self.transfer_answer(other),
        }
    }

    fn transfer_answer(&mut self, question: AcsMessage) -> Result<CpeMessage, CpeFault> {
        match question {
            AcsMessage::Download(download) => self.download(*download),
            AcsMessage::Upload(upload) => self.upload(upload),
            AcsMessage::ScheduleDownload(schedule) => self.schedule_download(*schedule),
            AcsMessage::CancelTransfer { command_key } => {
                let before = self.transfers.len();
                self.transfers
                    .retain(|transfer| transfer.command_key() != command_key);
                match self.transfers.len() < before {
                    true => Ok(CpeMessage::CancelTransferResponse),
                    false => Err(fault(NOT_CANCELLABLE)),
                }
            }
            AcsMessage::GetQueuedTransfers => {
                Ok(CpeMessage::GetQueuedTransfersResponse(self.queued()))
            }
            AcsMessage::GetAllQueuedTransfers => {
                let queued = self.transfers.iter().map(all_queued).collect();
                Ok(CpeMessage::GetAllQueuedTransfersResponse(queued))
            }
            _ => Err(fault(METHOD_NOT_SUPPORTED)),
        }
    }

    fn values(&self, names: &[String]) -> Result<CpeMessage, CpeFault> {
        let missing = self.parts.faults.missing(self.tree.standard());
        let facts = self.facts();
        let mut found = Vec::new();
        for name in names {
            if missing.is_some_and(|missing| name.starts_with(missing)) {
                return Err(fault(BAD_NAME));
            }
            found.extend(
                self.tree
                    .values(name, &facts)
                    .ok_or_else(|| fault(BAD_NAME))?,
            );
        }
        if let Some(missing) = missing {
            found.retain(|value| !value.name.starts_with(missing));
        }
        if self.parts.faults.has(Fault::SmallBatches) && found.len() > SMALL_BATCH {
            return Err(fault(INTERNAL_ERROR));
        }
        Ok(CpeMessage::GetParameterValuesResponse(found))
    }

    /// All or none; a fault names every parameter that cannot be set (TR-069 A.3.2.1).
    fn set_values(
        &mut self,
        values: &[ParameterValue],
        parameter_key: String,
    ) -> Result<CpeMessage, CpeFault> {
        check_key(&parameter_key)?;
        let names: BTreeSet<&str> = values.iter().map(|value| value.name.as_str()).collect();
        if names.len() < values.len() {
            return Err(fault(INVALID_ARGUMENTS));
        }
        let missing = self.parts.faults.missing(self.tree.standard());
        let check = |value: &ParameterValue| match missing {
            Some(missing) if value.name.starts_with(missing) => Err(BAD_NAME),
            _ => self.tree.check(value),
        };
        let parameters: Vec<ParameterFault> = values
            .iter()
            .filter_map(|value| check(value).err().map(|code| (value, code)))
            .map(|(value, code)| ParameterFault {
                name: value.name.clone(),
                code,
                text: words(code),
            })
            .collect();
        if !parameters.is_empty() {
            return Err(CpeFault {
                parameters,
                ..fault(INVALID_ARGUMENTS)
            });
        }
        for value in values {
            self.tree.set(&value.name, &value.value);
            self.note(|| Happened::Set {
                path: value.name.clone(),
                value: value.value.clone(),
            });
        }
        self.parameter_key = parameter_key;
        Ok(CpeMessage::SetParameterValuesResponse { status: 0 })
    }

    fn attributes(&self, names: &[String]) -> Result<CpeMessage, CpeFault> {
        let mut found = Vec::new();
        for name in names {
            found.extend(self.tree.attributes(name).ok_or_else(|| fault(BAD_NAME))?);
        }
        Ok(CpeMessage::GetParameterAttributesResponse(found))
    }

    /// All or none, in the order of the request (TR-069 A.3.2.4).
    fn set_attributes(&mut self, wanted: &[SetParameterAttribute]) -> Result<CpeMessage, CpeFault> {
        for each in wanted {
            let notification = if each.notification_change {
                each.notification
            } else {
                0
            };
            self.tree
                .check_notification(&each.name, notification)
                .map_err(fault)?;
        }
        for each in wanted {
            let notification = each.notification_change.then_some(each.notification);
            let access_list = each
                .access_list_change
                .then_some(each.access_list.as_slice());
            self.tree
                .set_attributes(&each.name, notification, access_list);
        }
        Ok(CpeMessage::SetParameterAttributesResponse)
    }

    fn schedule_inform(
        &mut self,
        delay_seconds: u32,
        command_key: String,
    ) -> Result<CpeMessage, CpeFault> {
        check_key(&command_key)?;
        if delay_seconds == 0 {
            return Err(fault(INVALID_ARGUMENTS));
        }
        let at = self.instant() + Duration::from_secs(delay_seconds.into());
        self.scheduled.push((at, command_key));
        Ok(CpeMessage::ScheduleInformResponse)
    }

    fn download(&mut self, download: Download) -> Result<CpeMessage, CpeFault> {
        check_file(&download.file_type, &DOWNLOADS, &download.url)?;
        let delay = download.delay_seconds;
        self.queue(Work::Download(Box::new(download)), delay, None)?;
        Ok(CpeMessage::DownloadResponse(pending()))
    }

    fn upload(&mut self, upload: Upload) -> Result<CpeMessage, CpeFault> {
        check_file(&upload.file_type, &UPLOADS, &upload.url)?;
        let delay = upload.delay_seconds;
        self.queue(Work::Upload(upload), delay, None)?;
        Ok(CpeMessage::UploadResponse(pending()))
    }

    /// The first window is used; its end is the last moment to begin.
    fn schedule_download(&mut self, schedule: ScheduleDownload) -> Result<CpeMessage, CpeFault> {
        check_file(&schedule.file_type, &DOWNLOADS, &schedule.url)?;
        let window = schedule
            .windows
            .first()
            .filter(|window| window.start < window.end);
        let (start, end) = window
            .map(|window| (window.start, window.end))
            .ok_or(fault(INVALID_ARGUMENTS))?;
        let download = Download {
            command_key: schedule.command_key,
            file_type: schedule.file_type,
            url: schedule.url,
            username: schedule.username,
            password: schedule.password,
            file_size: schedule.file_size,
            target_file_name: schedule.target_file_name,
            ..Download::default()
        };
        self.queue(Work::Scheduled(Box::new(download)), start, Some(end))?;
        Ok(CpeMessage::ScheduleDownloadResponse)
    }

    fn queue(
        &mut self,
        work: Work,
        delay_seconds: u32,
        end_seconds: Option<u32>,
    ) -> Result<(), CpeFault> {
        if self.transfers.len() >= MAX_TRANSFERS {
            return Err(fault(RESOURCES_EXCEEDED));
        }
        let after = |seconds: u32| self.instant() + Duration::from_secs(seconds.into());
        let transfer = Transfer {
            work,
            not_before: after(delay_seconds),
            not_after: end_seconds.map(after),
        };
        check_key(transfer.command_key())?;
        self.transfers.push(transfer);
        Ok(())
    }

    fn queued(&self) -> Vec<QueuedTransfer> {
        let queued = |transfer: &Transfer| QueuedTransfer {
            command_key: transfer.command_key().to_owned(),
            state: 1,
        };
        self.transfers.iter().map(queued).collect()
    }
}

fn all_queued(transfer: &Transfer) -> AllQueuedTransfer {
    let (file_type, file_size, target_file_name) = match &transfer.work {
        Work::Download(download) | Work::Scheduled(download) => (
            &download.file_type,
            download.file_size,
            download.target_file_name.clone(),
        ),
        Work::Upload(upload) => (&upload.file_type, 0, String::new()),
    };
    AllQueuedTransfer {
        command_key: transfer.command_key().to_owned(),
        state: 1,
        is_download: !matches!(transfer.work, Work::Upload(_)),
        file_type: file_type.clone(),
        file_size,
        target_file_name,
    }
}

fn check_file(file_type: &str, known: &[&str], url: &str) -> Result<(), CpeFault> {
    if !known.iter().any(|known| file_type.starts_with(known)) {
        return Err(fault(INVALID_ARGUMENTS));
    }
    match url.parse::<HttpUrl>() {
        Ok(_) => Ok(()),
        Err(BadUrl::Scheme) => Err(fault(PROTOCOL_UNSUPPORTED)),
        Err(BadUrl::Malformed) => Err(fault(INVALID_ARGUMENTS)),
    }
}

fn check_key(key: &str) -> Result<(), CpeFault> {
    match key.chars().count() <= MAX_KEY_CHARACTERS {
        true => Ok(()),
        false => Err(fault(INVALID_ARGUMENTS)),
    }
}

fn pending() -> TransferResponse {
    TransferResponse {
        status: 1,
        ..TransferResponse::default()
    }
}

fn fault(code: u32) -> CpeFault {
    CpeFault {
        code,
        text: words(code),
        parameters: Vec::new(),
    }
}

fn words(code: u32) -> String {
    explain(code).unwrap_or("vendor fault").to_owned()
}
