//! The browsers of a user, as a part of a page.

use regia_access::{LoginId, UserId};
use regia_ident::TerritoryId;
use regia_identity::{Access, LoginSummary};
use regia_store::page::Limit;
use regia_web::Problem;

/// A login as a row.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) login: LoginSummary,
    /// It carries this request.
    pub(super) own: bool,
}

/// All of them: a user has no more than a page holds.
pub(super) async fn rows(
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
