//! The browsers of a user, as a part of a page.

use regia_access::{LoginId, UserId};
use regia_ident::TerritoryId;
use regia_identity::{Access, LoginSummary};
use regia_store::page::Limit;
use regia_web::Problem;
use serde::Deserialize;

/// A login as a row.
#[derive(Debug)]
pub struct Row {
    /// Where and when it is used.
    pub login: LoginSummary,
    /// It carries this request.
    pub own: bool,
}

/// One login, or all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Which one; absent: all that do not carry the request.
    pub login: Option<LoginId>,
}

/// All of them: a user has no more than a page holds.
///
/// # Errors
/// When the database fails.
pub async fn rows(
    access: &Access,
    whose: (TerritoryId, UserId),
    own: Option<LoginId>,
) -> Result<Vec<Row>, Problem> {
    let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
    let page = access.list_logins(whose, None, limit).await?;
    let row = |login: LoginSummary| Row {
        own: Some(login.login_id) == own,
        login,
    };
    Ok(page.items.into_iter().map(row).collect())
}
