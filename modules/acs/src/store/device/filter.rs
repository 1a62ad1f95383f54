//! Which devices a list shows, and how that is asked of the database.

use regia_ident::TerritoryId;
use sqlx::{Postgres, QueryBuilder};

use crate::model::device::{ONLINE_GRACE_SECONDS, Standing};
use crate::model::index::{Match, ParameterFilter};

/// Which devices a list shows; every part that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceFilter {
    /// Exactly this serial number.
    pub serial: Option<String>,
    /// Serial numbers that begin so.
    pub serial_prefix: Option<String>,
    /// Exactly this OUI.
    pub oui: Option<String>,
    /// Exactly this manufacturer.
    pub manufacturer: Option<String>,
    /// Exactly this product class.
    pub product_class: Option<String>,
    /// Exactly this software version.
    pub software_version: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// In this standing.
    pub standing: Option<Standing>,
    /// Online, or not.
    pub online: Option<bool>,
    /// Only those that may be the same device as another.
    pub doubled: bool,
    /// With this value of an indexed parameter, in comparable form and by its key.
    pub parameter: Option<ParameterFilter>,
}

/// Adds what the filter asks for to a query on `acs.device` that has a `where`.
pub(super) fn push_filter(
    query: &mut QueryBuilder<Postgres>,
    tenant: TerritoryId,
    filter: &DeviceFilter,
) {
    let texts = [
        (" and serial_number = ", &filter.serial),
        (" and serial_number ^@ ", &filter.serial_prefix),
        (" and oui = ", &filter.oui),
        (" and manufacturer = ", &filter.manufacturer),
        (" and product_class = ", &filter.product_class),
        (" and software_version = ", &filter.software_version),
    ];
    for (sql, text) in texts {
        if let Some(text) = text {
            query.push(sql).push_bind(text.clone());
        }
    }
    if let Some(tag) = &filter.tag {
        query
            .push(" and device_id in (select acs.tagged(")
            .push_bind(tag.clone())
            .push("))");
    }
    if let Some(standing) = filter.standing {
        query.push(" and standing = ").push_bind(standing.as_str());
    }
    if filter.doubled {
        query.push(" and twin = 'suspected'");
    }
    if let Some(online) = filter.online {
        query.push(if online { " and " } else { " and not " });
        query.push("coalesce(last_inform_at > now() - make_interval(secs => ");
        query.push_bind(ONLINE_GRACE_SECONDS as f64);
        query.push(" + 2 * inform_interval_seconds), false)");
    }
    if let Some(parameter) = &filter.parameter {
        push_parameter(query, tenant, parameter);
    }
}

/// The devices of an indexed value: the values are ordered by their bytes, so a beginning is a
/// range that ends before the beginning and the last of all characters.
fn push_parameter(
    query: &mut QueryBuilder<Postgres>,
    territory: TerritoryId,
    parameter: &ParameterFilter,
) {
    query
        .push(" and device_id in (select v.device_id from acs.indexed_value v where v.territory_id = ")
        .push_bind(territory.0)
        .push(" and v.path_id = (select path_id from acs.index_path where territory_id = ")
        .push_bind(territory.0)
        .push(" and state = 'ready' and path = ")
        .push_bind(parameter.path.clone())
        .push(")");
    match parameter.matching {
        Match::Equals => query
            .push(" and v.value = ")
            .push_bind(parameter.value.clone()),
        Match::Prefix => query
            .push(" and v.value ~>=~ ")
            .push_bind(parameter.value.clone())
            .push(" and v.value ~<~ ")
            .push_bind(format!("{}\u{10FFFF}", parameter.value)),
    };
    query.push(")");
}
