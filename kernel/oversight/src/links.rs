//! From a line to what it is about.

use regia_audit::Line;
use serde_json::Value;

/// The kind of an object, as lines name it before the colon, and where it is shown.
pub type ObjectLink = (&'static str, ObjectPage);

/// The page that shows an object.
#[derive(Debug, Clone, Copy)]
pub enum ObjectPage {
    /// Its own: the address up to its number or name.
    Own(&'static str),
    /// One that shows all of its kind.
    Shared(&'static str),
    /// The one of what it belongs to: the name under which lines tell the number of that, and the
    /// address up to the number.
    Of(&'static str, &'static str),
}

/// What is done last to an object: it is not there any more.
const LAST: [&str; 2] = ["delete", "discard"];

/// The page of what a line is about; none for a kind without pages, and for what the line says is gone.
pub(crate) fn href(links: &[ObjectLink], line: &Line) -> Option<String> {
    let (kind, id) = line.object.split_once(':').unwrap_or((&line.object, ""));
    let (_, page) = links.iter().find(|(known, _)| *known == kind)?;
    match page {
        ObjectPage::Own(page) => {
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            let names = !id.is_empty() && id.bytes().all(is_name) && !is_last(line, kind);
            names.then(|| format!("{page}{id}"))
        }
        ObjectPage::Shared(page) => Some((*page).to_owned()),
        ObjectPage::Of(name, page) => {
            let told = [&line.after, &line.before].into_iter().flatten();
            let id = told
                .filter_map(|values| values.get(name))
                .find_map(Value::as_i64)?;
            Some(format!("{page}{id}"))
        }
    }
}

/// Whether the line says that the object itself was done away with, not something of it.
fn is_last(line: &Line, kind: &str) -> bool {
    let mut parts = line.action.rsplit('.');
    let verb = parts.next().unwrap_or_default();
    LAST.contains(&verb) && parts.next() == Some(kind)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;

    const LINKS: [ObjectLink; 4] = [
        ("device", ObjectPage::Own("/acs/devices/")),
        ("role", ObjectPage::Own("/roles/")),
        ("onboarding", ObjectPage::Shared("/acs/onboarding")),
        ("mandate", ObjectPage::Of("user", "/users/")),
    ];

    fn check(action: &str, object: &str, (before, after): (Value, Value), expected: Option<&str>) {
        let line = Line {
            entry_id: 1,
            recorded_at: OffsetDateTime::UNIX_EPOCH,
            actor_kind: "user".into(),
            actor_id: Some(1),
            actor_name: "admin".into(),
            action: action.into(),
            object: object.into(),
            before: Some(before),
            after: Some(after),
            address: None,
            trace_id: None,
        };
        let found = href(&LINKS, &line);
        assert_eq!(found.as_deref(), expected, "{action} {object}");
    }

    #[test]
    fn a_line_leads_to_what_it_is_about() {
        let nothing = || (Value::Null, Value::Null);
        for (action, object, expected) in [
            ("acs.device.reboot", "device:42", Some("/acs/devices/42")),
            ("acs.device.delete", "device:42", None),
            ("acs.note.delete", "device:42", Some("/acs/devices/42")),
            ("access.role.require", "role:viewer", Some("/roles/viewer")),
            ("acs.device.reboot", "device:", None),
            ("acs.device.reboot", "device:../x", None),
            ("acs.file.change", "file:1", None),
            (
                "acs.onboarding.choose",
                "onboarding",
                Some("/acs/onboarding"),
            ),
            ("access.mandate.give", "mandate:7", None),
        ] {
            check(action, object, nothing(), expected);
        }
        let (user, page) = (json!({ "user": 3 }), Some("/users/3"));
        let (given, ended) = ("access.mandate.give", "access.mandate.end");
        check(given, "mandate:7", (Value::Null, user.clone()), page);
        check(ended, "mandate:7", (user, Value::Null), page);
        let odd = (Value::Null, json!({ "user": "../x" }));
        check(given, "mandate:7", odd, None);
    }
}
