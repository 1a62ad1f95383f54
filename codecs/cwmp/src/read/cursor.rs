//! A place in an XML document: steps from element to element within the limits.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Declaration, Limits, ParseError, excerpt, intern};
use crate::text::{allowed_or_replaced, clean};

/// Namespace declarations that are looked at; an envelope needs five.
const MAX_DECLARATIONS: usize = 32;

/// A place inside the element that was opened last.
///
/// Whoever was given an element by [`Self::child`] reads it to its end with [`Self::text`],
/// [`Self::skip`], or with [`Self::child`] until that says `None`.
pub(crate) struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    body: &'a [u8],
    limits: &'a Limits,
    /// The message is read whole: all that may still come are closing tags.
    complete: bool,
    /// The body ended among those closing tags.
    cut: bool,
    /// The element that was opened last.
    start: BytesStart<'a>,
    /// That element was closed at once (`<a/>`) and its end is still to be reported.
    empty: bool,
    depth: usize,
    elements: usize,
    items: usize,
}

/// What can stand inside an element; comments and processing instructions are passed over.
enum Step<'a> {
    Open,
    Close,
    Text(Cow<'a, str>),
    Character(char),
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(body: &'a [u8], limits: &'a Limits) -> Result<Self, ParseError> {
        if body.len() > limits.max_body_bytes {
            return Err(ParseError::Limit {
                what: "bytes",
                limit: limits.max_body_bytes,
                position: u64::try_from(limits.max_body_bytes).unwrap_or(u64::MAX),
            });
        }
        Ok(Self {
            reader: Reader::from_reader(body),
            body,
            limits,
            complete: false,
            cut: false,
            start: BytesStart::new(""),
            empty: false,
            depth: 0,
            elements: 0,
            items: 0,
        })
    }

    /// Opens the root element and names it.
    pub(crate) fn root(&mut self) -> Result<&str, ParseError> {
        if self.outside()? {
            Ok(self.name())
        } else {
            Err(self.truncated())
        }
    }

    /// Makes sure that nothing follows the root element.
    pub(crate) fn finish(&mut self) -> Result<(), ParseError> {
        if !self.cut && self.outside()? {
            Err(self.misplaced())
        } else {
            Ok(())
        }
    }

    /// Opens the next element within the current one and gives its local name; `None` at the
    /// current one's end. Text in between is passed over.
    pub(crate) fn child(&mut self) -> Result<Option<&str>, ParseError> {
        if std::mem::take(&mut self.empty) {
            return Ok(None);
        }
        loop {
            if self.cut {
                return Ok(None);
            }
            match self.step() {
                Ok(Step::Open) => return Ok(Some(self.name())),
                Ok(Step::Close) => return Ok(None),
                Ok(Step::Text(_) | Step::Character(_)) => {}
                Err(error) if self.complete && self.ends_in_closing_tag(&error) => self.cut = true,
                Err(error) => return Err(error),
            }
        }
    }

    /// From here on a body that is cut off has lost nothing but closing tags, and counts as whole.
    pub(crate) const fn expect_no_more(&mut self) {
        self.complete = true;
    }

    /// Whether the bytes end where a closing tag is due, or inside one.
    fn ends_in_closing_tag(&self, error: &ParseError) -> bool {
        let position = match error {
            ParseError::Truncated { position } => *position,
            ParseError::IllFormed { position, .. } => *position,
            _ => return false,
        };
        let start = usize::try_from(position).unwrap_or(usize::MAX);
        let rest = self.body.get(start..).unwrap_or_default();
        rest.is_empty() || rest == b"<" || (rest.starts_with(b"</") && !rest.contains(&b'>'))
    }

    /// The text of the current element, to its end. Elements within it are passed over.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let mut text = Cow::Borrowed("");
        if std::mem::take(&mut self.empty) {
            return Ok(text);
        }
        loop {
            let length = text.len();
            match self.step()? {
                Step::Open => self.skip()?,
                Step::Close => return Ok(text),
                Step::Text(more) if text.is_empty() => text = clean(more),
                Step::Text(more) => text.to_mut().push_str(&clean(more)),
                Step::Character(character) => text.to_mut().push(character),
            }
            if text.len() > length && text.len() > self.limits.max_text_bytes {
                return Err(self.limit("bytes in one text", self.limits.max_text_bytes));
            }
        }
    }

    /// Passes over the rest of the current element.
    pub(crate) fn skip(&mut self) -> Result<(), ParseError> {
        let mut open = 1_usize;
        while open > 0 {
            if std::mem::take(&mut self.empty) {
                open -= 1;
                continue;
            }
            match self.step()? {
                Step::Open => open += 1,
                Step::Close => open -= 1,
                Step::Text(_) | Step::Character(_) => {}
            }
        }
        Ok(())
    }

    /// The local name of the element that was opened last.
    pub(crate) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The prefix of the element that was opened last, or nothing.
    pub(crate) fn prefix(&self) -> &str {
        let name = self.start.name().into_inner();
        name.split_once(':').map_or("", |(prefix, _)| prefix)
    }

    /// The raw value of an attribute of the element that was opened last, by local name.
    pub(crate) fn attribute(&self, local: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.start.attributes();
        attributes
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == local)
            .map(|attribute| attribute.value)
    }

    /// Adds the namespaces that the element that was opened last declares.
    pub(crate) fn collect_declarations(&self, declarations: &mut Vec<Declaration>) {
        for attribute in self.start.attributes().with_checks(false).flatten() {
            let key = attribute.key.into_inner();
            let Some(prefix) = key
                .strip_prefix("xmlns:")
                .or_else(|| (key == "xmlns").then_some(""))
            else {
                continue;
            };
            let Ok(namespace) = unescape(&attribute.value) else {
                continue;
            };
            if declarations.len() < MAX_DECLARATIONS {
                declarations.push((intern(prefix), intern(&namespace)));
            }
        }
    }

    /// Counts an entry of a list.
    pub(crate) fn count_item(&mut self) -> Result<(), ParseError> {
        self.items += 1;
        if self.items > self.limits.max_parameters {
            return Err(self.limit("list entries", self.limits.max_parameters));
        }
        Ok(())
    }

    /// Refuses another event when there are `events` already.
    pub(crate) fn check_events(&self, events: usize) -> Result<(), ParseError> {
        if events >= self.limits.max_events {
            return Err(self.limit("events", self.limits.max_events));
        }
        Ok(())
    }

    /// Where the next step begins, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    /// The element that was opened last cannot stand here.
    pub(crate) fn misplaced(&self) -> ParseError {
        ParseError::Misplaced {
            element: excerpt(self.name()),
            position: self.position(),
        }
    }

    fn limit(&self, what: &'static str, limit: usize) -> ParseError {
        ParseError::Limit {
            what,
            limit,
            position: self.position(),
        }
    }

    fn doctype(&self) -> ParseError {
        ParseError::Doctype {
            position: self.position(),
        }
    }

    fn truncated(&self) -> ParseError {
        ParseError::Truncated {
            position: self.position(),
        }
    }

    /// Looks outside of the root element: true when an element opens, false at the end.
    fn outside(&mut self) -> Result<bool, ParseError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return self.open(start, false).map(|()| true),
                Ok(Event::Empty(start)) => return self.open(start, true).map(|()| true),
                Ok(Event::Eof) => return Ok(false),
                Ok(Event::Text(text)) if text.trim_ascii().is_empty() => {}
                Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
                Ok(Event::DocType(_)) => return Err(self.doctype()),
                Err(error) => return Err(self.broken(&error)),
                Ok(_) => {
                    return Err(ParseError::IllFormed {
                        reason: "something stands outside of the envelope".to_owned(),
                        position: self.position(),
                    });
                }
            }
        }
    }

    /// The next thing inside of the root element.
    fn step(&mut self) -> Result<Step<'a>, ParseError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => return self.open(start, false).map(|()| Step::Open),
                Ok(Event::Empty(start)) => return self.open(start, true).map(|()| Step::Open),
                Ok(Event::End(_)) => {
                    self.depth -= 1;
                    return Ok(Step::Close);
                }
                Ok(Event::Text(text)) => return Ok(Step::Text(text.into_inner())),
                Ok(Event::CData(text)) => return Ok(Step::Text(text.into_inner())),
                Ok(Event::GeneralRef(reference)) => {
                    return self.resolve(&reference).map(Step::Character);
                }
                Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => {}
                Ok(Event::DocType(_)) => return Err(self.doctype()),
                Ok(Event::Eof) => return Err(self.truncated()),
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    fn open(&mut self, start: BytesStart<'a>, empty: bool) -> Result<(), ParseError> {
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            return Err(self.limit("elements", self.limits.max_elements));
        }
        if self.depth >= self.limits.max_depth {
            return Err(self.limit("elements within each other", self.limits.max_depth));
        }
        if !empty {
            self.depth += 1;
        }
        self.start = start;
        self.empty = empty;
        Ok(())
    }

    /// A character reference or one of the five predefined entities (XML 1.0 4.6).
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, ParseError> {
        let unknown = || ParseError::Entity {
            name: excerpt(reference),
            position: self.position(),
        };
        match &**reference {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            number => {
                let number = number.strip_prefix('#').ok_or_else(unknown)?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                let character = code.ok().and_then(char::from_u32).ok_or_else(unknown)?;
                Ok(allowed_or_replaced(character))
            }
        }
    }

    fn broken(&self, error: &quick_xml::Error) -> ParseError {
        let position = self.reader.error_position();
        let reason = match error {
            quick_xml::Error::Encoding(_) => {
                return ParseError::Encoding {
                    charset: "UTF-8",
                    position: self.position(),
                };
            }
            quick_xml::Error::Syntax(error) => error.to_string(),
            quick_xml::Error::IllFormed(error) => error.to_string(),
            other => other.to_string(),
        };
        // Names that the peer chose stand in it.
        ParseError::IllFormed {
            reason: reason.chars().take(200).collect(),
            position,
        }
    }
}
