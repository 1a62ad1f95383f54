//! Permissions to choose from: what each lets somebody do, by module and kind of thing.

use std::collections::BTreeMap;

use regia_access::Permission;
use regia_console::Page;

/// What one module declares.
pub(super) struct Module {
    pub name: &'static str,
    pub nouns: Vec<Noun>,
}

/// What can be done to one kind of thing.
pub(super) struct Noun {
    /// With its module: `acs.device`.
    pub name: &'static str,
    /// Each permission's name, what it lets somebody do in the language of the page, and whether it is
    /// chosen.
    pub choices: Vec<(&'static str, String, bool)>,
}

/// Permissions by module and kind of thing.
pub(super) fn modules<'a>(
    page: &Page,
    permissions: impl IntoIterator<Item = &'a Permission>,
    chosen: impl Fn(&str) -> bool,
) -> Vec<Module> {
    let mut modules: BTreeMap<_, BTreeMap<_, Vec<_>>> = BTreeMap::new();
    for permission in permissions {
        let name = permission.name;
        let (noun, _) = name.rsplit_once('.').unwrap_or((name, ""));
        let (module, _) = noun.split_once('.').unwrap_or((noun, ""));
        let choice = (name, page.reason(permission.means), chosen(name));
        let nouns = modules.entry(module).or_default();
        nouns.entry(noun).or_default().push(choice);
    }
    let noun = |(name, choices)| Noun { name, choices };
    let module = |(name, nouns): (_, BTreeMap<_, _>)| Module {
        name,
        nouns: nouns.into_iter().map(noun).collect(),
    };
    modules.into_iter().map(module).collect()
}
