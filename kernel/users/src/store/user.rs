//! Users.

use regia_access::UserId;
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use serde::Serialize;
use time::OffsetDateTime;

/// Whether a user may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Has no password yet: waits for the person to use their link.
    Invited,
    /// May log in.
    Active,
    /// May not.
    Suspended,
}

impl UserState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Suspended];

    /// Its name in addresses and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A user without their secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserSummary {
    /// Their number.
    pub id: UserId,
    /// The name they log in with.
    pub name: String,
    /// Their own name; may be empty.
    pub full_name: String,
    /// Where to write to them; may be empty.
    pub email: String,
    /// Whether they may log in.
    pub state: UserState,
    /// Whether a second factor is asked of them.
    pub has_second_factor: bool,
    /// When they were made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When they last logged in.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_login_at: Option<OffsetDateTime>,
}

/// Which users; what is absent is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Part of the login name or of their own name.
    pub text: Option<String>,
    /// In this state.
    pub state: Option<UserState>,
}

#[derive(Debug)]
pub(crate) struct NewAccount<'a> {
    pub name: &'a str,
    pub full_name: &'a str,
    pub email: &'a str,
    pub password_hash: Option<&'a str>,
}

const STATE: &str = "case when state = 'suspended' then 'suspended'
                          when password_hash is null then 'invited'
                          else 'active' end";

const HAS_SECOND_FACTOR: &str = "exists (select from access.second_factor
    where second_factor.territory_id = user_account.territory_id
      and second_factor.user_id = user_account.user_id and confirmed_at is not null)";

/// The tenant and the number of who logs in with this name.
pub(crate) async fn find(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<(TerritoryId, UserId)>, StoreError> {
    // PostgreSQL refuses the character in text, so nobody has it in their name.
    if name.contains('\0') {
        return Ok(None);
    }
    let row: Option<(i64, i64)> = sqlx::query_as(
        "select territory_id, user_id from access.user_account where lower(name) = lower($1)",
    )
    .bind(name)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, user)| (TerritoryId(tenant), UserId(user))))
}

pub(crate) async fn any(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(
        sqlx::query_scalar("select exists (select from access.user_account)")
            .fetch_one(tx.conn())
            .await?,
    )
}

/// None when the name is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    user: &NewAccount<'_>,
) -> Result<Option<UserId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into access.user_account (territory_id, name, full_name, email, password_hash)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing returning user_id",
    )
    .bind(tx.territory().0)
    .bind(user.name)
    .bind(user.full_name)
    .bind(user.email)
    .bind(user.password_hash)
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(UserId))
}

type Row = (
    i64,
    String,
    String,
    String,
    String,
    bool,
    OffsetDateTime,
    Option<OffsetDateTime>,
);

fn summary(row: Row) -> UserSummary {
    let (id, name, full_name, email, state, has_second_factor, created_at, last_login_at) = row;
    UserSummary {
        id: UserId(id),
        name,
        full_name,
        email,
        // The statement answers no other text.
        state: UserState::parse(&state).unwrap_or(UserState::Suspended),
        has_second_factor,
        created_at,
        last_login_at,
    }
}

fn columns() -> String {
    format!(
        "user_id, name, full_name, email, {STATE}, {HAS_SECOND_FACTOR}, created_at, last_login_at"
    )
}

pub(crate) async fn get(tx: &mut Tx, id: UserId) -> Result<Option<UserSummary>, StoreError> {
    read(tx, id, "").await
}

/// As [`get`], and no other transaction changes this user until the end of this one.
pub(crate) async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<UserSummary>, StoreError> {
    read(tx, id, "for update").await
}

async fn read(
    tx: &mut Tx,
    id: UserId,
    locking: &'static str,
) -> Result<Option<UserSummary>, StoreError> {
    let statement = format!(
        "select {} from access.user_account where territory_id = $1 and user_id = $2 {locking}",
        columns()
    );
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(summary))
}

/// The two conditions of a filter; `$2` and `$3`.
fn condition() -> String {
    format!(
        "territory_id = $1
         and ($2::text is null or position(lower($2) in lower(name)) > 0
              or position(lower($2) in lower(full_name)) > 0)
         and ($3::text is null or {STATE} = $3)"
    )
}

/// By name, after the one given.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &UserFilter,
    after: Option<&str>,
    limit: Limit,
) -> Result<Vec<UserSummary>, StoreError> {
    if has_nul(filter) || after.is_some_and(|after| after.contains('\0')) {
        return Ok(Vec::new());
    }
    let statement = format!(
        "select {} from access.user_account
         where {} and ($4::text is null or lower(name) > lower($4))
         order by lower(name) limit $5",
        columns(),
        condition()
    );
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(filter.text.as_deref())
        .bind(filter.state.map(UserState::as_str))
        .bind(after)
        .bind(limit.rows_to_read())
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(summary).collect())
}

/// How many there are; counting stops at `most`.
pub(crate) async fn count(tx: &mut Tx, filter: &UserFilter, most: i64) -> Result<i64, StoreError> {
    if has_nul(filter) {
        return Ok(0);
    }
    let statement = format!(
        "select count(*) from (select from access.user_account where {} limit $4) as found",
        condition()
    );
    Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(filter.text.as_deref())
        .bind(filter.state.map(UserState::as_str))
        .bind(most)
        .fetch_one(tx.conn())
        .await?)
}

/// PostgreSQL refuses the character in text, so nobody has it.
fn has_nul(filter: &UserFilter) -> bool {
    filter.text.as_ref().is_some_and(|text| text.contains('\0'))
}

pub(crate) async fn change(
    tx: &mut Tx,
    id: UserId,
    full_name: &str,
    email: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.user_account set full_name = $3, email = $4, changed_at = now()
         where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(full_name)
    .bind(email)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn set_password(
    tx: &mut Tx,
    id: UserId,
    password_hash: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.user_account set password_hash = $3, changed_at = now()
         where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(password_hash)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn set_suspended(
    tx: &mut Tx,
    id: UserId,
    suspended: bool,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.user_account
         set state = case when $3 then 'suspended' else 'active' end, changed_at = now()
         where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(suspended)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: UserId) -> Result<(), StoreError> {
    sqlx::query("delete from access.user_account where territory_id = $1 and user_id = $2")
        .bind(tx.territory().0)
        .bind(id.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}
