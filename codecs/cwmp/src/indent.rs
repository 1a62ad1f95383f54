//! Laying a message out for people, one element a line.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Elements within each other that are still moved to the right.
const MAX_LEVELS: usize = 32;

/// The same markup and texts with line breaks and two spaces a level; `None` when the text is not
/// well-formed.
#[must_use]
pub fn indent(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(text);
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    let (mut level, mut leaf) = (0_usize, false);
    loop {
        let from = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let to = usize::try_from(reader.buffer_position()).ok()?;
        let piece = text.get(from..to)?;
        match event {
            Event::Start(_) => {
                line(&mut out, level, piece);
                level += 1;
                leaf = true;
            }
            Event::End(_) => {
                level = level.checked_sub(1)?;
                if leaf {
                    out.push_str(piece);
                } else {
                    line(&mut out, level, piece);
                }
                leaf = false;
            }
            Event::Text(_) if !leaf && piece.trim_ascii().is_empty() => {}
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => out.push_str(piece),
            Event::Eof => return (level == 0).then_some(out),
            _ => {
                line(&mut out, level, piece);
                leaf = false;
            }
        }
    }
}

fn line(out: &mut String, level: usize, piece: &str) {
    let end = out.trim_ascii_end().len();
    out.truncate(end);
    if !out.is_empty() {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n("  ", level.min(MAX_LEVELS)));
    out.push_str(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_has_its_line_and_texts_stay() {
        for (text, expected) in [
            (
                "<a><b>x &amp; y</b><c/></a>",
                Some("<a>\n  <b>x &amp; y</b>\n  <c/>\n</a>"),
            ),
            ("<a>\n <b> x </b>\n</a>\n", Some("<a>\n  <b> x </b>\n</a>")),
            (
                "<?xml version=\"1.0\"?><a></a>",
                Some("<?xml version=\"1.0\"?>\n<a></a>"),
            ),
            ("<a><b></a>", None),
            ("<a>", None),
            ("", Some("")),
        ] {
            assert_eq!(indent(text).as_deref(), expected, "{text}");
        }
    }
}
