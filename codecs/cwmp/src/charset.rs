//! Charsets: from the bytes of a body to UTF-8.

use std::borrow::Cow;

use crate::error::{ParseError, excerpt};

/// The charsets that devices are known to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Utf8,
    Utf16Le,
    Utf16Be,
    Latin1,
}

/// Turns a body into UTF-8, without a copy when it already is.
///
/// The charset is what a UTF-16 mark at the start says (such bytes are nothing else), else the
/// `charset` of `content_type`, else the XML declaration, else UTF-8. Known are UTF-8, US-ASCII,
/// UTF-16, ISO-8859-1 and, read as ISO-8859-1, windows-1252. Under any other name a body of pure
/// ASCII is taken as it is.
///
/// Devices copy Wi-Fi and host names that users typed in ISO-8859-1 into bodies labelled UTF-8.
/// Bytes that are no UTF-8 are therefore read as ISO-8859-1, one by one, and everything around
/// them stays: the device remains manageable, and no byte above 0x7F can pass for markup.
///
/// # Errors
/// [`ParseError::Charset`] for an unknown charset, [`ParseError::Encoding`] for broken UTF-16.
pub fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Result<Cow<'a, [u8]>, ParseError> {
    match charset(body, content_type)? {
        Charset::Utf8 => Ok(utf8(body)),
        Charset::Latin1 => Ok(latin1(body)),
        Charset::Utf16Le => utf16(body, u16::from_le_bytes),
        Charset::Utf16Be => utf16(body, u16::from_be_bytes),
    }
}

fn charset(body: &[u8], content_type: Option<&str>) -> Result<Charset, ParseError> {
    match body {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => return Ok(Charset::Utf16Le),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => return Ok(Charset::Utf16Be),
        _ => {}
    }
    let Some(label) = content_type
        .and_then(label_of_type)
        .or_else(|| label_of_declaration(body))
    else {
        return Ok(Charset::Utf8);
    };
    match label.to_ascii_lowercase().as_str() {
        // UTF-16 without a mark was recognised above; what is left cannot be UTF-16.
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" => Ok(Charset::Utf8),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "windows-1252"
        | "cp1252" => Ok(Charset::Latin1),
        _ if body.is_ascii() => Ok(Charset::Utf8),
        _ => Err(ParseError::Charset {
            label: excerpt(label),
        }),
    }
}

/// The `charset` parameter of a media type (RFC 9110 8.3.2), with or without quotes.
fn label_of_type(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches(['"', '\'']).trim())
    })
}

/// The encoding that an XML declaration names.
fn label_of_declaration(body: &[u8]) -> Option<&str> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let declaration = body.get(..body.len().min(256))?.strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    after.split(quote).nth(1)
}

fn utf8(body: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(body).is_ok() {
        return Cow::Borrowed(body);
    }
    let mut text = String::with_capacity(body.len() + 16);
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    Cow::Owned(text.into_bytes())
}

fn latin1(body: &[u8]) -> Cow<'_, [u8]> {
    if body.is_ascii() {
        return Cow::Borrowed(body);
    }
    Cow::Owned(
        body.iter()
            .map(|byte| char::from(*byte))
            .collect::<String>()
            .into_bytes(),
    )
}

fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, [u8]>, ParseError> {
    let broken = |units: usize| ParseError::Encoding {
        charset: "UTF-16",
        position: u64::try_from(units * 2).unwrap_or(u64::MAX),
    };
    let (pairs, rest) = body.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(broken(pairs.len()));
    }
    let mut text = String::with_capacity(body.len());
    let mut units = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = decoded.map_err(|_| broken(units))?;
        units += character.len_utf16();
        text.push(character);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(Cow::Owned(text.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &[u8], content_type: Option<&str>, expected: Result<&str, &str>) {
        let decoded = decode(body, content_type)
            .map(|text| String::from_utf8(text.into_owned()).unwrap())
            .map_err(|error| error.to_string());
        assert_eq!(
            decoded.as_deref().map_err(String::as_str),
            expected,
            "{} as {content_type:?}",
            body.escape_ascii()
        );
    }

    fn utf16_bytes(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn the_label_decides_then_the_declaration_then_utf8() {
        let declared = b"<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>\xE9</a>";
        let as_text = "<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>\u{e9}</a>";
        check(declared, None, Ok(as_text));
        check(declared, Some("text/xml"), Ok(as_text));
        check("<a>é</a>".as_bytes(), None, Ok("<a>é</a>"));
        check(
            "<a>é</a>".as_bytes(),
            Some("text/xml; charset=\"utf-8\""),
            Ok("<a>é</a>"),
        );
        check(
            "<a>é</a>".as_bytes(),
            Some("text/xml;Charset=ISO-8859-1"),
            Ok("<a>Ã©</a>"),
        );
        check(
            b"<a>\x80</a>",
            Some("text/xml; charset=windows-1252"),
            Ok("<a>\u{80}</a>"),
        );
        check(b"\xEF\xBB\xBF<a/>", None, Ok("\u{feff}<a/>"));
        check(b"", None, Ok(""));
    }

    #[test]
    fn latin1_bytes_under_a_utf8_label_stay_readable() {
        check(
            b"<a>caf\xE9</a><b>\xC3\xA9</b><c>\xC0\xBC</c>",
            Some("text/xml; charset=utf-8"),
            Ok("<a>caf\u{e9}</a><b>\u{e9}</b><c>\u{c0}\u{bc}</c>"),
        );
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_its_first_character() {
        let text = "<a>é🙂</a>";
        let marked = format!("\u{feff}{text}");
        for label in [
            None,
            Some("text/xml; charset=utf-8"),
            Some("text/xml; charset=utf-16"),
        ] {
            check(&utf16_bytes(&marked, u16::to_le_bytes), label, Ok(text));
            check(&utf16_bytes(&marked, u16::to_be_bytes), label, Ok(text));
            check(&utf16_bytes(text, u16::to_le_bytes), label, Ok(text));
            check(&utf16_bytes(text, u16::to_be_bytes), label, Ok(text));
        }
        check(
            b"<\0a",
            None,
            Err("The body is not valid UTF-16 at byte 2."),
        );
        check(
            b"<\0\0\xD8<\0",
            None,
            Err("The body is not valid UTF-16 at byte 2."),
        );
    }

    #[test]
    fn an_unknown_charset_is_refused_unless_it_makes_no_difference() {
        check(
            b"<a>plain</a>",
            Some("text/xml; charset=gb2312"),
            Ok("<a>plain</a>"),
        );
        check(
            b"<a>\xC4\xE3</a>",
            Some("text/xml; charset=gb2312"),
            Err("The charset \"gb2312\" is not supported."),
        );
    }
}
