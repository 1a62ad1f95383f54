//! Lists for whoever reaches a part of the fleet. Where that is few territories, each is asked by its
//! index, and what was handed to the user apart from them: in the order of the whole fleet, a list would
//! step over the rows of everybody else.

use regia_store::Tx;
use sqlx::{Postgres, QueryBuilder};

/// A list of devices, or of what stands where its device stands.
pub(super) struct List {
    /// With `territory_id`, `area_id` and `device_id`.
    pub(super) table: &'static str,
    /// What is shown of each row.
    pub(super) columns: &'static str,
    /// By columns that are shown; none: in any order.
    pub(super) order: Option<&'static str>,
    /// Rows at most.
    pub(super) rows: i64,
}

/// A page of each, and the page is of all of them.
const EACH: &str = "select part.* from unnest(";

impl List {
    /// Adds the statement. `narrow` adds what else must hold of a row, as ` and …`.
    pub(super) fn push(
        &self,
        query: &mut QueryBuilder<Postgres>,
        tx: &Tx,
        narrow: impl Fn(&mut QueryBuilder<Postgres>),
    ) {
        let part = |query: &mut QueryBuilder<Postgres>, place: &Place| {
            query
                .push("select ")
                .push(self.columns)
                .push(" from ")
                .push(self.table)
                .push(" where territory_id = ")
                .push_bind(tx.territory().0);
            place.push(query);
            narrow(query);
            self.push_end(query);
        };
        let few = tx.few_areas();
        let few: Option<Vec<i64>> = few.map(|few| few.iter().map(|area| area.0).collect());
        let Some(few) = few else {
            return part(query, &Place::Anywhere);
        };
        if let ([area], false) = (&*few, tx.reaches_handed()) {
            return part(query, &Place::In(*area));
        }
        query.push("select * from (");
        query
            .push(EACH)
            .push_bind(few.clone())
            .push(") as reached (reached_id) cross join lateral (");
        part(query, &Place::InReached);
        if tx.reaches_handed() {
            query.push(") part union all ");
            query
                .push(EACH)
                .push("acs.handed()) as reached (reached_id) cross join lateral (");
            part(query, &Place::ReachedOutside(few));
        }
        query.push(") part) listed");
        self.push_end(query);
    }

    fn push_end(&self, query: &mut QueryBuilder<Postgres>) {
        if let Some(order) = self.order {
            query.push(" order by ").push(order);
        }
        query.push(" limit ").push_bind(self.rows);
    }
}

/// Where the rows of a part of a list stand.
enum Place {
    Anywhere,
    In(i64),
    /// In the territory that the part is asked for.
    InReached,
    /// With the device that the part is asked for, outside of these territories.
    ReachedOutside(Vec<i64>),
}

impl Place {
    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Anywhere => {}
            Self::In(area) => {
                query.push(" and area_id = ").push_bind(*area);
            }
            Self::InReached => {
                query.push(" and area_id = reached_id");
            }
            Self::ReachedOutside(areas) => {
                query.push(" and device_id = reached_id and area_id <> all(");
                query.push_bind(areas.clone()).push(")");
            }
        }
    }
}
