//! `GET /api/v1/access/users/{id}/mandates`

use axum::extract::State;
use regia_access::{Mandate, NewMandate, UserId};
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_web::{Caller, Json, Path, Problem};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A role to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MandateIn {
    /// A role of the server (`viewer`, `technician`, `operator`, `administrator`,
    /// `super_administrator`), or the number of a role that the tenant made.
    #[schema(example = "operator")]
    role: String,
    /// The territory in which it counts, with everything below it; absent: the whole tenant.
    #[schema(value_type = Option<i64>)]
    territory: Option<TerritoryId>,
    /// From when on; absent: at once.
    #[serde(default, with = "time::serde::rfc3339::option")]
    valid_from: Option<OffsetDateTime>,
    /// Until when; absent: until it is ended.
    #[serde(default, with = "time::serde::rfc3339::option")]
    valid_until: Option<OffsetDateTime>,
}

impl MandateIn {
    pub(super) fn checked(self) -> Result<NewMandate, Problem> {
        let unknown = |_| {
            let detail = "The role is none that there is.";
            Problem::invalid("access.field_invalid", detail)
                .field("role", "is neither a role of the server nor a number")
        };
        Ok(NewMandate {
            role: self.role.parse().map_err(unknown)?,
            area: self.territory,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        })
    }
}

/// A role that a user holds somewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MandateOut {
    /// Its number.
    id: i64,
    /// A role of the server, or the number of one that the tenant made.
    role: String,
    /// What the tenant called it; absent for roles of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
    /// The territory in which it counts, with everything below it.
    territory: i64,
    /// Its name after those above it.
    #[schema(example = "root / North / Torino")]
    path: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    valid_from: OffsetDateTime,
    /// Until when; null: until it is ended.
    #[serde(with = "time::serde::rfc3339::option")]
    valid_until: Option<OffsetDateTime>,
    /// `coming`, `in_force` or `over`.
    #[schema(value_type = String)]
    standing: &'static str,
}

impl From<Mandate> for MandateOut {
    fn from(mandate: Mandate) -> Self {
        Self {
            id: mandate.id.0,
            role: mandate.role.to_string(),
            role_name: mandate.role_name,
            territory: mandate.area.0,
            path: mandate.path,
            valid_from: mandate.valid_from,
            valid_until: mandate.valid_until,
            standing: mandate.standing.as_str(),
        }
    }
}

/// All of them: a user holds 100 roles at most.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MandatesOut {
    /// The newest first.
    items: Vec<MandateOut>,
}

/// Lists the roles that a user holds, held or will hold.
#[utoipa::path(get, path = "/access/users/{id}/mandates", tag = "users", params(("id" = i64, Path)),
    responses((status = 200, body = MandatesOut)))]
pub(crate) async fn mandates(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<Json<MandatesOut>, Problem> {
    let found = access.mandates().list(principal.tenant(), id).await?;
    let items = found.into_iter().map(MandateOut::from).collect();
    Ok(Json(MandatesOut { items }))
}
