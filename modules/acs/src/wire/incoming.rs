//! What a device's message is to the session that it comes in.

use regia_cwmp::{CpeMessage, Envelope};

use super::machine::Incoming;
use super::session::Session;
use crate::model::command::Command;

pub(super) fn incoming(session: &Session, envelope: Option<&Envelope<CpeMessage>>) -> Incoming {
    let Some(envelope) = envelope else {
        return Incoming::Empty;
    };
    if is_request(&envelope.message) && !answers_rpc(session, &envelope.message) {
        return Incoming::Request;
    }
    let asked = session.asked.as_ref().map(|(_, id)| id.as_str());
    match (&envelope.id, asked) {
        (Some(id), Some(asked)) if id != asked => Incoming::StrayAnswer,
        _ => Incoming::Answer,
    }
}

/// The method that an operator wrote and that is on its way.
pub(super) fn rpc_of(session: &Session) -> Option<&str> {
    match &session.asked.as_ref()?.0.command {
        Command::Rpc { method, .. } => Some(method),
        _ => None,
    }
}

/// Whether a message that has no type here is the answer to a method that has none either.
fn answers_rpc(session: &Session, message: &CpeMessage) -> bool {
    let CpeMessage::Unknown { name, .. } = message else {
        return false;
    };
    rpc_of(session).is_some_and(|method| name.strip_prefix(method) == Some("Response"))
}

const fn is_request(message: &CpeMessage) -> bool {
    matches!(
        message,
        CpeMessage::Inform(_)
            | CpeMessage::GetRpcMethods
            | CpeMessage::TransferComplete(_)
            | CpeMessage::AutonomousTransferComplete(_)
            | CpeMessage::RequestDownload(_)
            | CpeMessage::DuStateChangeComplete(_)
            | CpeMessage::AutonomousDuStateChangeComplete(_)
            | CpeMessage::Kicked(_)
            | CpeMessage::Unknown { .. }
    )
}
