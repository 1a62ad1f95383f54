//! Which files a list shows, and how that is asked of the database.

use sqlx::{Postgres, QueryBuilder};

use crate::model::identity::DeviceId;

/// Which files a list shows; every part that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFilter {
    /// Names that begin so.
    pub name_prefix: Option<String>,
    /// Exactly this type.
    pub file_type: Option<String>,
    /// Not of this type.
    pub not_type: Option<String>,
    /// Sent by this device.
    pub device: Option<DeviceId>,
    /// Sent by devices, or by people for devices.
    pub by_devices: Option<bool>,
    /// For devices of this OUI: it names the OUI, or fits all.
    pub oui: Option<String>,
    /// For devices of this product class: it names the class, or fits all.
    pub product_class: Option<String>,
    /// For devices of this hardware version: it names the version, or fits all.
    pub hardware_version: Option<String>,
}

/// Adds what the filter asks for to a query on `acs.file` that has a `where`.
pub(super) fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &FileFilter) {
    if let Some(prefix) = &filter.name_prefix {
        query.push(" and name ^@ ").push_bind(prefix.clone());
    }
    if let Some(file_type) = &filter.file_type {
        query.push(" and file_type = ").push_bind(file_type.clone());
    }
    if let Some(file_type) = &filter.not_type {
        query
            .push(" and file_type <> ")
            .push_bind(file_type.clone());
    }
    if let Some(device) = filter.device {
        query.push(" and device_id = ").push_bind(device.0);
    }
    match filter.by_devices {
        Some(true) => query.push(" and device_id is not null"),
        Some(false) => query.push(" and device_id is null"),
        None => query,
    };
    if let Some(oui) = &filter.oui {
        query
            .push(" and device_id is null and oui in ('', ")
            .push_bind(oui.to_ascii_uppercase())
            .push(")");
    }
    for (column, text) in [
        ("product_classes", &filter.product_class),
        ("hardware_versions", &filter.hardware_version),
    ] {
        if let Some(text) = text {
            query
                .push(" and device_id is null and (")
                .push(column)
                .push(" = '{}' or ")
                .push_bind(text.clone())
                .push(" = any(")
                .push(column)
                .push("))");
        }
    }
}
