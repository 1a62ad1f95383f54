//! `/administration/territories`: the tree, one territory at a time or opened on demand

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use regia_access::Principal;
use regia_console::Page;
use regia_console::listing::{Listing, Matches};
use regia_ident::TerritoryId;
use regia_identity::Access;
use regia_store::page::{Limit, Page as Found};
use regia_territories::{Filter, Occupant, Step, Territories, Territory, TerritoryError};
use regia_web::{Caller, Form, Path, Problem};
use serde::Deserialize;

use super::{TERRITORIES, again, go, render};
use crate::Administration;
use crate::api::cursor;
use crate::api::territories::problem;

/// Territories that a field offers for what was typed.
const OFFERED: u16 = 20;

/// Territories of one level, as a part of the tree.
#[derive(Debug)]
struct Level {
    rows: Vec<Territory>,
    /// Where the rest is: for those without scripts, and as a part of this page.
    more: Option<(String, String)>,
}

impl Level {
    fn new(found: Found<Territory>, of: Option<TerritoryId>, list: &Listing) -> Self {
        let more = found.next.as_deref().map(|cursor| {
            let whole = list.after_link(cursor);
            let part = of.map(|id| {
                let path = format!("{TERRITORIES}/{id}/below");
                Listing::new(&path, "", "").after_link(cursor)
            });
            (whole, part.unwrap_or_default())
        });
        Self {
            rows: found.items,
            more,
        }
    }
}

#[derive(Template)]
#[template(path = "territories.html")]
struct TopsPage {
    page: Page,
    list: Listing,
    level: Level,
    searched: bool,
    next: Option<String>,
}

pub(super) async fn tops(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    page: Page,
) -> Result<Response, Problem> {
    let page = page.headed("administration.territories.title");
    let list = page.listing("");
    let filter = match list.get("q") {
        Some(text) => Filter::Named(text.to_owned()),
        None => Filter::Tops,
    };
    let found = read(&territories, &principal, &filter, list.get("after")).await?;
    render(&TopsPage {
        searched: matches!(filter, Filter::Named(_)),
        next: found.next.clone(),
        level: Level::new(found, None, &list),
        list,
        page,
    })
}

#[derive(Template)]
#[template(path = "territory.html")]
struct OnePage {
    page: Page,
    territory: Territory,
    level: Level,
    /// Who holds a role right here, for those who may know.
    users: Option<i64>,
    /// What is wrong with what was asked.
    refused: String,
}

impl OnePage {
    async fn of(
        Administration {
            access,
            territories,
            ..
        }: &Administration,
        principal: &Principal,
        page: Page,
        id: TerritoryId,
    ) -> Result<Self, Problem> {
        let found = territories.get(principal, id).await;
        let (territory, way) = found.map_err(problem)?;
        // A form that is shown again has another address.
        let path = format!("{TERRITORIES}/{id}");
        let list = Listing::new(&path, &page.query, "");
        let filter = Filter::Below(id);
        let below = read(territories, principal, &filter, list.get("after")).await?;
        Ok(Self {
            level: Level::new(below, Some(id), &list),
            users: users(access, principal, id).await?,
            page: headed(page, &way),
            territory,
            refused: String::new(),
        })
    }

    fn action(&self, verb: &str) -> String {
        format!("{TERRITORIES}/{}/{verb}", self.territory.id)
    }
}

async fn users(
    access: &Access,
    principal: &Principal,
    id: TerritoryId,
) -> Result<Option<i64>, Problem> {
    Ok(match principal.scope(&crate::USER_READ) {
        Ok(scope) => Some(access.mandates().count_holders(scope.tenant, id).await?),
        Err(_) => None,
    })
}

/// The page of the last step, below those above it.
fn headed(page: Page, way: &[Step]) -> Page {
    let title = page.t("administration.territories.title").to_string();
    let mut page = page.below(title, TERRITORIES);
    let Some((last, above)) = way.split_last() else {
        return page;
    };
    for step in above {
        page = page.below(&step.name, format!("{TERRITORIES}/{}", step.id));
    }
    page.titled(&last.name)
}

pub(super) async fn one(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
) -> Result<Response, Problem> {
    render(&OnePage::of(&administration, &principal, page, id).await?)
}

#[derive(Template)]
#[template(path = "territory_rows.html")]
struct RowsPart {
    page: Page,
    level: Level,
}

