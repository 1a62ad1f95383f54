//! The permission that somebody may have meant.

use regia_access::Catalogue;

/// Below this, two names have nothing to do with each other.
const ALIKE: f64 = 0.8;

/// The name that is most like this one; none when none is.
pub(crate) fn nearest(name: &str, catalogue: &Catalogue) -> Option<&'static str> {
    let alike = |known: &'static str| (strsim::jaro_winkler(known, name), known);
    catalogue
        .all()
        .map(|permission| alike(permission.name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regia_access::{Permission, SystemRole};

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        let known = ["acs.device.read", "acs.device.retire", "acs.task.run"];
        let catalogue: Catalogue = known
            .into_iter()
            .map(|name| Permission::new(name, SystemRole::Viewer, "Do it."))
            .collect();
        for (name, expected) in [
            ("acs.devices.read", Some("acs.device.read")),
            ("acs.device.retier", Some("acs.device.retire")),
            ("acs.tasks.run", Some("acs.task.run")),
            ("market.stall.open", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, &catalogue), expected, "{name}");
        }
    }
}
