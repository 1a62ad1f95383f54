//! Addresses inside the console, for going on after a login.

/// The address if it leads to a page of ours, else the first page.
///
/// Browsers read `//host`, `/\host` and control characters in ways that lead elsewhere.
#[must_use]
pub fn local_path(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && !["/login", "/login/code", "/logout"]
            .contains(&next.split(['?', '#']).next().unwrap_or_default());
    if ours { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_on_to() {
        for (next, expected) in [
            ("/", "/"),
            (
                "/acs/devices?tag=a&tag=b#tree",
                "/acs/devices?tag=a&tag=b#tree",
            ),
            ("", "/"),
            ("acs", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/a\\b", "/"),
            ("/\t/evil.example", "/"),
            ("/%0a", "/%0a"),
            ("https://evil.example/", "/"),
            ("javascript:alert(1)", "/"),
            ("/login?next=/", "/"),
            ("/login/code", "/"),
            ("/logout", "/"),
            ("/loginserver", "/loginserver"),
        ] {
            assert_eq!(local_path(next), expected, "{next:?}");
        }
    }
}
