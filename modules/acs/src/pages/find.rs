//! What the search in the top bar finds here.

use regia_access::{Permission, Principal};
use regia_console::Page;
use regia_console::listing::Listing;
use regia_console::navigation::NavItem;
use regia_console::search::{Answer, Answers};
use regia_store::page::Limit;

use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::inspect::{self, Part};
use crate::model::device::Device;
use crate::permissions;
use crate::store::device::{DeviceFilter, Sort};

/// Devices among the answers; the rest is one link away.
const MOST: u16 = 8;

/// What the command palette offers beside the pages.
pub const ACTIONS: [NavItem; 6] = [
    action(
        "acs.action.offline",
        "/acs/devices?online=false",
        "device",
        permissions::DEVICE_READ,
    ),
    action(
        "acs.action.quarantined",
        "/acs/devices?standing=quarantined",
        "warn",
        permissions::DEVICE_READ,
    ),
    action(
        "acs.action.failed",
        "/acs/tasks?state=failed",
        "bad",
        permissions::TASK_READ,
    ),
    action(
        "acs.action.search",
        "/acs/searches",
        "search",
        permissions::SEARCH_READ,
    ),
    action(
        "acs.action.index",
        "/acs/searches/indexed",
        "plus",
        permissions::INDEX_READ,
    ),
    action(
        "acs.action.export",
        "/acs/devices?format=csv",
        "download",
        permissions::DEVICE_READ,
    ),
];

const fn action(
    label: &'static str,
    href: &'static str,
    icon: &'static str,
    permission: Permission,
) -> NavItem {
    NavItem {
        section: "acs.section",
        label,
        href,
        icon,
        permission: Some(permission),
    }
}

/// The devices whose serial number begins so, by serial number. Capitals are tried where the text
/// has none: few serial numbers have small letters.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn devices(
    context: &Context,
    principal: &Principal,
    page: &Page,
    text: &str,
) -> Result<Answers, AcsError> {
    let label = page.t("acs.devices").to_string();
    let mut items = Vec::new();
    let upper = text.to_uppercase();
    let mut ways = vec![text, &upper];
    ways.dedup();
    // Whoever may look at no device finds none.
    let may_look = principal.scope(&permissions::DEVICE_READ).is_ok();
    ways.retain(|way| may_look && !way.is_empty());
    for prefix in ways {
        let filter = DeviceFilter {
            serial_prefix: Some(prefix.to_owned()),
            ..DeviceFilter::default()
        };
        let part = Part {
            sort: Sort::Serial,
            after: None,
            limit: Limit::try_from(MOST).unwrap_or_default(),
        };
        let found = inspect::devices(context, principal, &filter, part).await?;
        if found.items.is_empty() {
            continue;
        }
        items.extend(found.items.iter().map(|device| answer(device, page)));
        if found.next.is_some() {
            let list = Listing::new("/acs/devices", "", "");
            items.push(Answer {
                href: list.link(&[("q", Some(prefix)), ("sort", Some("serial"))]),
                icon: "right",
                title: page.t("acs.action.all").arg("prefix", prefix).to_string(),
                note: String::new(),
            });
        }
        break;
    }
    Ok(Answers { label, items })
}

fn answer(device: &Device, page: &Page) -> Answer {
    let (_, state) = super::frame::state(device, page);
    Answer {
        href: format!("/acs/devices/{}", device.id),
        icon: "device",
        title: device.identity.serial_number.clone(),
        note: format!("{} · {}", device.identity.product_class, page.t(state)),
    }
}
