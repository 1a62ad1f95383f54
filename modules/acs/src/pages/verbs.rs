//! What the buttons of the pages post.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use regia_access::Principal;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::go;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{inspect, operate};
use crate::model::command::{Assignment, Command};
use crate::model::identity::DeviceId;
use crate::model::task::TaskId;

/// A form in which a word must be typed.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) confirmation: String,
}

/// The new value of a parameter.
#[derive(Debug, Deserialize)]
pub(super) struct Value {
    path: String,
    value: String,
    kind: String,
}

/// What operators note.
#[derive(Debug, Deserialize)]
pub(super) struct Notes {
    tags: String,
    notes: String,
}

/// In or out of service.
#[derive(Debug, Deserialize)]
pub(super) struct Retired {
    retired: bool,
}

type Shared = State<Arc<Context>>;

async fn queue(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    command: Command,
) -> Result<Response, Problem> {
    operate::queue(
        context,
        principal,
        id,
        command,
        operate::DEFAULT_LIFETIME_SECONDS,
    )
    .await?;
    Ok(go(&format!("/acs/devices/{id}/tasks")))
}

pub(super) async fn refresh(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    queue(
        &context,
        &principal,
        id,
        Command::Refresh {
            path: String::new(),
        },
    )
    .await
}

pub(super) async fn reboot(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    queue(&context, &principal, id, Command::Reboot {}).await
}

pub(super) async fn factory_reset(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    confirmed(&context, &principal, id, &typed).await?;
    queue(&context, &principal, id, Command::FactoryReset {}).await
}

/// What cannot be undone needs the device's serial number, typed.
pub(super) async fn confirmed(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    typed: &Typed,
) -> Result<(), Problem> {
    let device = inspect::device(context, principal, id).await?;
    if typed.confirmation.trim() == device.identity.serial_number {
        return Ok(());
    }
    Err(AcsError::Field("confirmation", "type the device's serial number").into())
}

pub(super) async fn set(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Value { path, value, kind }): Form<Value>,
) -> Result<Response, Problem> {
    let values = vec![Assignment {
        path,
        value,
        kind: Some(kind),
        sealed: false,
    }];
    queue(&context, &principal, id, Command::Set { values }).await
}

pub(super) async fn annotate(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Notes { tags, notes }): Form<Notes>,
) -> Result<Response, Problem> {
    let tags = tags
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .map(str::to_owned);
    operate::annotate(&context, &principal, id, Some(tags.collect()), Some(notes)).await?;
    Ok(go(&format!("/acs/devices/{id}")))
}

pub(super) async fn retire(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(Retired { retired }): Form<Retired>,
) -> Result<Response, Problem> {
    operate::retire(&context, &principal, id, retired).await?;
    Ok(go(&format!("/acs/devices/{id}")))
}

pub(super) async fn readmit(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    operate::readmit(&context, &principal, id).await?;
    Ok(go(&format!("/acs/devices/{id}")))
}

pub(super) async fn delete(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    confirmed(&context, &principal, id, &typed).await?;
    operate::delete(&context, &principal, id).await?;
    Ok(go("/acs/devices"))
}

pub(super) async fn cancel(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Response, Problem> {
    operate::cancel(&context, &principal, id).await?;
    to_tasks(&context, &principal, id).await
}

pub(super) async fn retry(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Response, Problem> {
    operate::retry(&context, &principal, id).await?;
    to_tasks(&context, &principal, id).await
}

pub(super) async fn settle(
    State(context): Shared,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Response, Problem> {
    operate::settle(&context, &principal, id).await?;
    to_tasks(&context, &principal, id).await
}

async fn to_tasks(
    context: &Context,
    principal: &Principal,
    id: TaskId,
) -> Result<Response, Problem> {
    let task = inspect::task(context, principal, id).await?;
    Ok(go(&format!("/acs/devices/{}/tasks", task.device)))
}
