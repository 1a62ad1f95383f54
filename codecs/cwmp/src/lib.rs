//! CWMP (TR-069) messages: a bounded streaming parser and a writer, for both directions.
//!
//! Pure: bytes in, values out, and back. [`decode`] turns a body into UTF-8, [`parse_cpe`] and
//! [`parse_acs`] read it, [`write_acs`] and [`write_cpe`] write it.

mod charset;
mod dialect;
mod envelope;
mod error;
mod event;
mod explain;
mod limits;
mod message;
mod read;
mod shape;
mod text;
mod write;

pub use charset::decode;
pub use dialect::Dialect;
pub use envelope::{Envelope, Header};
pub use error::ParseError;
pub use event::EventCode;
pub use explain::explain;
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
pub use text::valid_text;
pub use write::{write_acs, write_cpe};
