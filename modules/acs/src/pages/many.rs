//! What is done to many devices at once by the rows about them: what becomes of each is shown first, and
//! told afterwards.

use std::collections::HashMap;
use std::fmt::Display;

use askama::Template;
use axum::response::Response;
use regia_access::{Permission, Principal};
use regia_console::Page;
use regia_console::history::Change;
use regia_ident::TerritoryId;
use regia_web::Problem;
use serde::Deserialize;

use super::access::{Wish, levels, told};
use super::{allowed, render, selected};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::many::{self, Fate, Reach};
use crate::model::grant::{HOW_MANY, Holder, Level, MAX_DEVICES};
use crate::model::identity::DeviceId;

#[cfg(test)]
mod tests;

/// Devices that are named where several are left out.
const NAMED: usize = 20;

/// Devices that were chosen, what is to become of them, and perhaps how many were confirmed.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Draft {
    #[serde(default)]
    id: Vec<DeviceId>,
    /// The filters of the list, when every row that matches is meant.
    matching: Option<String>,
    /// Where they are to stand.
    pub(super) territory: Option<String>,
    /// In whose hands they are to be, or no longer.
    pub(super) name: Option<String>,
    pub(super) level: Option<Level>,
    #[serde(default)]
    confirmation: String,
}

impl Draft {
    /// How many devices were confirmed.
    pub(super) fn confirmed(&self) -> Result<usize, AcsError> {
        let reason = "type the number of devices";
        let number = self.confirmation.trim().parse();
        number.map_err(|_| AcsError::Field("confirmation", reason))
    }

    /// The devices, if they are not too many: by what somebody may do to them.
    pub(super) async fn reach(
        &self,
        context: &Context,
        (principal, permission): (&Principal, &Permission),
    ) -> Result<Option<Reach>, AcsError> {
        allowed(principal, permission)?;
        let wanted = selected::selection(&self.id, self.matching.as_deref());
        let devices = many::numbers(context, principal, wanted, MAX_DEVICES).await?;
        if devices.len() > MAX_DEVICES {
            return Ok(None);
        }
        let reach = many::reach(context, principal, permission, &devices).await?;
        Ok(Some(reach))
    }

    /// The same where something is about to be done: there must be some.
    pub(super) async fn reach_some(
        &self,
        context: &Context,
        who: (&Principal, &Permission),
    ) -> Result<Reach, AcsError> {
        let reach = self.reach(context, who).await?;
        let number = AcsError::Field("devices", HOW_MANY);
        let Some(reach) = reach else {
            return Err(number);
        };
        match (reach.own.is_empty(), self.id.first()) {
            (false, _) => Ok(reach),
            (true, Some(first)) => Err(AcsError::NoDevice(*first)),
            (true, None) => Err(number),
        }
    }
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Move,
    Hand,
    TakeBack,
}

impl Verb {
    /// Its word in addresses.
    const fn path(self) -> &'static str {
        match self {
            Self::Move => "move",
            Self::Hand => "hand",
            Self::TakeBack => "take-back",
        }
    }

    /// Its own words are below this.
    fn message(self, part: &str) -> String {
        let verb = match self {
            Self::Move => "move",
            Self::Hand => "hand",
            Self::TakeBack => "take_back",
        };
        format!("acs.many.{verb}.{part}")
    }
}

/// What becomes of the devices, or became of them.
pub(super) struct Shown {
    changes: Vec<Change>,
    /// Devices that change.
    number: usize,
    /// Whether it was done.
    done: bool,
}

/// Devices that are left out.
struct Left {
    why: String,
    /// The first of them, by serial number.
    devices: Vec<(DeviceId, String)>,
    /// So many more.
    more: usize,
}

/// Where devices stand.
pub(super) struct Stand {
    pub(super) address: String,
    pub(super) path: String,
    pub(super) number: usize,
}

#[derive(Template)]
#[template(path = "many.html")]
pub(super) struct ManyPage {
    pub(super) page: Page,
    verb: Verb,
    draft: Draft,
    most: usize,
    /// Devices that were chosen; none when they are too many.
    chosen: Option<usize>,
    /// Whether there is something to be done to any.
    some: bool,
    wish: Wish,
    levels: Vec<(&'static str, String)>,
    /// Where they stand now, and how many stand elsewhere.
    pub(super) stands: (Vec<Stand>, usize),
    /// In whose hands they are now.
    pub(super) holders: Vec<Holder>,
    left: Vec<Left>,
    shown: Option<Shown>,
}

impl ManyPage {
    pub(super) fn new(page: Page, verb: Verb, draft: Draft) -> Self {
        let devices = page.t("acs.devices").to_string();
        let page = page
            .headed(&verb.message("title"))
            .below(devices, "/acs/devices");
        Self {
            levels: levels(&page),
            wish: Wish {
                territory: draft.territory.clone().unwrap_or_default(),
                name: draft.name.clone().unwrap_or_default(),
                level: draft.level,
                ..Wish::default()
            },
            page,
            verb,
            draft,
            most: MAX_DEVICES,
            chosen: None,
            some: false,
            stands: (Vec::new(), 0),
            holders: Vec::new(),
            left: Vec::new(),
            shown: None,
        }
    }

