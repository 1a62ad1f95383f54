//! A method that an operator writes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::go;
use super::verbs::{Typed, confirmed};
use crate::context::Context;
use crate::flows::operate;
use crate::model::command::Command;
use crate::model::identity::DeviceId;

/// The method, and the serial number typed.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    method: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    confirmation: String,
}

pub(super) async fn send(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Form(written): Form<Written>,
) -> Result<Response, Problem> {
    let Written {
        method,
        content,
        confirmation,
    } = written;
    let typed = Typed { confirmation };
    confirmed(&context, &principal, id, &typed).await?;
    let command = Command::Rpc {
        method: method.trim().to_owned(),
        content: content.trim().to_owned(),
        sealed: None,
    };
    let lifetime = operate::DEFAULT_LIFETIME_SECONDS;
    operate::queue(&context, &principal, id, command, lifetime).await?;
    Ok(go(&format!("/acs/devices/{id}/tasks")))
}
