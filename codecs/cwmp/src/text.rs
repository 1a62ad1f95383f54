//! Characters: which ones XML has, and how they are escaped and cleaned.

use std::borrow::Cow;

/// Whether every character may stand in an XML 1.0 document (XML 1.0, production 2), so that the
/// text reaches the peer unchanged.
///
/// Neither side of this codec refuses other characters: the writer puts U+FFFD in their place, and
/// so does the reader, because a device with one odd name in its host list must stay manageable.
#[must_use]
pub fn valid_text(text: &str) -> bool {
    text.chars().all(is_allowed)
}

const fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Text between markup as its reader should see it: line ends as XML 1.0 2.11 says, and U+FFFD for
/// characters that XML does not have.
pub(crate) fn clean(raw: Cow<'_, str>) -> Cow<'_, str> {
    if !any_byte(&raw, is_odd) {
        return raw;
    }
    let mut cleaned = String::with_capacity(raw.len());
    let mut characters = raw.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() == Some(&'\n') {
                    characters.next();
                }
                cleaned.push('\n');
            }
            other => cleaned.push(allowed_or_replaced(other)),
        }
    }
    Cow::Owned(cleaned)
}

/// The character itself, or U+FFFD when XML does not have it.
pub(crate) const fn allowed_or_replaced(c: char) -> char {
    if is_allowed(c) {
        c
    } else {
        char::REPLACEMENT_CHARACTER
    }
}

/// Writes text so that it reads back as it was, in content and in double-quoted attributes.
pub(crate) fn escape_into(out: &mut Vec<u8>, text: &str) {
    let special = |byte| matches!(byte, b'<' | b'>' | b'&' | b'"') || is_odd(byte);
    if !any_byte(text, special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for character in text.chars() {
        match character {
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '&' => out.extend_from_slice(b"&amp;"),
            '"' => out.extend_from_slice(b"&quot;"),
            // A bare carriage return would read back as a line feed.
            '\r' => out.extend_from_slice(b"&#13;"),
            other => {
                let mut bytes = [0; 4];
                let encoded = allowed_or_replaced(other).encode_utf8(&mut bytes);
                out.extend_from_slice(encoded.as_bytes());
            }
        }
    }
}

/// Whether a byte begins what needs a closer look: control characters, and 0xEF, with which U+FFFE
/// and U+FFFF begin in UTF-8.
const fn is_odd(byte: u8) -> bool {
    (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0xEF
}

/// Looks at every byte without stopping, which the compiler turns into vector instructions.
fn any_byte(text: &str, wanted: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(false, |found, byte| found | wanted(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_has_is_valid() {
        for (text, valid) in [
            ("", true),
            ("plain\t\r\n text", true),
            ("\u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}", true),
            ("\0", false),
            ("bell\u{7}", false),
            ("\u{b}", false),
            ("\u{1f}", false),
            ("\u{fffe}", false),
            ("\u{ffff}", false),
        ] {
            assert_eq!(valid_text(text), valid, "{text:?}");
        }
    }

    #[test]
    fn line_ends_and_odd_characters_are_cleaned() {
        for (raw, cleaned) in [
            ("plain", "plain"),
            ("a\r\nb\rc\nd\r", "a\nb\nc\nd\n"),
            (
                "\u{1}x\0\u{fffe}\u{fffd}",
                "\u{fffd}x\u{fffd}\u{fffd}\u{fffd}",
            ),
        ] {
            assert_eq!(clean(Cow::Borrowed(raw)), cleaned);
        }
    }

    #[test]
    fn escaped_text_is_well_formed() {
        let mut out = Vec::new();
        escape_into(&mut out, "a<b>&\"c\"\r\n\u{1}\u{ffff}é");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a&lt;b&gt;&amp;&quot;c&quot;&#13;\n\u{fffd}\u{fffd}é"
        );
    }
}
