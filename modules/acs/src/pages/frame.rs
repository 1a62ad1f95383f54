//! What all pages of one device share.

use regia_access::Permission;
use regia_console::Page;

use crate::model::device::{Device, Standing, Twin};
use crate::permissions;

/// The head of a device's pages.
#[derive(Debug)]
pub(super) struct DeviceFrame {
    pub(super) device: Device,
    pub(super) tone: &'static str,
    pub(super) state: &'static str,
    pub(super) quarantined: bool,
    pub(super) retired: bool,
    parts: [(&'static str, String, &'static [Permission]); 6],
}

impl DeviceFrame {
    pub(super) fn new(device: Device, page: &Page) -> Self {
        let (tone, state) = state(&device, page);
        Self {
            tone,
            state,
            quarantined: device.standing == Standing::Quarantined,
            retired: device.standing == Standing::Retired,
            parts: PARTS.map(|(label, part, permissions)| {
                let href = format!("/acs/devices/{}{part}", device.id);
                (label, href, permissions)
            }),
            device,
        }
    }

    /// Whether it may be the same device as another.
    pub(super) const fn doubled(&self) -> bool {
        matches!(self.device.twin, Twin::Suspected)
    }

    /// What its pages hear of.
    pub(super) fn topic(&self) -> String {
        format!("device:{}", self.device.id)
    }

    /// Where a verb is posted to.
    pub(super) fn action(&self, verb: &str) -> String {
        format!("/acs/devices/{}/{verb}", self.device.id)
    }

    /// Messages that name and explain the way out of service, or back.
    pub(super) const fn retire(&self) -> (&'static str, &'static str) {
        if self.retired {
            ("acs.device.restore", "acs.device.restore_ask")
        } else {
            ("acs.device.retire", "acs.device.retire_ask")
        }
    }

    /// The page on which a parameter is changed.
    pub(super) fn edit(&self, path: &str) -> String {
        use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
        let path = utf8_percent_encode(path, NON_ALPHANUMERIC);
        format!(
            "/acs/devices/{}/parameters/edit?path={path}",
            self.device.id
        )
    }

    /// Name, address and count of each part that whoever looks may see.
    pub(super) fn tabs<'a>(&'a self, page: &Page) -> Vec<(String, &'a str, &'static str)> {
        self.parts
            .iter()
            .filter(|(.., any)| any.iter().any(|permission| page.may(permission)))
            .map(|(label, href, _)| (page.t(label).to_string(), href.as_str(), ""))
            .collect()
    }

    /// Whether the menu of further actions has any for whoever looks.
    pub(super) fn offers_more(&self, page: &Page) -> bool {
        MORE.iter().any(|permission| page.may(permission))
    }
}

/// What the menu of further actions takes.
const MORE: [Permission; 6] = [
    permissions::FILE_SEND,
    permissions::FILE_READ,
    permissions::RPC_RUN,
    permissions::DEVICE_RESET,
    permissions::DEVICE_RETIRE,
    permissions::DEVICE_DELETE,
];

/// Message and address below the device of each part, and what it takes to see it: one of these.
const PARTS: [(&str, &str, &[Permission]); 6] = [
    ("acs.device.overview", "", LOOK),
    ("acs.device.parameters", "/parameters", LOOK),
    ("acs.device.tasks", "/tasks", &[permissions::TASK_READ]),
    ("acs.device.timeline", "/timeline", LOOK),
    ("acs.device.trace", "/trace", &[permissions::TRACE_READ]),
    (
        "acs.device.access",
        "/access",
        &[
            permissions::DEVICE_MOVE,
            permissions::DEVICE_GRANT,
            regia_territories::READ,
        ],
    ),
];

const LOOK: &[Permission] = &[permissions::DEVICE_READ];

/// Tone and message of a device's state.
pub(super) fn state(device: &Device, page: &Page) -> (&'static str, &'static str) {
    match device.standing {
        Standing::Quarantined => ("warn", "acs.standing.quarantined"),
        Standing::Retired => ("idle", "acs.standing.retired"),
        Standing::Expected => ("idle", "acs.standing.expected"),
        Standing::Active if device.online(page.now()) => ("ok", "acs.state.online"),
        Standing::Active if device.last_inform_at.is_none() => ("idle", "acs.state.never"),
        Standing::Active => ("bad", "acs.state.offline"),
    }
}
