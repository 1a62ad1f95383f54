//! `GET /api/v1/acs/samples`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};

use crate::context::Context;
use crate::flows::census;
use crate::model::sample::{Outcomes, Sample, Span};

/// How far back.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SamplesIn {
    /// `hour` in steps of a minute, `day` of 10 minutes, `week` of an hour, `quarter` (90 days) of
    /// 12 hours.
    #[serde(default)]
    span: Span,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SampleOut {
    /// When it begins.
    #[serde(with = "time::serde::rfc3339")]
    began_at: OffsetDateTime,
    /// Minutes of it that were counted; with 0, nothing is known of it.
    minutes: i64,
    /// Devices in service that were online, on average; absent when not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<i64>,
    /// Devices in service that were not, on average; absent when not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<i64>,
    /// Sessions that began.
    sessions: i64,
    /// Devices that registered.
    registrations: i64,
    /// Tasks that ended.
    tasks: Outcomes,
    /// Failed tasks by fault code.
    faults: Vec<FaultsOut>,
}

/// Failed tasks of one fault code.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultsOut {
    /// The CWMP fault code; absent where the reason was the server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u32>,
    /// How many.
    failed: i64,
}

impl From<&Sample> for SampleOut {
    fn from(sample: &Sample) -> Self {
        let faults = sample.faults.iter();
        Self {
            began_at: sample.began_at,
            minutes: sample.minutes,
            online: sample.online,
            offline: sample.offline,
            sessions: sample.sessions,
            registrations: sample.registrations,
            tasks: sample.outcomes,
            faults: faults
                .map(|(code, failed)| FaultsOut {
                    code: *code,
                    failed: *failed,
                })
                .collect(),
        }
    }
}

/// The fleet over time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SamplesOut {
    /// The span.
    span: Span,
    /// Seconds of one step.
    step_seconds: i64,
    /// Every step, the oldest first; the last one is not over.
    items: Vec<SampleOut>,
}

/// Shows the fleet over time. Minutes are kept for 90 days.
#[utoipa::path(get, path = "/acs/samples", tag = "devices", params(SamplesIn),
    responses((status = 200, body = SamplesOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(SamplesIn { span }): Query<SamplesIn>,
) -> Result<Json<SamplesOut>, Problem> {
    let samples = census::series(&context, &principal, span).await?;
    Ok(Json(SamplesOut {
        span,
        step_seconds: span.steps().0,
        items: samples.iter().map(SampleOut::from).collect(),
    }))
}
