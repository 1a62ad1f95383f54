//! What can go wrong for somebody who asks through the API or the console.

use regia_access::{Denied, UserId};
use regia_fault::{Category, Fault};
use regia_ident::TerritoryId;
use regia_store::StoreError;
use regia_store::page::BadCursor;
use thiserror::Error;

use crate::model::bulk::BulkId;
use crate::model::command::CommandError;
use crate::model::file::FileId;
use crate::model::identity::DeviceId;
use crate::model::import::ImportId;
use crate::model::index::{IndexState, MAX_INDEXED};
use crate::model::search::{MAX_RUNNING, SearchId};
use crate::model::task::{TaskId, TaskState};
use crate::rules::announce::HeadError;
use crate::rules::sheet::SheetError;

/// See the module sentence.
#[derive(Debug, Error)]
pub enum AcsError {
    /// There is no such device for the caller.
    #[error("There is no device {0}.")]
    NoDevice(DeviceId),
    /// There is no such task for the caller.
    #[error("There is no task {0}.")]
    NoTask(TaskId),
    /// There is no such fleet credential in force.
    #[error("There is no fleet credential {0} in force.")]
    NoCredential(i64),
    /// It is the last fleet credential: without one no new device could register.
    #[error("Fleet credential {0} is the last one.")]
    LastCredential(i64),
    /// The command is wrong.
    #[error("The command cannot be given: {0}.")]
    Command(#[source] CommandError),
    /// A text of a request is wrong: the field and the reason.
    #[error("{0}: {1}.")]
    Field(&'static str, &'static str),
    /// The task is in a state that does not allow this.
    #[error("Task {0} is {state}.", state = .1.as_str())]
    TaskState(TaskId, TaskState),
    /// The device is in a standing that does not allow this.
    #[error("Device {0} is not quarantined.")]
    NotQuarantined(DeviceId),
    /// There is no such file for the caller.
    #[error("There is no file {0}.")]
    NoFile(FileId),
    /// An open task wants the file.
    #[error("File {0} is wanted by a task that is not over.")]
    FileInUse(FileId),
    /// The task moves no file.
    #[error("Task {0} moves no file.")]
    NoTransfer(TaskId),
    /// The file is longer than this many bytes.
    #[error("A file may have {0} bytes at most.")]
    FileTooLarge(u64),
    /// The file is not for such a device: what does not fit.
    #[error("File {0} is not for this device: {1} does not fit.")]
    Misfit(FileId, String),
    /// The body broke off before its end.
    #[error("The file broke off before its end.")]
    Interrupted,
    /// The cursor was not handed out by this list.
    #[error("The cursor is not one that this list handed out.")]
    Cursor(#[from] BadCursor),
    /// The value is no sealed secret, or its key is gone.
    #[error("{0} holds no secret that can be opened.")]
    NoSecret(String),
    /// The parameter is not indexed.
    #[error("{0} is not indexed.")]
    NotIndexed(String),
    /// The parameter is indexed already, or not in a state that allows this.
    #[error("{0} is {state}.", state = .1.tell())]
    IndexState(String, IndexState),
    /// No more parameters may be indexed.
    #[error("{MAX_INDEXED} parameters are indexed; no more can be.")]
    TooManyIndexed,
    /// There is no such search for the caller.
    #[error("There is no search {0}.")]
    NoSearch(SearchId),
    /// The search does not run any more.
    #[error("Search {0} has ended.")]
    SearchEnded(SearchId),
    /// No more searches may run.
    #[error("{MAX_RUNNING} searches run already.")]
    TooManySearches,
    /// A setting of the server decides.
    #[error("{0} is set in the settings of the server.")]
    SettingWins(&'static str),
    /// A file is no table of devices: what is wrong with it.
    #[error("The file cannot be read: {0}.")]
    Import(String),
    /// There is no such import for the caller.
    #[error("There is no import {0}.")]
    NoImport(ImportId),
    /// The import is in a state that does not allow this.
    #[error("Import {0} {1}.")]
    ImportState(ImportId, &'static str),
    /// There is no such bulk for the caller.
    #[error("There is no bulk {0}.")]
    NoBulk(BulkId),
    /// The bulk is in a state that does not allow this.
    #[error("Bulk {0} {1}.")]
    BulkState(BulkId, &'static str),
    /// Not as many devices are selected as were confirmed.
    #[error("{found} devices are selected now, not {expected}.")]
    SelectionChanged {
        /// Confirmed.
        expected: usize,
        /// Selected.
        found: usize,
    },
    /// There is no such territory for the caller.
    #[error("There is no territory {0}.")]
    NoTerritory(TerritoryId),
    /// Nothing was handed to that user, or taken back.
    #[error("There is no user {0}, or none of these devices is yours to hand on.")]
    NoGrant(UserId),
    /// The first tenant decides.
    #[error("The first tenant decides {0}.")]
    NotYours(&'static str),
    /// Whoever asks may not do this.
    #[error("Not allowed.")]
    Denied(#[from] Denied),
    /// The database failed.
    #[error("The database failed.")]
    Store(#[from] StoreError),
}

impl From<SheetError> for AcsError {
    fn from(error: SheetError) -> Self {
        Self::Import(error.to_string())
    }
}

impl From<HeadError> for AcsError {
    fn from(error: HeadError) -> Self {
        Self::Import(error.to_string())
    }
}

impl From<AcsError> for Fault {
    fn from(error: AcsError) -> Self {
        let message = error.to_string();
        match error {
            AcsError::NoDevice(_) => Self::new(Category::NotFound, "acs.no_device", message),
            AcsError::NoTask(_) => Self::new(Category::NotFound, "acs.no_task", message),
            AcsError::NoCredential(_) => {
                Self::new(Category::NotFound, "acs.no_credential", message)
            }
            AcsError::LastCredential(_) => {
                Self::new(Category::Conflict, "acs.last_credential", message)
                    .hint("Add another one first.")
            }
            AcsError::Command(reason) => Self::new(
                Category::Invalid,
                "acs.bad_command",
                format!("{message} {reason}."),
            ),
            AcsError::Field(..) => Self::new(Category::Invalid, "acs.bad_field", message),
            AcsError::TaskState(..) => Self::new(Category::Conflict, "acs.task_state", message)
                .hint("Only a queued task can be cancelled, only an ended one retried."),
            AcsError::NoFile(_) => Self::new(Category::NotFound, "acs.no_file", message),
            AcsError::NoTransfer(_) => Self::new(Category::NotFound, "acs.no_transfer", message),
            AcsError::FileInUse(_) => Self::new(Category::Conflict, "acs.file_in_use", message)
                .hint("Cancel the task, or wait for its end."),
            AcsError::FileTooLarge(_) => {
                Self::new(Category::Exhausted, "acs.file_too_large", message)
                    .hint("The limit is the setting acs.files.max_bytes.")
            }
            AcsError::Misfit(..) => Self::new(Category::Conflict, "acs.misfit", message)
                .hint("To send it all the same, confirm with the device's serial number."),
            AcsError::Interrupted => Self::new(Category::Invalid, "acs.interrupted", message),
            AcsError::NotQuarantined(_) => {
                Self::new(Category::Conflict, "acs.not_quarantined", message)
            }
            AcsError::Cursor(_) => Self::new(Category::Invalid, "acs.bad_cursor", message)
                .hint("Begin again without a cursor."),
            AcsError::NoSecret(_) => Self::new(Category::NotFound, "acs.no_secret", message),
            AcsError::NotIndexed(_) => Self::new(Category::Invalid, "acs.not_indexed", message)
                .hint("Have it indexed, or search in the background."),
            AcsError::IndexState(..) => Self::new(Category::Conflict, "acs.index_state", message),
            AcsError::TooManyIndexed => {
                Self::new(Category::Conflict, "acs.too_many_indexed", message)
                    .hint("Give another one up first.")
            }
            AcsError::NoSearch(_) => Self::new(Category::NotFound, "acs.no_search", message),
            AcsError::SearchEnded(_) => Self::new(Category::Conflict, "acs.search_ended", message),
            AcsError::TooManySearches => {
                Self::new(Category::RateLimited, "acs.too_many_searches", message)
                    .hint("Wait until one has ended, or cancel one.")
            }
            AcsError::SettingWins(_) => Self::new(Category::Conflict, "acs.setting_wins", message)
                .hint("Change it there, or remove it and restart the server."),
            AcsError::Import(_) => Self::new(Category::Invalid, "acs.import", message).hint(
                "Save it as CSV UTF-8 with columns oui and serial_number, and send it again.",
            ),
            AcsError::NoImport(_) => Self::new(Category::NotFound, "acs.no_import", message),
            AcsError::ImportState(..) => Self::new(Category::Conflict, "acs.import_state", message),
            AcsError::NoBulk(_) => Self::new(Category::NotFound, "acs.no_bulk", message),
            AcsError::BulkState(..) => Self::new(Category::Conflict, "acs.bulk_state", message),
            AcsError::SelectionChanged { .. } => {
                Self::new(Category::Conflict, "acs.selection_changed", message)
                    .hint("Look at the selection again, then confirm the number.")
            }
            AcsError::NoTerritory(_) => Self::new(Category::NotFound, "acs.no_territory", message),
            AcsError::NoGrant(_) => Self::new(Category::NotFound, "acs.no_grant", message),
            AcsError::NotYours(_) => Self::new(Category::Forbidden, "acs.not_yours", message),
            AcsError::Denied(denied) => denied.into(),
            AcsError::Store(error) => error.into(),
        }
    }
}

impl From<AcsError> for regia_web::Problem {
    fn from(error: AcsError) -> Self {
        Fault::from(error).into()
    }
}
