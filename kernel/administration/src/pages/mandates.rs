//! The roles that a user holds, as a part of their page: given and ended there.

use axum::extract::State;
use axum::response::Response;
use regia_access::{
    AccessError, Mandate, MandateId, NewMandate, Principal, Role, Standing, SystemRole, UserId,
};
use regia_console::Page;
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_roles::Roles;
use regia_store::page::Limit;
use regia_territories::Territories;
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, Time};

use super::refusal::{Refusal, refusal};
use super::user::UserPage;
use super::{USERS, again, go};
use crate::Administration;
use crate::api::roles::problem;

/// A mandate as a row.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) mandate: Mandate,
    pub(super) role: String,
    pub(super) tone: &'static str,
    pub(super) standing: &'static str,
}

/// What a role is called.
pub(super) fn name_of(page: &Page, role: SystemRole) -> String {
    page.t(&format!("administration.role.{}", role.as_str()))
        .to_string()
}

/// The roles that a user holds, held or will hold.
pub(super) async fn held(
    access: &Access,
    page: &Page,
    (tenant, user): (TerritoryId, UserId),
) -> Result<Vec<Held>, Problem> {
    let found = access.mandates().list(tenant, user).await?;
    let row = |mandate: Mandate| {
        let (tone, standing) = match mandate.standing {
            Standing::Coming => ("info", "administration.mandates.coming"),
            Standing::InForce => ("ok", "administration.mandates.in_force"),
            Standing::Over => ("idle", "administration.mandates.over"),
        };
        let role = match (mandate.role, &mandate.role_name) {
            (Role::System(role), _) => name_of(page, role),
            (Role::Own(_), Some(name)) => name.clone(),
            (Role::Own(id), None) => id.to_string(),
        };
        Held {
            mandate,
            role,
            tone,
            standing,
        }
    };
    Ok(found.into_iter().map(row).collect())
}

/// The roles there are, with their names: for those who may look at them, the tenant's own too.
pub(super) async fn roles(
    roles: &Roles,
    principal: &Principal,
    page: &Page,
) -> Result<Vec<(String, String)>, Problem> {
    let system = SystemRole::ALL
        .into_iter()
        .map(|role| (role.as_str().to_owned(), name_of(page, role)));
    let mut all: Vec<_> = system.collect();
    if roles.may_read(principal).is_ok() {
        // All of them: a tenant has no more than a page holds.
        let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
        let own = roles.list(principal, None, limit).await;
        let own = own.map_err(problem)?.items.into_iter();
        all.extend(own.map(|role| (role.id.to_string(), role.name)));
    }
    Ok(all)
}

/// A role in a territory as they were typed.
pub(super) async fn read(
    territories: &Territories,
    principal: &Principal,
    (role, territory): (&str, &str),
) -> Result<NewMandate, AccessError> {
    let wrong = |field| AccessError::Field(field, "is none that there is");
    let role = role.parse().map_err(|_| wrong("role"))?;
    let found = territories.chosen(principal, territory).await;
    Ok(NewMandate {
        area: found.map_err(|_| wrong("territory"))?,
        ..NewMandate::whole(role)
    })
}

/// Midnight (UTC) of a day that was typed, so many days later; none for nothing.
fn day(
    text: &str,
    days_later: i64,
    field: &'static str,
) -> Result<Option<OffsetDateTime>, AccessError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let date = Date::parse(text.trim(), &Iso8601::DATE).ok();
    let date = date.and_then(|date| date.checked_add(time::Duration::days(days_later)));
    let date = date.ok_or(AccessError::Field(field, "is no date"))?;
    Ok(Some(date.with_time(Time::MIDNIGHT).assume_utc()))
}

/// That nobody gives more than they hold, where the role is chosen.
pub(super) fn beyond(page: &Page) -> Refusal {
    Refusal::new("role", page.t("administration.refused.beyond"))
}

/// The form that gives a role.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Given {
    pub(super) role: String,
    #[serde(default)]
    pub(super) territory: String,
    #[serde(default)]
    pub(super) valid_from: String,
    #[serde(default)]
    pub(super) valid_until: String,
}

impl Given {
    async fn read(
        &self,
        territories: &Territories,
        principal: &Principal,
    ) -> Result<NewMandate, AccessError> {
        Ok(NewMandate {
            valid_from: day(&self.valid_from, 0, "valid_from")?,
            // To the end of the day that was typed.
            valid_until: day(&self.valid_until, 1, "valid_until")?,
            ..read(territories, principal, (&self.role, &self.territory)).await?
        })
    }
}

pub(super) async fn give(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    page: Page,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let Administration {
        access,
        territories,
        ..
    } = &administration;
    let done = match given.read(territories, &principal).await {
        Ok(mandate) => access.mandates().give(&principal, id, &mandate).await,
        Err(wrong) => Err(wrong),
    };
    match done {
        Ok(_) => Ok(go(&format!("{USERS}/{id}"))),
        Err(error) => {
            let shown = UserPage::of(&administration, &principal, page, id).await?;
            let refused = match &error {
                AccessError::Beyond(_) => beyond(shown.page()),
                _ => refusal(shown.page(), error)?,
            };
            again(&shown.giving(given).refused(refused))
        }
    }
}

/// Which one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ended {
    mandate: MandateId,
}

pub(super) async fn end(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Form(Ended { mandate }): Form<Ended>,
) -> Result<Response, Problem> {
    access.mandates().end(&principal, id, mandate).await?;
    Ok(go(&format!("{USERS}/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_counts_to_its_end() {
        let text = |typed, later| {
            let found = day(typed, later, "valid_until").ok()?;
            Some(found.map(|at| at.unix_timestamp()))
        };
        for (typed, later, expected) in [
            ("", 0, Some(None)),
            ("1970-01-01", 0, Some(Some(0))),
            ("1970-01-01", 1, Some(Some(86_400))),
            ("01.01.1970", 0, None),
            ("1970-02-30", 0, None),
            ("9999-12-31", 1, None),
        ] {
            assert_eq!(text(typed, later), expected, "{typed:?}");
        }
    }
}
