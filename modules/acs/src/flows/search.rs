//! Searches by parameters that are not indexed: started here, carried on in the background.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::page::{Limit, Page};
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::index::ParameterFilter;
use crate::model::search::{Hit, MAX_RUNNING, Search, SearchId, SearchState};
use crate::permissions;
use crate::rules::index::{check, comparable};
use crate::store::search;

/// Starts a search; it is forgotten after a day.
///
/// # Errors
/// When the path is none or holds secrets, the value is empty, or too many searches run.
pub(crate) async fn start(
    context: &Context,
    principal: &Principal,
    wanted: &ParameterFilter,
) -> Result<SearchId, AcsError> {
    let key =
        check(&wanted.path, &context.secrecy).map_err(|reason| AcsError::Field("path", reason))?;
    let wanted = ParameterFilter {
        path: key.to_owned(),
        matching: wanted.matching,
        value: comparable(&wanted.value),
    };
    if wanted.value.is_empty() {
        return Err(AcsError::Field(
            "value",
            "an empty value cannot be searched",
        ));
    }
    let mut tx = context.begin(principal, &permissions::SEARCH_RUN).await?;
    let made = search::start(&mut tx, &wanted, &principal.to_string(), MAX_RUNNING).await?;
    let id = made.ok_or(AcsError::TooManySearches)?;
    let mut entry = Entry::new("acs.search.start", format!("search:{id}"));
    entry.after = Some(json!({
        "path": wanted.path,
        "match": wanted.matching,
        "value": wanted.value,
    }));
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(id)
}

/// One search with its progress.
///
/// # Errors
/// When there is none of that number.
pub(crate) async fn get(
    context: &Context,
    principal: &Principal,
    id: SearchId,
) -> Result<Search, AcsError> {
    let mut tx = context.begin(principal, &permissions::SEARCH_READ).await?;
    let found = search::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoSearch(id))
}

/// A page of searches, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    context: &Context,
    principal: &Principal,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Search>, AcsError> {
    let mut tx = context.begin(principal, &permissions::SEARCH_READ).await?;
    let page = search::list(&mut tx, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// A page of what a search has found so far, by device.
///
/// # Errors
/// When there is no search of that number.
pub(crate) async fn hits(
    context: &Context,
    principal: &Principal,
    id: SearchId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Hit>, AcsError> {
    let mut tx = context.begin(principal, &permissions::SEARCH_READ).await?;
    search::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoSearch(id))?;
    let page = search::list_hits(&mut tx, id, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// Stops a search; what it found stays.
///
/// # Errors
/// When there is no search of that number, or it has ended.
pub(crate) async fn cancel(
    context: &Context,
    principal: &Principal,
    id: SearchId,
) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::SEARCH_RUN).await?;
    let before = search::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoSearch(id))?;
    if !search::cancel(&mut tx, id).await? {
        return Err(AcsError::SearchEnded(id));
    }
    let entry = Entry {
        before: Some(json!({ "state": before.state })),
        after: Some(json!({ "state": SearchState::Cancelled })),
        ..Entry::new("acs.search.cancel", format!("search:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests;
