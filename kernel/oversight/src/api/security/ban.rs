//! `POST /api/v1/security/bans`

use std::net::IpAddr;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use regia_access::audit::{self, Entry};
use regia_access::{Origin, Principal};
use regia_fault::Fault;
use regia_ident::TerritoryId;
use regia_security::{Ban, BanError, NewBan, network};
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::BanOut;
use crate::{Oversight, SECURITY_WRITE, gate};

/// A ban to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BanIn {
    /// An address; of IPv6 its /64 counts.
    #[schema(example = "192.0.2.7")]
    pub(crate) address: String,
    /// Why; at most 200 characters.
    pub(crate) reason: String,
    /// How long, at most a year.
    #[schema(minimum = 1, maximum = 525_600)]
    pub(crate) minutes: u32,
    /// Said when the address is the one that the request comes from, which shuts its sender out.
    #[serde(default)]
    pub(crate) even_my_own: bool,
}

/// Keeps an address out of console and API, on every node; devices are not concerned.
#[utoipa::path(post, path = "/security/bans", tag = "security", request_body = BanIn,
    responses((status = 201, body = BanOut)))]
pub(crate) async fn ban(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Json(input): Json<BanIn>,
) -> Result<Response, Problem> {
    gate::everywhere(&principal, &SECURITY_WRITE)?;
    let made = add(&oversight, &principal, input).await?;
    Ok((StatusCode::CREATED, Json(BanOut::from(made))).into_response())
}

/// Bans, and notes it in the trail, in one transaction.
pub(crate) async fn add(
    oversight: &Oversight,
    principal: &Principal,
    input: BanIn,
) -> Result<Ban, Problem> {
    if !input.even_my_own && is_own(principal, &input.address) {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "access.own_address",
            "This is the address that you come from: you would shut yourself out.",
        )
        .hint("If that is what you want, say even_my_own."));
    }
    let new = NewBan {
        address: input.address,
        reason: input.reason,
        minutes: input.minutes,
        banned_by: principal.to_string(),
    };
    let begun = oversight.store.begin(TerritoryId::ROOT).await;
    let mut tx = begun.map_err(Fault::from)?;
    let made = oversight.bans.add(&mut tx, &new).await.map_err(refusal)?;
    let entry = Entry {
        after: Some(json!({
            "network": made.network, "reason": made.reason, "minutes": new.minutes,
        })),
        ..Entry::new("access.security.ban", format!("ban:{}", made.id))
    };
    let noted = audit::record(&mut tx, principal, entry).await;
    noted.map_err(Fault::from)?;
    tx.commit().await.map_err(Fault::from)?;
    Ok(made)
}

/// Whether the address counts as the one that the principal comes from.
fn is_own(principal: &Principal, address: &str) -> bool {
    let own = principal
        .origin()
        .and_then(|Origin { address, .. }| *address);
    let text = address.trim();
    let text = text.strip_suffix("/64").unwrap_or(text);
    match (own, text.parse::<IpAddr>()) {
        (Some(own), Ok(address)) => network(own) == network(address),
        _ => false,
    }
}

fn refusal(error: BanError) -> Problem {
    let wrong = |field, message| {
        Problem::invalid("access.ban_invalid", "The address cannot be banned.")
            .field(field, message)
    };
    match error {
        BanError::Address => wrong("address", "is an address such as 192.0.2.7"),
        BanError::Exempt => wrong("address", "is a trusted proxy: everybody comes through it"),
        BanError::Minutes => wrong("minutes", "is 1 to 525600"),
        BanError::Reason => wrong("reason", "has 1 to 200 characters"),
        BanError::Store(error) => Fault::from(error).into(),
    }
}
