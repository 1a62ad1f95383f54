//! The content of a message that this codec has no type for: XML that may stand in an envelope of
//! any dialect.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::dialect::{Dialect, is_plain_name};
use crate::error::{ParseError, excerpt};
use crate::text::valid_text;

/// Bytes of a fragment: a device takes few requests that are larger.
const MAX_BYTES: usize = 64 * 1024;

/// Elements within each other; with the envelope they stay below what devices are known to read.
const MAX_DEPTH: usize = 12;

/// Well-formed XML without document type, comments and processing instructions.
///
/// Prefixes that it declares are its own. The usual ones (`cwmp`, `xsi`, `xsd`, `SOAP-ENC`,
/// `SOAP-ENV` and their spellings) stand for the namespaces of the envelope and are written as the
/// peer spells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fragment {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Prefix(Usual),
}

/// A namespace of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usual {
    Soap,
    Encoding,
    Cwmp,
    Xsi,
    Xsd,
}

impl Usual {
    fn of(prefix: &str) -> Option<Self> {
        Some(match prefix.to_ascii_lowercase().as_str() {
            "cwmp" => Self::Cwmp,
            "xsi" => Self::Xsi,
            "xsd" => Self::Xsd,
            "soap-enc" | "soapenc" | "soap_enc" => Self::Encoding,
            "soap-env" | "soapenv" | "soap_env" | "soap" => Self::Soap,
            _ => return None,
        })
    }
}

impl Fragment {
    /// Reads a fragment; an empty one is none at all.
    ///
    /// # Errors
    /// When it is too large or too deep, is not well-formed, holds what devices choke on, or uses a
    /// prefix that nobody declares.
    pub fn parse(xml: &str) -> Result<Self, ParseError> {
        if xml.len() > MAX_BYTES {
            return Err(ParseError::Limit {
                what: "bytes",
                limit: MAX_BYTES,
                position: 0,
            });
        }
        let mut reading = Reading {
            reader: Reader::from_str(xml),
            fragment: Self::default(),
            declared: Vec::new(),
        };
        reading.read()?;
        Ok(reading.fragment)
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    pub(crate) fn write(&self, dialect: &Dialect, out: &mut Vec<u8>) {
        for part in &self.parts {
            let text = match part {
                Part::Text(text) => text,
                Part::Prefix(Usual::Soap) => &*dialect.soap,
                Part::Prefix(Usual::Encoding) => &*dialect.encoding,
                Part::Prefix(Usual::Cwmp) => &*dialect.cwmp,
                Part::Prefix(Usual::Xsi) => &*dialect.xsi,
                Part::Prefix(Usual::Xsd) => &*dialect.xsd,
            };
            out.extend_from_slice(text.as_bytes());
        }
    }

    fn put(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }
}

struct Reading<'x> {
    reader: Reader<&'x [u8]>,
    fragment: Fragment,
    /// The prefixes that each open element declares, and its name.
    declared: Vec<(Vec<String>, String)>,
}

