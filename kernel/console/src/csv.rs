//! Tables for spreadsheets (RFC 4180).

/// A field, quoted where it must be. What a spreadsheet would take for a formula is given an
/// apostrophe: people and devices name themselves.
#[must_use]
pub fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// A row: its fields and the end of the line.
#[must_use]
pub fn row<const N: usize>(fields: [impl AsRef<str>; N]) -> String {
    let fields = fields.map(|text| field(text.as_ref()));
    fields.join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_and_never_a_formula() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("", ""),
        ] {
            assert_eq!(field(text), expected);
        }
        assert_eq!(row(["a", "=b", "c,d"]), "a,'=b,\"c,d\"\r\n");
    }
}
