//! The left rail: modules add their pages as data.

use regia_access::Permission;

/// One link of the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NavItem {
    /// Message that names the group it stands in, such as `acs.nav.section`. Groups stand in the
    /// order in which they first appear.
    pub section: &'static str,
    /// Message that names it.
    pub label: &'static str,
    /// Where it leads; also every page below this path.
    pub href: &'static str,
    /// A symbol of `assets/icons.svg`.
    pub icon: &'static str,
    /// What it takes to go there; none: nothing. It is left out for those who may it nowhere.
    pub permission: Option<Permission>,
}

/// A group of links, ready to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavSection {
    /// Message that names it.
    pub label: &'static str,
    /// Its links, each with whether the present page belongs to it.
    pub items: Vec<(NavItem, bool)>,
}

/// Groups the links; the one with the longest path above `path` is the present one.
pub(crate) fn sections<'a>(
    items: impl Iterator<Item = &'a NavItem> + Clone,
    path: &str,
) -> Vec<NavSection> {
    let present = items
        .clone()
        .filter(|item| covers(item.href, path))
        .max_by_key(|item| item.href.len())
        .map(|item| item.href);
    let mut sections: Vec<NavSection> = Vec::new();
    for item in items {
        let entry = (*item, Some(item.href) == present);
        match sections
            .iter_mut()
            .find(|section| section.label == item.section)
        {
            Some(section) => section.items.push(entry),
            None => sections.push(NavSection {
                label: item.section,
                items: vec![entry],
            }),
        }
    }
    sections
}

/// Whether `path` is the page `href` or one below it.
fn covers(href: &str, path: &str) -> bool {
    path.strip_prefix(href)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || href.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn item(section: &'static str, href: &'static str) -> NavItem {
        NavItem {
            section,
            label: href,
            href,
            icon: "device",
            permission: None,
        }
    }

    #[test]
    fn the_nearest_page_above_is_the_present_one() {
        let items = [
            item("acs", "/acs"),
            item("acs", "/acs/devices"),
            item("ops", "/audit"),
        ];
        for (path, present) in [
            ("/acs", Some("/acs")),
            ("/acs/devices", Some("/acs/devices")),
            ("/acs/devices/7/tasks", Some("/acs/devices")),
            ("/acs/files", Some("/acs")),
            ("/acsx", None),
            ("/audit", Some("/audit")),
        ] {
            let sections = sections(items.iter(), path);
            let found: Vec<_> = sections
                .iter()
                .flat_map(|section| &section.items)
                .filter(|(_, present)| *present)
                .map(|(item, _)| item.href)
                .collect();
            assert_eq!(found, Vec::from_iter(present), "{path}");
        }
    }

    #[test]
    fn groups_keep_the_order_in_which_they_appear() {
        let items = [item("acs", "/a"), item("ops", "/b"), item("acs", "/c")];
        let sections = sections(items.iter(), "/");
        let shape: Vec<_> = sections.iter().map(|s| (s.label, s.items.len())).collect();
        assert_eq!(shape, [("acs", 2), ("ops", 1)]);
    }
}
