//! What devices report on their own inside a session, and what we answer.

use regia_cwmp::{AcsFault, AcsMessage, CpeMessage};
use regia_store::Tx;
use serde_json::{Value as Json, json};

use crate::store::session::Claim;
use crate::store::timeline::{self, Happening};

/// The methods that devices may call here (TR-069 A.3.1.1).
const METHODS: [&str; 8] = [
    "Inform",
    "GetRPCMethods",
    "TransferComplete",
    "AutonomousTransferComplete",
    "RequestDownload",
    "Kicked",
    "DUStateChangeComplete",
    "AutonomousDUStateChangeComplete",
];

/// TR-069 A.5.2.
const METHOD_NOT_SUPPORTED: u32 = 8000;

/// What a request is worth to the timeline, and its answer.
#[must_use]
pub fn answer(request: &CpeMessage) -> (Option<(&'static str, Json)>, AcsMessage) {
    match request {
        CpeMessage::GetRpcMethods => {
            let methods = METHODS.map(str::to_owned).to_vec();
            (None, AcsMessage::GetRpcMethodsResponse(methods))
        }
        CpeMessage::TransferComplete(done) => {
            let detail = json!({
                "command_key": done.command_key,
                "fault": done.fault.code,
                "text": done.fault.text,
            });
            (
                Some(("transfer_complete", detail)),
                AcsMessage::TransferCompleteResponse,
            )
        }
        CpeMessage::AutonomousTransferComplete(done) => {
            let detail = json!({
                "url": done.transfer_url,
                "file_type": done.file_type,
                "download": done.is_download,
                "fault": done.fault.code,
                "text": done.fault.text,
            });
            let answer = AcsMessage::AutonomousTransferCompleteResponse;
            (Some(("autonomous_transfer_complete", detail)), answer)
        }
        CpeMessage::RequestDownload(wish) => {
            let detail = json!({ "file_type": wish.file_type });
            (
                Some(("request_download", detail)),
                AcsMessage::RequestDownloadResponse,
            )
        }
        CpeMessage::DuStateChangeComplete(done) => {
            let detail = json!({ "command_key": done.command_key, "results": done.results.len() });
            (
                Some(("du_state_change", detail)),
                AcsMessage::DuStateChangeCompleteResponse,
            )
        }
        CpeMessage::AutonomousDuStateChangeComplete(done) => {
            let detail = json!({ "results": done.results.len() });
            let answer = AcsMessage::AutonomousDuStateChangeCompleteResponse;
            (Some(("autonomous_du_state_change", detail)), answer)
        }
        CpeMessage::Kicked(kicked) => {
            let detail = json!({ "command": kicked.command, "referer": kicked.referer });
            let answer = AcsMessage::KickedResponse {
                next_url: kicked.next.clone(),
            };
            (Some(("kicked", detail)), answer)
        }
        _ => (
            None,
            AcsMessage::Fault(AcsFault {
                code: METHOD_NOT_SUPPORTED,
                text: "Method not supported".to_owned(),
            }),
        ),
    }
}

/// Writes what a request is worth to the timeline.
///
/// # Errors
/// When the database does not take it.
pub async fn record(
    tx: &mut Tx,
    claim: &Claim,
    (kind, detail): (&'static str, Json),
) -> Result<(), regia_store::StoreError> {
    let happening = Happening {
        territory: claim.territory,
        device: claim.device,
        kind,
        detail,
    };
    timeline::append(tx, &[happening]).await
}
