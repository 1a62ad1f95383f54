//! Lenient reading of authentication headers: words and name=value pairs in any spacing.
//!
//! RFC 9110 11.2 wants commas between pairs; devices also send blanks, quote what need not be
//! quoted and leave unquoted what must be, so both readings are accepted.

use std::borrow::Cow;

/// One piece of a header value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// A word that no `=` follows: a scheme's name, or noise.
    Word(String),
    /// A pair; the name is in lower case, the value without its quotes and escapes.
    Pair(String, String),
}

/// Splits a header value into items.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    rest: &'a [u8],
}

impl<'a> Lexer<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self
            .rest
            .iter()
            .position(|byte| !wanted(*byte))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace());
    }

    fn accept(&mut self, wanted: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// The rest of a quoted string; a missing closing quote ends with the header.
    fn quoted(&mut self) -> String {
        let mut bytes = Vec::new();
        while let Some((first, rest)) = self.rest.split_first() {
            self.rest = rest;
            match first {
                b'"' => break,
                b'\\' => {
                    if let Some((escaped, rest)) = self.rest.split_first() {
                        bytes.push(*escaped);
                        self.rest = rest;
                    }
                }
                other => bytes.push(*other),
            }
        }
        text(&bytes).into_owned()
    }

    fn value(&mut self) -> String {
        if self.accept(b'"') {
            return self.quoted();
        }
        text(self.take_while(|byte| byte != b',' && !byte.is_ascii_whitespace())).into_owned()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        self.take_while(|byte| byte == b',' || byte.is_ascii_whitespace());
        if self.rest.is_empty() {
            return None;
        }
        let name = self.take_while(|byte| !b",=".contains(&byte) && !byte.is_ascii_whitespace());
        let name = text(name);
        self.skip_blanks();
        if self.accept(b'=') {
            self.skip_blanks();
            return Some(Item::Pair(name.to_ascii_lowercase(), self.value()));
        }
        Some(Item::Word(name.into_owned()))
    }
}

/// Bytes as text: UTF-8, else Latin-1, in which every byte is a character.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(
        |_| bytes.iter().copied().map(char::from).collect(),
        Cow::Borrowed,
    )
}

/// A value as a quoted string (RFC 9110 5.6.4); control characters become blanks, because a line
/// end would end the header.
pub(crate) fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[(&str, &str)]) {
        let items: Vec<Item> = Lexer::new(value.as_bytes()).collect();
        let expected: Vec<Item> = expected
            .iter()
            .map(|(name, value)| match *name {
                "" => Item::Word((*value).to_owned()),
                name => Item::Pair(name.to_owned(), (*value).to_owned()),
            })
            .collect();
        assert_eq!(items, expected, "{value}");
    }

    #[test]
    fn pairs_are_read_in_any_spacing() {
        check("", &[]);
        check(" , ,", &[]);
        check("Basic", &[("", "Basic")]);
        check("Digest a=1,b=2", &[("", "Digest"), ("a", "1"), ("b", "2")]);
        check(
            "Digest a = 1 ,, B= \"2\" c=3",
            &[("", "Digest"), ("a", "1"), ("b", "2"), ("c", "3")],
        );
        check(
            "a=\"x, y=\\\"z\\\" \\\\\",b=",
            &[("a", "x, y=\"z\" \\"), ("b", "")],
        );
        check("a=\"never closed, b=1", &[("a", "never closed, b=1")]);
    }

    #[test]
    fn a_value_without_a_name_is_a_pair_without_a_name() {
        let items: Vec<Item> = Lexer::new(b"=x, y").collect();
        assert_eq!(
            items,
            [
                Item::Pair(String::new(), "x".into()),
                Item::Word("y".into())
            ]
        );
    }
}
