//! A user and their logins as the API shows them, to themselves and to administrators.

use regia_identity::LoginSummary;
use regia_users::{UserState, UserSummary};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Whether a user may log in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateOut {
    /// Has no password yet.
    Invited,
    /// May log in.
    Active,
    /// May not.
    Suspended,
}

impl From<UserState> for StateOut {
    fn from(state: UserState) -> Self {
        match state {
            UserState::Invited => Self::Invited,
            UserState::Active => Self::Active,
            UserState::Suspended => Self::Suspended,
        }
    }
}

impl From<StateOut> for UserState {
    fn from(state: StateOut) -> Self {
        match state {
            StateOut::Invited => Self::Invited,
            StateOut::Active => Self::Active,
            StateOut::Suspended => Self::Suspended,
        }
    }
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserOut {
    /// Their number.
    id: i64,
    /// The name they log in with.
    name: String,
    /// Their own name; may be empty.
    full_name: String,
    /// Where to write to them; may be empty.
    email: String,
    /// Whether they may log in.
    state: StateOut,
    /// Whether a code is asked of them at every login.
    second_factor: bool,
    /// When they were made.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When they last logged in.
    #[serde(with = "time::serde::rfc3339::option")]
    last_login_at: Option<OffsetDateTime>,
}

impl From<UserSummary> for UserOut {
    fn from(user: UserSummary) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            full_name: user.full_name,
            email: user.email,
            state: user.state.into(),
            second_factor: user.has_second_factor,
            created_at: user.created_at,
            last_login_at: user.last_login_at,
        }
    }
}

/// A browser that is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginOut {
    /// Its number.
    id: i64,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was last used, within a minute.
    #[serde(with = "time::serde::rfc3339")]
    last_used_at: OffsetDateTime,
    /// Where it began.
    address: String,
    /// What the browser calls itself.
    user_agent: String,
}

impl From<LoginSummary> for LoginOut {
    fn from(login: LoginSummary) -> Self {
        Self {
            id: login.login_id.0,
            created_at: login.created_at,
            last_used_at: login.last_used_at,
            address: login.address,
            user_agent: login.user_agent,
        }
    }
}
