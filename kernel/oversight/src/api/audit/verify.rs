//! `POST /api/v1/audit/verify`

use axum::extract::State;
use regia_access::{Principal, audit};
use regia_audit::{Report, Span};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_web::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use time::Date;
use time::format_description::well_known::Iso8601;
use utoipa::ToSchema;

use crate::{AUDIT_READ, Oversight, gate};

/// What is checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyIn {
    /// The day, UTC.
    #[schema(example = "2026-03-01")]
    day: String,
}

/// Something wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingOut {
    /// What, such as `row_changed`.
    flaw: &'static str,
    /// The line's number.
    id: Option<i64>,
    /// The block's number.
    block: Option<i64>,
}

/// How a check went.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportOut {
    /// Lines that were checked.
    rows: u64,
    /// Blocks of the chain that were checked.
    blocks: u64,
    /// Lines that wait for their block.
    waiting: u64,
    /// Lines from before the chain, which nothing protects.
    legacy: u64,
    /// The first things that are wrong; none is good.
    findings: Vec<FindingOut>,
    /// How many more there are.
    more_findings: u64,
}

impl From<Report> for ReportOut {
    fn from(report: Report) -> Self {
        let finding = |finding: &regia_audit::Finding| FindingOut {
            flaw: finding.flaw.as_str(),
            id: finding.entry_id,
            block: finding.block,
        };
        Self {
            rows: report.rows,
            blocks: report.blocks,
            waiting: report.waiting,
            legacy: report.legacy,
            findings: report.findings.iter().map(finding).collect(),
            more_findings: report.more,
        }
    }
}

/// Checks one day of the audit trail for traces of tampering.
#[utoipa::path(post, path = "/audit/verify", tag = "audit", request_body = VerifyIn,
    responses((status = 200, body = ReportOut)))]
pub(crate) async fn verify(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Json(input): Json<VerifyIn>,
) -> Result<Json<ReportOut>, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let day = parse(&input.day).ok_or_else(|| {
        Problem::invalid("access.day_invalid", "The day is not valid.")
            .field("day", "is written 2026-03-01".to_owned())
    })?;
    let report = check(&oversight, &principal, tenant, day).await?;
    Ok(Json(report.into()))
}

/// A day as people and scripts write it.
pub(crate) fn parse(text: &str) -> Option<Date> {
    Date::parse(text, &Iso8601::DATE).ok()
}

/// Checks a day, and notes in the trail that it was checked.
pub(crate) async fn check(
    oversight: &Oversight,
    principal: &Principal,
    tenant: TerritoryId,
    day: Date,
) -> Result<Report, Fault> {
    let span = Span {
        from: Some(day),
        to: Some(day),
        noted: Vec::new(),
    };
    let trail = &oversight.trail;
    let report = trail.verify(Some(tenant), &span).await?;
    trail
        .note(tenant, audit::actor(principal), &span, &report)
        .await?;
    Ok(report)
}
