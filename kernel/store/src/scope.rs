//! What a transaction may reach; the database holds it to that.

use std::sync::Arc;

use regia_ident::TerritoryId;

/// The rows of one tenant: all, or those in some of its territories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tenant, which is the territory at the top of its tree.
    pub tenant: TerritoryId,
    /// Where in the tree.
    pub areas: Areas,
    /// Single things that were handed to somebody, wherever they stand.
    pub handed: Option<Handed>,
}

/// To whom single things were handed, and the least level that counts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// The user's number.
    pub user: i64,
    /// The level; a module says what its levels are.
    pub least_level: i16,
}

/// Territories of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Areas {
    /// All of them.
    Whole,
    /// One that has none below it.
    Only(TerritoryId),
    /// These and all below them; an empty list reaches nothing that stands in a territory.
    Below {
        /// Those at the top.
        tops: Arc<[TerritoryId]>,
        /// All of them, where they are few enough for a list to ask for each.
        few: Option<Arc<[TerritoryId]>>,
    },
}

impl Scope {
    /// All rows of a tenant.
    #[must_use]
    pub const fn whole(tenant: TerritoryId) -> Self {
        Self {
            tenant,
            areas: Areas::Whole,
            handed: None,
        }
    }

    /// Where something new stands unless it is said: the top of what is reached.
    #[must_use]
    pub fn home(&self) -> TerritoryId {
        match &self.areas {
            Areas::Whole => self.tenant,
            Areas::Only(area) => *area,
            Areas::Below { tops, .. } => tops.first().copied().unwrap_or(self.tenant),
        }
    }
}

impl From<TerritoryId> for Scope {
    fn from(tenant: TerritoryId) -> Self {
        Self::whole(tenant)
    }
}

/// As whom a transaction acts: the roles of the schema (`kernel_row_security.sql`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Actor {
    /// Somebody with a scope. The database shows nothing else.
    App(Scope),
    /// Devices, which arrive before their tenant is known: few statements on few tables.
    Ingest(TerritoryId),
    /// The server's own work, over all tenants.
    Upkeep(TerritoryId),
}

impl Actor {
    /// One message, one round trip. Everything is local to the transaction, so nothing stays on the
    /// connection for whoever gets it next, be it from our pool or from a pooler's.
    pub(crate) fn begin(&self) -> String {
        match self {
            Self::App(Scope {
                tenant,
                areas,
                handed,
            }) => {
                let (role, areas) = match areas {
                    Areas::Whole => ("tenant", String::new()),
                    Areas::Only(area) => ("area", format!("; set local regia.area = '{area}'")),
                    Areas::Below { tops, .. } => ("app", below(tops, *handed)),
                };
                format!(
                    "begin; set local role regia_{role}; set local regia.tenant = '{tenant}'{areas}"
                )
            }
            // Its few statements take arrays by key. Left alone, PostgreSQL plans them anew for every
            // small batch, because it guesses ten rows where it does not look into an array.
            Self::Ingest(_) => "begin; set local role regia_ingest; \
                                set local plan_cache_mode = force_generic_plan"
                .to_owned(),
            Self::Upkeep(_) => "begin; set local role regia_upkeep".to_owned(),
        }
    }
}

/// The territories, in an array as PostgreSQL reads it, and to whom single things were handed.
fn below(tops: &[TerritoryId], handed: Option<Handed>) -> String {
    let numbers: Vec<String> = tops.iter().map(ToString::to_string).collect();
    let areas = format!("; set local regia.areas = '{{{}}}'", numbers.join(","));
    let handed = handed.map(|handed| {
        format!(
            "; set local regia.grantee = '{}'; set local regia.grant_level = '{}'",
            handed.user, handed.least_level
        )
    });
    areas + &handed.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_says_what_it_reaches() {
        let tenant = TerritoryId(7);
        let below = |tops: &[i64]| Areas::Below {
            tops: tops.iter().copied().map(TerritoryId).collect(),
            few: None,
        };
        for (areas, role, text, home) in [
            (Areas::Whole, "tenant", "'7'", 7),
            (Areas::Only(TerritoryId(9)), "area", "regia.area = '9'", 9),
            (below(&[]), "app", "regia.areas = '{}'", 7),
            (below(&[8]), "app", "regia.areas = '{8}'", 8),
            (below(&[8, 12]), "app", "regia.areas = '{8,12}'", 8),
        ] {
            let scope = Scope {
                tenant,
                areas,
                handed: None,
            };
            assert_eq!(scope.home(), TerritoryId(home));
            let begin = Actor::App(scope).begin();
            let head = format!("begin; set local role regia_{role}; set local regia.tenant = '7'");
            assert!(begin.starts_with(&head), "{begin}");
            assert!(begin.ends_with(text), "{begin}");
        }
    }
}
