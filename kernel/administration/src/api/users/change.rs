//! `PATCH /api/v1/access/users/{id}`

use axum::extract::State;
use regia_access::UserId;
use regia_account::UserOut;
use regia_identity::Access;
use regia_users::Person;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// What is known of a user; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonIn {
    /// Their own name.
    full_name: Option<String>,
    /// Where to write to them.
    email: Option<String>,
}

/// Changes what is known of a user.
#[utoipa::path(patch, path = "/access/users/{id}", tag = "users", params(("id" = i64, Path)),
    request_body = PersonIn, responses((status = 200, body = UserOut)))]
pub(crate) async fn change(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Json(input): Json<PersonIn>,
) -> Result<Json<UserOut>, Problem> {
    let before = access.users().get_user(principal.tenant(), id).await?;
    let person = Person {
        full_name: input.full_name.unwrap_or(before.full_name),
        email: input.email.unwrap_or(before.email),
    };
    access.users().change_user(&principal, id, &person).await?;
    Ok(Json(
        access
            .users()
            .get_user(principal.tenant(), id)
            .await?
            .into(),
    ))
}
