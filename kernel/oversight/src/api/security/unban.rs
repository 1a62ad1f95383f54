//! `DELETE /api/v1/security/bans/{id}`

use axum::extract::State;
use http::StatusCode;
use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_fault::{Category, Fault};
use regia_ident::TerritoryId;
use regia_security::Bans;
use regia_web::{Caller, Path, Problem};
use serde_json::json;

use crate::{Oversight, SECURITY_WRITE, gate};

/// Lets an address in again.
#[utoipa::path(delete, path = "/security/bans/{id}", tag = "security", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn unban(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    gate::everywhere(&principal, &SECURITY_WRITE)?;
    remove(&oversight, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lets an address in again, and notes it in the trail, in one transaction.
pub(crate) async fn remove(
    oversight: &Oversight,
    principal: &Principal,
    id: i64,
) -> Result<(), Fault> {
    let mut tx = oversight.store.begin(TerritoryId::ROOT).await?;
    let Some(gone) = Bans::remove(&mut tx, id).await? else {
        let text = format!("There is no ban {id}.");
        return Err(Fault::new(Category::NotFound, "access.no_ban", text)
            .hint("It may be over, or somebody was faster."));
    };
    let entry = Entry {
        before: Some(json!({ "network": gone.network, "reason": gone.reason })),
        ..Entry::new("access.security.unban", format!("ban:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}
