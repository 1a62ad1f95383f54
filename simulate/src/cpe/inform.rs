//! The Inform of the next session.

use std::collections::BTreeSet;

use regia_cwmp::{DeviceId, Inform};

use super::Cpe;
use crate::journal::Happened;
use crate::model::timestamp;

impl Cpe {
    /// What the CPE says first. `0 BOOTSTRAP` comes first where it applies.
    pub(super) fn inform(&mut self) -> Inform {
        let acs = self.setting("URL");
        if self.known_acs.as_ref() != Some(&acs) {
            self.raise("0 BOOTSTRAP", "");
        }
        if !self.completions.is_empty() {
            self.raise("7 TRANSFER COMPLETE", "");
        }
        self.events.sort_by_key(|event| event.code != "0 BOOTSTRAP");
        let facts = self.facts();
        let identity = &self.parts.identity;
        let names: BTreeSet<&str> = self
            .tree
            .forced()
            .chain(self.changed.iter().map(String::as_str))
            .collect();
        let manufacturer = self.tree.text("DeviceInfo.Manufacturer", &facts);
        Inform {
            device_id: DeviceId {
                manufacturer: manufacturer.unwrap_or_default(),
                oui: identity.oui.clone(),
                product_class: identity.product_class.clone(),
                serial_number: identity.serial.clone(),
            },
            events: self.events.clone(),
            max_envelopes: 1,
            current_time: Some(timestamp(facts.now)),
            retry_count: self.retries,
            parameters: names
                .into_iter()
                .filter_map(|name| self.tree.values(name, &facts))
                .flatten()
                .collect(),
        }
    }

    /// The ACS took the Inform over: its events need not be told again (TR-069 3.7.1.5).
    pub(super) fn acknowledge(&mut self, inform: &Inform) {
        self.events.retain(|event| !inform.events.contains(event));
        for parameter in &inform.parameters {
            self.changed.remove(&parameter.name);
        }
        self.known_acs = Some(self.setting("URL"));
        let codes = || inform.events.iter().map(|event| event.code.clone());
        self.note(|| Happened::Informed(codes().collect()));
    }
}