impl Reading<'_> {
    fn read(&mut self) -> Result<(), ParseError> {
        loop {
            let event = self.reader.read_event();
            match event.map_err(|error| self.broken(&error.to_string()))? {
                Event::Start(start) => self.open(&start, false)?,
                Event::Empty(start) => self.open(&start, true)?,
                Event::End(_) => {
                    let (_, name) = self.declared.last().cloned().unwrap_or_default();
                    self.fragment.put("</");
                    self.put_name(&name)?;
                    self.fragment.put(">");
                    self.declared.pop();
                }
                Event::Text(text) => self.text(&text.into_inner())?,
                Event::CData(data) => {
                    let text = data.into_inner();
                    self.check_text(&text)?;
                    self.fragment.put("<![CDATA[");
                    self.fragment.put(&text);
                    self.fragment.put("]]>");
                }
                Event::GeneralRef(reference) => {
                    let reference = format!("&{};", &*reference);
                    self.check_references(&reference)?;
                    self.fragment.put(&reference);
                }
                Event::DocType(_) => {
                    return Err(ParseError::Doctype {
                        position: self.position(),
                    });
                }
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {
                    return Err(self.broken("comments and instructions are not sent to devices"));
                }
                Event::Eof if self.declared.is_empty() => return Ok(()),
                Event::Eof => {
                    return Err(ParseError::Truncated {
                        position: self.position(),
                    });
                }
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ParseError> {
        self.check_text(text)?;
        if text.contains("]]>") {
            return Err(self.broken("]]> cannot stand in a text"));
        }
        if self.declared.is_empty() && !text.trim_ascii().is_empty() {
            return Err(self.broken("a text stands outside of an element"));
        }
        self.fragment.put(text);
        Ok(())
    }

    fn open(&mut self, start: &BytesStart<'_>, empty: bool) -> Result<(), ParseError> {
        if self.declared.len() >= MAX_DEPTH {
            return Err(ParseError::Limit {
                what: "elements within each other",
                limit: MAX_DEPTH,
                position: self.position(),
            });
        }
        let mut attributes = Vec::new();
        let mut declared = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.broken(&error.to_string()))?;
            let key = attribute.key.into_inner().to_owned();
            let value = attribute.value.into_owned();
            self.check_attribute(&value)?;
            if let Some(prefix) = key.strip_prefix("xmlns:") {
                if value.is_empty() || prefix.eq_ignore_ascii_case("xmlns") {
                    return Err(self.broken("a prefix is declared for nothing"));
                }
                declared.push(prefix.to_owned());
            }
            attributes.push((key, value));
        }
        let name = start.name().into_inner().to_owned();
        self.declared.push((declared, name.clone()));
        self.fragment.put("<");
        self.put_name(&name)?;
        for (key, value) in attributes {
            self.fragment.put(" ");
            if key == "xmlns" || key.starts_with("xmlns:") {
                self.fragment.put(&key);
            } else {
                self.put_name(&key)?;
            }
            self.fragment.put("=\"");
            let local = key.rsplit(':').next().unwrap_or(&key);
            let is_type = |local| matches!(local, "type" | "arrayType");
            match value.split_once(':') {
                Some((prefix, rest)) if key.contains(':') && is_type(local) => {
                    self.put_prefix(prefix)?;
                    self.fragment.put(&rest.replace('"', "&quot;"));
                }
                _ => self.fragment.put(&value.replace('"', "&quot;")),
            }
            self.fragment.put("\"");
        }
        self.fragment.put(if empty { "/>" } else { ">" });
        if empty {
            self.declared.pop();
        }
        Ok(())
    }

    /// A name with its prefix, as it will be understood.
    fn put_name(&mut self, name: &str) -> Result<(), ParseError> {
        let local = match name.split_once(':') {
            Some((prefix, local)) => {
                self.put_prefix(prefix)?;
                local
            }
            None => name,
        };
        if !is_plain_name(local) {
            let name = excerpt(name);
            return Err(self.broken(&format!("{name:?} is no plain name")));
        }
        self.fragment.put(local);
        Ok(())
    }

    fn put_prefix(&mut self, prefix: &str) -> Result<(), ParseError> {
        let mut open = self.declared.iter().flat_map(|(prefixes, _)| prefixes);
        if prefix == "xml" || (is_plain_name(prefix) && open.any(|own| own == prefix)) {
            self.fragment.put(prefix);
        } else if let Some(usual) = Usual::of(prefix) {
            self.fragment.parts.push(Part::Prefix(usual));
        } else {
            let prefix = excerpt(prefix);
            return Err(self.broken(&format!("the prefix {prefix:?} is not declared")));
        }
        self.fragment.put(":");
        Ok(())
    }

    fn check_attribute(&self, value: &str) -> Result<(), ParseError> {
        if value.contains('<') {
            return Err(self.broken("< cannot stand in an attribute"));
        }
        self.check_text(value)?;
        self.check_references(value)
    }

    fn check_text(&self, text: &str) -> Result<(), ParseError> {
        if valid_text(text) {
            Ok(())
        } else {
            Err(self.broken("a text holds a control character"))
        }
    }

    /// Only characters and the five predefined entities may be referred to.
    fn check_references(&self, text: &str) -> Result<(), ParseError> {
        let resolved = unescape(text).ok().filter(|text| valid_text(text));
        resolved.map(|_| ()).ok_or_else(|| ParseError::Entity {
            name: excerpt(text),
            position: self.position(),
        })
    }

    fn position(&self) -> u64 {
        self.reader.buffer_position()
    }

    fn broken(&self, reason: &str) -> ParseError {
        ParseError::IllFormed {
            reason: reason.chars().take(200).collect(),
            position: self.position(),
        }
    }
}
