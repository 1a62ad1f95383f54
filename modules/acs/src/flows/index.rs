//! Which parameters are indexed: marked and unmarked by operators, filled and emptied in the
//! background.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::Tx;
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::index::{IndexPath, IndexState, MAX_INDEXED, ParameterFilter};
use crate::permissions;
use crate::rules::index::{check, comparable, key};
use crate::store::index;

/// Every indexed parameter with its progress, by path.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    context: &Context,
    principal: &Principal,
) -> Result<Vec<IndexPath>, AcsError> {
    let mut tx = context.begin(principal, &permissions::INDEX_READ).await?;
    let paths = index::list(&mut tx).await?;
    tx.commit().await?;
    Ok(paths)
}

/// Has a parameter indexed: the path with or without its root object. What devices say from now
/// on is kept at once; what they said before is read from their trees in the background.
///
/// # Errors
/// When the path is none, holds secrets or is indexed already, or 64 are.
pub(crate) async fn mark(
    context: &Context,
    principal: &Principal,
    path: &str,
) -> Result<IndexPath, AcsError> {
    let key = check(path, &context.secrecy).map_err(|reason| AcsError::Field("path", reason))?;
    let mut tx = context.begin(principal, &permissions::INDEX_WRITE).await?;
    index::lock(&mut tx).await?;
    check_new(context, key, &index::list(&mut tx).await?)?;
    index::mark(&mut tx, key, &principal.to_string()).await?;
    let made = index::find(&mut tx, key).await?;
    let made = made.ok_or_else(|| AcsError::NotIndexed(key.to_owned()))?;
    let entry = Entry {
        after: Some(json!({ "path": key })),
        ..Entry::new("acs.index.mark", format!("parameter:{key}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(made)
}

/// Whether a path can be marked beside those that are.
///
/// # Errors
/// As [`mark`].
pub(crate) fn check_new(
    context: &Context,
    path: &str,
    marked: &[IndexPath],
) -> Result<(), AcsError> {
    let key = check(path, &context.secrecy).map_err(|reason| AcsError::Field("path", reason))?;
    if let Some(found) = marked.iter().find(|found| found.path == key) {
        return Err(AcsError::IndexState(found.path.clone(), found.state));
    }
    if i64::try_from(marked.len()).is_ok_and(|count| count >= MAX_INDEXED) {
        return Err(AcsError::TooManyIndexed);
    }
    Ok(())
}

/// Gives an index up. Its values are removed in the background; until that is done, the path
/// cannot be marked again.
///
/// # Errors
/// When the path is not indexed, or being removed already.
pub(crate) async fn unmark(
    context: &Context,
    principal: &Principal,
    path: &str,
) -> Result<(), AcsError> {
    let key = key(path);
    let mut tx = context.begin(principal, &permissions::INDEX_WRITE).await?;
    if !index::unmark(&mut tx, key).await? {
        return Err(AcsError::NotIndexed(key.to_owned()));
    }
    let entry = Entry {
        before: Some(json!({ "path": key })),
        ..Entry::new("acs.index.unmark", format!("parameter:{key}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

/// Brings a filter by parameter into the form that rows are compared with.
///
/// # Errors
/// When the path is not indexed or still being built, or the value is empty.
pub(crate) async fn searchable(
    tx: &mut Tx,
    wanted: &ParameterFilter,
) -> Result<ParameterFilter, AcsError> {
    let key = key(&wanted.path);
    let value = comparable(&wanted.value);
    if value.is_empty() {
        return Err(AcsError::Field(
            "value",
            "an empty value cannot be searched",
        ));
    }
    match index::find(tx, key).await? {
        Some(found) if found.state == IndexState::Ready => {}
        Some(found) if found.state == IndexState::Building => {
            return Err(AcsError::IndexState(found.path, found.state));
        }
        _ => return Err(AcsError::NotIndexed(key.to_owned())),
    }
    Ok(ParameterFilter {
        path: key.to_owned(),
        matching: wanted.matching,
        value,
    })
}

#[cfg(test)]
mod tests;
