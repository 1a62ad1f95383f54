//! CWMP (TR-069) messages: a bounded streaming parser and a writer, for both directions.
//!
//! Pure: bytes in, values out, and back. [`decode`] turns a body into UTF-8, [`parse_cpe`] and
//! [`parse_acs`] read it, [`write_acs`] and [`write_cpe`] write it. [`redact`] makes a body fit to be
//! kept, [`indent`] to be looked at.

mod charset;
mod dialect;
mod envelope;
mod error;
mod event;
mod explain;
mod fragment;
mod indent;
mod limits;
mod message;
mod read;
mod redact;
mod shape;
mod text;
mod write;

pub use charset::decode;
pub use dialect::Dialect;
pub use envelope::{Envelope, Header};
pub use error::ParseError;
pub use event::EventCode;
pub use explain::explain;
pub use fragment::Fragment;
pub use indent::indent;
pub use limits::Limits;
pub use message::{
    AcsFault, AcsMessage, AllQueuedTransfer, Argument, AutonomousDuStateChangeComplete,
    AutonomousTransferComplete, ChangeDuState, CpeFault, CpeMessage, DeviceId, Download, DuInstall,
    DuOperation, DuResult, DuStateChangeComplete, DuUninstall, DuUpdate, Event, Inform, Kicked,
    ParameterAttribute, ParameterFault, ParameterInfo, ParameterValue, QueuedTransfer,
    RequestDownload, ScheduleDownload, SetParameterAttribute, TimeWindow, TransferComplete,
    TransferFault, TransferResponse, Upload, ValueKind,
};
pub use read::{parse_acs, parse_cpe, read_dialect};
pub use redact::{Redacted, Secrets, redact, redact_text, redact_unreadable};
pub use text::valid_text;
pub use write::{write_acs, write_cpe};