    /// With what was chosen; nothing where that is too much.
    pub(super) async fn of(
        mut self,
        asker: Asker<'_>,
        reach: Option<&Reach>,
    ) -> Result<Self, AcsError> {
        if let Some(reach) = reach {
            self.left = self.left_out(asker, &[], reach).await?;
            self.counts(reach);
        }
        Ok(self)
    }

    const fn counts(&mut self, reach: &Reach) {
        self.chosen = Some(reach.own.len() + reach.others.len() + reach.gone);
        self.some = !reach.own.is_empty();
    }

    /// The territory is the one that was shown, whatever becomes of its name.
    pub(super) fn settle(&mut self, area: TerritoryId, path: &str) {
        self.draft.territory = Some(format!("{area} {path}"));
    }

    /// The territory or the name was not one.
    pub(super) fn refuse(&mut self) {
        let said = |key: &str| self.page.t(key).to_string();
        match self.verb {
            Verb::Move => self.wish.no_territory = said("acs.access.no_territory"),
            Verb::Hand | Verb::TakeBack => self.wish.no_name = said("acs.access.no_name"),
        }
    }

    /// With what becomes of the devices, or became of them.
    pub(super) async fn showing<B: Sync>(
        mut self,
        asker: Asker<'_>,
        fate: &Fate<B>,
        (changes, done): (Vec<Change>, bool),
    ) -> Result<Self, AcsError> {
        self.counts(&fate.reach);
        self.left = self.left_out(asker, &fate.same, &fate.reach).await?;
        self.shown = Some(Shown {
            number: fate.changed.len(),
            changes,
            done,
        });
        Ok(self)
    }

    async fn left_out(
        &self,
        asker: Asker<'_>,
        same: &[DeviceId],
        reach: &Reach,
    ) -> Result<Vec<Left>, AcsError> {
        let named = |ids: &[DeviceId]| ids.iter().take(NAMED).copied().collect::<Vec<_>>();
        let (same_named, others) = (named(same), named(&reach.others));
        let all = [same_named.as_slice(), &others].concat();
        let serials = match all.is_empty() {
            true => HashMap::new(),
            false => many::serials(asker.context, asker.principal, &all).await?,
        };
        let left = |part: &str, count: usize, devices: Vec<DeviceId>| {
            let named = devices.into_iter();
            let named = named.filter_map(|id| Some((id, serials.get(&id)?.clone())));
            let devices: Vec<_> = named.collect();
            (count > 0).then(|| Left {
                why: self
                    .page
                    .t(&self.verb.message(part))
                    .count(count)
                    .to_string(),
                more: count - devices.len(),
                devices,
            })
        };
        let gone = (reach.gone > 0).then(|| Left {
            why: self.page.t("acs.many.gone").count(reach.gone).to_string(),
            devices: Vec::new(),
            more: 0,
        });
        let known = [
            left("same", same.len(), same_named),
            left("others", reach.others.len(), others),
        ];
        Ok(known.into_iter().flatten().chain(gone).collect())
    }

    /// One line of what changes: so many devices, from here to there.
    pub(super) fn line(&self, number: usize, before: impl Display, after: impl Display) -> Change {
        Change {
            name: self.page.t("acs.many.devices").count(number).to_string(),
            before: Some(before.to_string()),
            after: Some(after.to_string()),
        }
    }

    /// Where the same devices are asked about again.
    fn address(&self, verb: &Verb) -> String {
        let devices = selected::query(&self.draft.id, self.draft.matching.as_deref());
        format!("/acs/devices/{}?{devices}", verb.path())
    }

    /// Where the devices of somebody are taken back.
    fn back_from(&self, name: &str) -> String {
        let name = selected::encoded(name);
        format!("{}&name={name}", self.address(&Verb::TakeBack))
    }

    /// The page on which another choice is made.
    fn question(&self) -> String {
        match self.verb {
            Verb::Move => self.address(&Verb::Move),
            Verb::Hand | Verb::TakeBack => self.address(&Verb::Hand),
        }
    }

    pub(super) fn answer(&self) -> Result<Response, Problem> {
        Ok(told(render(self)?, self.wish.is_refused()))
    }
}

/// Who looks, and where.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) context: &'a Context,
    pub(super) principal: &'a Principal,
}

impl<'a> Asker<'a> {
    pub(super) const fn new(context: &'a Context, principal: &'a Principal) -> Self {
        Self { context, principal }
    }
}
