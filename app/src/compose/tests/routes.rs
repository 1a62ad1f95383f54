//! What the server answers to, and what is known of each route.

use std::collections::BTreeSet;
use std::fmt::Debug;

/// Who may ask at least. Each may do what those before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Least {
    Open,
    Anyone,
    Role(usize),
}

/// The roles of the server, the least first.
pub(super) const ROLES: [&str; 5] = [
    "viewer",
    "technician",
    "operator",
    "administrator",
    "super_administrator",
];

/// What an answer leaves in the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace {
    pub action: &'static str,
    /// Whether it tells what was before, and what is now.
    pub told: (bool, bool),
}

/// One line of the list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub method: &'static str,
    /// With its query, and with names in braces.
    pub path: &'static str,
    pub least: Least,
    /// Whether a single device may have been handed to somebody without the role.
    pub handed: bool,
    pub trace: Option<Trace>,
    pub body: &'static str,
}

impl Row {
    /// Every line of the list.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let lines = include_str!("routes.txt").lines();
        lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(Self::read)
    }

    fn read(line: &'static str) -> Self {
        let mut rest = line;
        let mut next = || {
            let (part, after) = rest.split_once(' ').unwrap_or((rest, ""));
            rest = after.trim_start();
            part
        };
        let (method, path, least, trace) = (next(), next(), next(), next());
        let role = least.trim_end_matches('*');
        Self {
            method,
            path,
            least: match role {
                "open" => Least::Open,
                "anyone" => Least::Anyone,
                "super" => Least::Role(ROLES.len() - 1),
                role => {
                    let place = ROLES.iter().position(|known| *known == role);
                    Least::Role(place.unwrap_or_else(|| panic!("no role: {line}")))
                }
            },
            handed: least.ends_with('*'),
            trace: match trace.split_at(1) {
                ("-", "") => None,
                ("+", action) => Some((action, (false, true))),
                ("~", action) => Some((action, (true, true))),
                ("x", action) => Some((action, (true, false))),
                _ => panic!("no trace: {line}"),
            }
            .map(|(action, told)| Trace { action, told }),
            body: rest,
        }
    }

    pub(super) fn is_api(&self) -> bool {
        self.path.starts_with("/api/")
    }

    pub(super) fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// The route that answers this line: of those that fit, the one with the most fixed parts.
    pub(super) fn route(&self, routes: &BTreeSet<Route>) -> Option<Route> {
        let path = self.path.split('?').next().unwrap_or_default();
        let fitting = routes.iter().filter(|(method, route)| {
            method == self.method
                && route.split('/').count() == path.split('/').count()
                && route
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(of_route, part)| of_route.starts_with('{') || of_route == part)
        });
        fitting
            .min_by_key(|(_, route)| route.matches('{').count())
            .cloned()
    }
}

/// A method and a path with its names in braces.
pub(super) type Route = (String, String);

/// What a router answers to. A router tells it nowhere but in its debugging text: each route with the
/// methods that it allows, and each route's path, both by the route's number.
pub(super) fn routes(router: &impl Debug) -> BTreeSet<Route> {
    const ALLOWED: &str = "allow_header: Bytes(b\"";
    let text = format!("{router:?}");
    let text = text.split("fallback_router").next().unwrap_or_default();
    let (mut methods, mut paths) = (Vec::new(), Vec::new());
    for piece in text.split("RouteId(").skip(1) {
        let (number, rest) = piece.split_once("): ").unwrap_or_default();
        match rest.strip_prefix('"') {
            Some(path) => paths.push((number, path.split('"').next().unwrap_or_default())),
            None => {
                let allowed = rest.split_once(ALLOWED).map(|(_, allowed)| allowed);
                let allowed = allowed.and_then(|allowed| allowed.split('"').next());
                methods.push((number, allowed.unwrap_or("ANY")));
            }
        }
    }
    assert!(
        methods.len() == paths.len() && methods.len() > 100,
        "{text}"
    );
    let of = |number: &str| paths.iter().find(|(of, _)| *of == number).unwrap().1;
    let mut found = BTreeSet::new();
    for (number, allowed) in methods {
        for method in allowed.split(',').filter(|method| *method != "HEAD") {
            found.insert((method.to_owned(), of(number).to_owned()));
        }
    }
    found
}
