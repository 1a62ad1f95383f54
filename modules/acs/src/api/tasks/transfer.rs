//! `GET /api/v1/acs/tasks/{id}/transfer`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::deliver;
use crate::model::delivery::Shipment;
use crate::model::file::FileId;
use crate::model::identity::DeviceId;
use crate::model::task::{TaskId, TaskState};
use crate::rules::steps::steps;

/// How far a task is that moves a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransferOut {
    /// The task.
    #[schema(value_type = i64)]
    task: TaskId,
    /// Where the task stands.
    state: TaskState,
    /// The device.
    #[schema(value_type = i64)]
    device: DeviceId,
    /// Its serial number.
    serial_number: String,
    /// The file; of an upload what has arrived.
    #[schema(value_type = Option<i64>)]
    file: Option<FileId>,
    /// The file's name; absent when it was deleted.
    name: Option<String>,
    /// How long the file is.
    bytes: u64,
    /// Bytes of a download from the beginning to the last one that has left for the device.
    moved_bytes: u64,
    /// When the transfer was sent.
    #[serde(with = "time::serde::rfc3339::option")]
    began_at: Option<OffsetDateTime>,
    /// When the device said that it is over.
    #[serde(with = "time::serde::rfc3339::option")]
    reported_at: Option<OffsetDateTime>,
    /// The fault that the device told; absent when it told none.
    fault_code: Option<i64>,
    /// `sent`, `fetched` or `arrived`, `reported`, `verified`: where each stands.
    steps: Vec<TransferStepOut>,
}

/// One step of a transfer.
#[derive(Debug, Serialize, ToSchema)]
struct TransferStepOut {
    /// Which.
    step: &'static str,
    /// `done`, `now`, `to_come`, `failed`, or `unseen`.
    standing: &'static str,
}

impl From<Shipment> for TransferOut {
    fn from(shipment: Shipment) -> Self {
        let Shipment {
            task,
            delivery,
            serial_number,
        } = shipment;
        let steps = delivery
            .as_ref()
            .map(|delivery| steps(&task, delivery))
            .unwrap_or_default();
        let transfer = delivery
            .as_ref()
            .and_then(|delivery| delivery.transfer.as_ref());
        Self {
            moved_bytes: transfer.map_or(0, |transfer| transfer.moved_bytes),
            began_at: transfer.map(|transfer| transfer.began_at),
            reported_at: transfer.and_then(|transfer| transfer.reported_at),
            fault_code: transfer
                .map(|transfer| transfer.fault_code)
                .filter(|code| *code != 0),
            steps: steps
                .into_iter()
                .map(|step| TransferStepOut {
                    step: step.kind.as_str(),
                    standing: step.standing.as_str(),
                })
                .collect(),
            task: task.id,
            state: task.state,
            device: task.device,
            serial_number,
            file: delivery.as_ref().and_then(|delivery| delivery.file),
            bytes: delivery.as_ref().map_or(0, |delivery| delivery.bytes),
            name: delivery.and_then(|delivery| delivery.name),
        }
    }
}

/// Shows how far a task is that moves a file.
#[utoipa::path(get, path = "/acs/tasks/{id}/transfer", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = TransferOut)))]
pub(crate) async fn transfer(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Json<TransferOut>, Problem> {
    let shipment = deliver::of_task(&context, &principal, id).await?;
    Ok(Json(shipment.into()))
}
