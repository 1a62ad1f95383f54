//! How a browser is told the name of a file that it keeps.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in an extended value (RFC 8187 3.2.1, `attr-char`).
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// `Content-Disposition` for a file of any name (RFC 6266 4): never shown in the page, the name in
/// plain characters for old readers and exactly for the others.
#[must_use]
pub fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._ ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let exact = utf8_percent_encode(name, ATTRIBUTE);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        for (name, expected) in [
            (
                "fw 2.bin",
                "attachment; filename=\"fw 2.bin\"; filename*=UTF-8''fw%202.bin",
            ),
            (
                "a\";x=\r\n.bin",
                "attachment; filename=\"a__x___.bin\"; filename*=UTF-8''a%22%3Bx%3D%0D%0A.bin",
            ),
            (
                "caffè%",
                "attachment; filename=\"caff__\"; filename*=UTF-8''caff%C3%A8%25",
            ),
        ] {
            assert_eq!(disposition(name), expected);
        }
    }
}