/// The next level, for a tree that is opened.
pub(super) async fn below(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
) -> Result<Response, Problem> {
    let filter = Filter::Below(id);
    let asked = page.listing("");
    let found = read(&territories, &principal, &filter, asked.get("after")).await?;
    let list = Listing::new(&format!("{TERRITORIES}/{id}"), "", "");
    render(&RowsPart {
        level: Level::new(found, Some(id), &list),
        page,
    })
}

async fn read(
    territories: &Territories,
    principal: &Principal,
    filter: &Filter,
    after: Option<&str>,
) -> Result<Found<Territory>, Problem> {
    let after: Option<(String, i64)> = cursor(after)?;
    let found = territories
        .list(principal, filter, after.as_ref(), Limit::default())
        .await;
    found.map_err(problem)
}

#[derive(Template)]
#[template(path = "territory_options.html")]
struct Options {
    rows: Vec<Territory>,
}

/// What was typed into a field that wants a territory. Each form has its own field of this name.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    territory: String,
}

/// What the field offers for it.
pub(super) async fn options(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    let filter = Filter::Named(typed.territory.trim().to_owned());
    let limit = Limit::try_from(OFFERED).unwrap_or_default();
    let found = territories.list(&principal, &filter, None, limit).await;
    render(&Options {
        rows: found.map_err(problem)?.items,
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

pub(super) async fn create(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
    Form(Named { name }): Form<Named>,
) -> Result<Response, Problem> {
    let made = administration.territories.create(&principal, id, &name);
    let made = made.await.map(drop);
    answer(&administration, &principal, (page, id), made).await
}

pub(super) async fn rename(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
    Form(Named { name }): Form<Named>,
) -> Result<Response, Problem> {
    let done = administration.territories.rename(&principal, id, &name);
    let done = done.await;
    answer(&administration, &principal, (page, id), done).await
}

pub(super) async fn place(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
    Form(Typed { territory }): Form<Typed>,
) -> Result<Response, Problem> {
    let territories = &administration.territories;
    let done = match territories.chosen(&principal, &territory).await {
        Ok(Some(parent)) => territories.place(&principal, id, parent).await,
        Ok(None) => Err(TerritoryError::NoTerritory(TerritoryId(0))),
        Err(error) => Err(error),
    };
    answer(&administration, &principal, (page, id), done).await
}

pub(super) async fn delete(
    State(administration): State<Administration>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    page: Page,
) -> Result<Response, Problem> {
    let territories = &administration.territories;
    let found = territories.get(&principal, id).await;
    let (territory, _) = found.map_err(problem)?;
    match territories.delete(&principal, id).await {
        Ok(()) => Ok(match territory.parent {
            Some(parent) => go(&format!("{TERRITORIES}/{parent}")),
            None => go(TERRITORIES),
        }),
        refused => answer(&administration, &principal, (page, id), refused).await,
    }
}

/// The page of the territory, with what is wrong where something is.
async fn answer(
    administration: &Administration,
    principal: &Principal,
    (page, id): (Page, TerritoryId),
    done: Result<(), TerritoryError>,
) -> Result<Response, Problem> {
    let Err(error) = done else {
        return Ok(go(&format!("{TERRITORIES}/{id}")));
    };
    let Some(refused) = sentence(&page, &error, id) else {
        return Err(problem(error));
    };
    let mut shown = OnePage::of(administration, principal, page, id).await?;
    shown.refused = refused;
    again(&shown)
}

/// What a form has to say; what no form can mend has no sentence here.
fn sentence(page: &Page, error: &TerritoryError, asked: TerritoryId) -> Option<String> {
    let word = |key: &str| {
        page.t(&format!("administration.territories.{key}"))
            .to_string()
    };
    Some(match error {
        TerritoryError::Name(_) => word("wrong_name"),
        TerritoryError::NameTaken(_) => word("name_taken"),
        TerritoryError::BelowItself => word("below_itself"),
        TerritoryError::TooDeep => word("too_deep"),
        TerritoryError::Top => word("top"),
        TerritoryError::NoTerritory(id) if *id != asked => word("no_place"),
        TerritoryError::NotEmpty(Occupant::Territories) => word("not_empty.territories"),
        TerritoryError::NotEmpty(Occupant::Roles) => word("not_empty.roles"),
        TerritoryError::NotEmpty(Occupant::Keys) => word("not_empty.keys"),
        TerritoryError::NotEmpty(Occupant::Module(module, what)) => page
            .t("administration.territories.not_empty.module")
            .arg("module", module)
            .arg("what", what)
            .to_string(),
        _ => return None,
    })
}
