//! From a line to what it is about.

/// The kind of an object, as lines name it before the colon, and the address of its page up to the
/// number.
pub type ObjectLink = (&'static str, &'static str);

/// The page of an object such as `device:42`; none for a kind without pages.
pub(crate) fn href(links: &[ObjectLink], object: &str) -> Option<String> {
    let (kind, id) = object.split_once(':')?;
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let (_, page) = links.iter().find(|(known, _)| *known == kind)?;
    is_number.then(|| format!("{page}{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_a_page_has_a_link() {
        let links = [("device", "/acs/devices/")];
        for (object, expected) in [
            ("device:42", Some("/acs/devices/42")),
            ("device:", None),
            ("device:../x", None),
            ("file:1", None),
            ("onboarding", None),
        ] {
            assert_eq!(href(&links, object).as_deref(), expected, "{object}");
        }
    }
}
