//! Reasons that stand in the code, and are stored or sent by somebody: English sentences, some with
//! particulars. Another language keeps them in the table `reason`, by the English sentence, with names
//! between braces where the particulars stand.

/// The particulars of a sentence by the names of its pattern; none where it is another sentence.
pub(crate) fn particulars<'a>(pattern: &'a str, text: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let (mut pattern, mut text, mut found) = (pattern, text, Vec::new());
    while let Some((before, after)) = pattern.split_once('{') {
        text = text.strip_prefix(before)?;
        let (name, behind) = after.split_once('}')?;
        let value = match behind.split_once('{') {
            Some((until, _)) => text.get(..text.find(until)?)?,
            None => text.strip_suffix(behind)?,
        };
        text = text.get(value.len()..)?;
        found.push((name, value));
        pattern = behind;
    }
    (pattern == text).then_some(found)
}

/// A sentence with its particulars filled in.
pub(crate) fn filled(sentence: &str, particulars: &[(&str, &str)]) -> String {
    let fill = |sentence: String, (name, value): &(&str, &str)| {
        sentence.replace(&format!("{{{name}}}"), value)
    };
    particulars.iter().fold(sentence.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_known_by_its_pattern() {
        for (pattern, text, expected) in [
            ("It is busy.", "It is busy.", Some("")),
            ("It is busy.", "It is busy", None),
            (
                "It says {status}.",
                "It says 404 Not Found.",
                Some("status=404 Not Found"),
            ),
            ("It says {status}.", "It tells 404.", None),
            (
                "It runs {new}, not {old}.",
                "It runs 2.1, not 2.0.",
                Some("new=2.1 old=2.0"),
            ),
            ("It says: {text}", "It says: ", Some("text=")),
            ("{a}{b}", "x", Some("a= b=x")),
            ("{a", "x", None),
        ] {
            let found = particulars(pattern, text).map(|found| {
                let pairs: Vec<_> = found
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                pairs.join(" ")
            });
            assert_eq!(found.as_deref(), expected, "{pattern} of {text}");
        }
    }

    #[test]
    fn a_sentence_says_its_particulars() {
        let particulars = [("new", "2.1"), ("old", "2.0")];
        assert_eq!(filled("Da {old} a {new}", &particulars), "Da 2.0 a 2.1");
    }
}
