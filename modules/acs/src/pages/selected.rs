//! A selection in the list of devices, as forms and addresses carry it: rows that were ticked, or all
//! that the filters of the list match.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regia_console::listing::Listing;

use super::devices;
use crate::model::bulk::Selection;
use crate::model::identity::DeviceId;
use crate::store::device::DeviceFilter;

/// The devices that are meant: all that match where `matching` holds the filters, else those of `id`.
pub(super) fn selection(id: &[DeviceId], matching: Option<&str>) -> Selection<DeviceFilter> {
    match matching {
        Some(query) => {
            Selection::Matching(devices::filter_of(&Listing::new("/acs/devices", query, "")))
        }
        None => Selection::Devices(id.to_vec()),
    }
}

/// The same as the query of an address.
pub(super) fn query(id: &[DeviceId], matching: Option<&str>) -> String {
    match matching {
        Some(query) => format!("matching={}", encoded(query)),
        None => {
            let ids: Vec<String> = id.iter().map(|id| format!("id={id}")).collect();
            ids.join("&")
        }
    }
}

/// A text as a value in a query.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
