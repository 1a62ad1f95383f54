//! `POST /api/v1/access/users`

use axum::extract::State;
use http::StatusCode;
use regia_access::NewMandate;
use regia_account::UserOut;
use regia_identity::Access;
use regia_users::{NewUser, Person};
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::mandates::MandateIn;

/// A new user.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserIn {
    /// The name they log in with: 1 to 64 letters and digits without accents, and `. _ - @` after
    /// the first. It is compared without case.
    name: String,
    /// Their own name.
    #[serde(default)]
    full_name: String,
    /// Where to write to them.
    #[serde(default)]
    email: String,
    /// What they may do, where. Without any they log in and see nothing.
    #[serde(default)]
    mandates: Vec<MandateIn>,
}

/// Makes a user, who cannot log in before they have used an invitation.
#[utoipa::path(post, path = "/access/users", tag = "users", request_body = UserIn,
    responses((status = 201, body = UserOut)))]
pub(crate) async fn create(
    State(access): State<Access>,
    Caller(principal): Caller,
    Json(input): Json<UserIn>,
) -> Result<(StatusCode, Json<UserOut>), Problem> {
    let person = Person {
        full_name: input.full_name,
        email: input.email,
    };
    let mandates: Result<Vec<NewMandate>, Problem> =
        input.mandates.into_iter().map(MandateIn::checked).collect();
    let user = NewUser {
        name: &input.name,
        person: &person,
        mandates: &mandates?,
    };
    let id = access.users().create_user(&principal, user).await?;
    let user = access.users().get_user(principal.tenant(), id).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
