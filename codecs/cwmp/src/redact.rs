//! Hiding secrets in a body that is to be kept: everything stays as the peer wrote it but for what
//! is secret.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use crate::text::escape_into;

mod blunt;

pub use blunt::redact_unreadable;

/// Elements within each other; CWMP needs 8.
const MAX_DEPTH: usize = 64;

/// Secrets that one body may make known.
const MAX_FOUND: usize = 64;

/// Shorter texts say nothing, and hiding them would hide half of the body.
const MIN_KNOWN_CHARS: usize = 4;

/// The shortest token of a file's address that is taken for one.
const MIN_TOKEN_CHARS: usize = 16;

/// What is secret.
#[derive(Clone, Copy)]
pub struct Secrets<'a> {
    /// Whether the parameter, or the element, of that name holds a secret.
    pub covers: &'a dyn Fn(&str) -> bool,
    /// Texts that are secret wherever they stand.
    pub known: &'a [String],
    /// What stands in place of a secret.
    pub mask: &'a str,
}

impl std::fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

/// A body that may be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The body without its secrets.
    pub text: String,
    /// Whether it is well-formed; otherwise everything but known markup is hidden.
    pub readable: bool,
    /// The secrets that were in it, for the messages that follow; at most 64.
    pub found: Vec<String>,
}

impl std::fmt::Debug for Redacted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Redacted");
        shown
            .field("text", &self.text)
            .field("readable", &self.readable);
        shown.finish_non_exhaustive()
    }
}

/// Hides the secrets of a body.
///
/// Secret are: what stands beside a `Name` that is covered, or as a `Value` beside no `Name`; what
/// an element holds that is itself covered; `Username` and `Password` of transfers and software
/// units; the token in an address below `/f/`; user name and password within an address; comments
/// and stray text, where nothing of use stands; and every known secret in any other text. Empty
/// values stay, since they tell something.
#[must_use]
pub fn redact(body: &str, secrets: &Secrets<'_>) -> Redacted {
    let (mark, text) = match body.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", body),
    };
    let Some(scan) = Scan::of(text, secrets) else {
        return Redacted {
            text: redact_unreadable(body, secrets.mask),
            readable: false,
            found: Vec::new(),
        };
    };
    let (hidden, found) = scan.finish(secrets);
    let mut redacted = String::with_capacity(body.len());
    redacted.push_str(mark);
    put_masked(&mut redacted, text, hidden, secrets.mask);
    Redacted {
        text: redacted,
        readable: true,
        found,
    }
}

/// Hides the secrets of a text that is no markup.
#[must_use]
pub fn redact_text(text: &str, secrets: &Secrets<'_>) -> String {
    let known: Vec<&str> = secrets.known.iter().map(String::as_str).collect();
    let mut redacted = String::with_capacity(text.len());
    put_masked(&mut redacted, text, spots(text, &known), secrets.mask);
    redacted
}

/// Copies a text with its ranges masked; ranges may lie within each other.
fn put_masked(out: &mut String, text: &str, mut ranges: Vec<Range<usize>>, mask: &str) {
    ranges.sort_unstable_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut at = 0;
    for range in ranges {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(mask);
        }
        at = at.max(range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
}

/// An element that is not closed yet.
#[derive(Default)]
struct Frame {
    local: Range<usize>,
    content: usize,
    has_children: bool,
    /// What the children hold: the range, and whether the child is the `Name`.
    held: Vec<(Range<usize>, bool)>,
    /// What a child `Name` says.
    named: Option<String>,
    has_value: bool,
    /// Text directly within it.
    texts: Vec<Range<usize>>,
}

/// One pass over a well-formed body.
struct Scan<'t> {
    text: &'t str,
    hidden: Vec<Range<usize>>,
    /// Texts of elements without children that are not hidden as a whole.
    leaves: Vec<Range<usize>>,
    stack: Vec<Frame>,
    found: Vec<String>,
}

impl<'t> Scan<'t> {
    /// Nothing when the text is not well-formed.
    fn of(text: &'t str, secrets: &Secrets<'_>) -> Option<Self> {
        let mut scan = Self {
            text,
            hidden: Vec::new(),
            leaves: Vec::new(),
            stack: Vec::new(),
            found: Vec::new(),
        };
        let mut reader = Reader::from_str(text);
        let mut roots = 0_usize;
        loop {
            let from = place(&reader)?;
            let event = reader.read_event().ok()?;
            let to = place(&reader)?;
            match event {
                Event::Start(_) => {
                    roots += usize::from(scan.stack.is_empty());
                    scan.open(from, to)?;
                }
                Event::Empty(_) => {
                    roots += usize::from(scan.stack.is_empty());
                    if let Some(frame) = scan.stack.last_mut() {
                        frame.has_children = true;
                    }
                }
                Event::End(_) => scan.close(from, secrets)?,
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    match scan.stack.last_mut() {
                        Some(frame) => frame.texts.push(from..to),
                        None => scan.hide_text(from..to),
                    }
                }
                Event::Comment(_) => scan.hidden.push(from + "<!--".len()..to.checked_sub(3)?),
                Event::PI(_) => scan.hidden.push(from + "<?".len()..to.checked_sub(2)?),
                Event::Decl(_) => {}
                Event::DocType(_) => return None,
                Event::Eof => break,
            }
        }
        (scan.stack.is_empty() && roots == 1).then_some(scan)
    }

    fn open(&mut self, from: usize, to: usize) -> Option<()> {
        if self.stack.len() >= MAX_DEPTH {
            return None;
        }
        if let Some(parent) = self.stack.last_mut() {
            parent.has_children = true;
        }
        let tag = self.text.get(from + 1..to)?;
        let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
        let colon = tag.get(..end)?.rfind(':').map_or(0, |colon| colon + 1);
        self.stack.push(Frame {
            local: from + 1 + colon..from + 1 + end,
            content: to,
            ..Frame::default()
        });
        Some(())
    }

    fn close(&mut self, to: usize, secrets: &Secrets<'_>) -> Option<()> {
        let frame = self.stack.pop()?;
        let local = self.text.get(frame.local.clone())?;
        let content = frame.content..to;
        let is_name = local.eq_ignore_ascii_case("Name");
        if let Some(parent) = self.stack.last_mut() {
            parent.held.push((content.clone(), is_name));
            parent.has_value |= local.eq_ignore_ascii_case("Value");
            if is_name {
                let named = plain(self.text.get(content.clone())?);
                parent.named.get_or_insert_default().push_str(named.trim());
            }
        }
        if is_credential(local) || (secrets.covers)(local) {
            self.hide_secret(content);
        } else if frame.has_children {
            self.close_branch(frame, secrets);
        } else if !is_name {
            self.leaves.push(content);
        }
        Some(())
    }

    fn close_branch(&mut self, frame: Frame, secrets: &Secrets<'_>) {
        let secret = match &frame.named {
            Some(name) => (secrets.covers)(name),
            None => frame.has_value,
        };
        if secret {
            for (content, is_name) in frame.held {
                if !is_name {
                    self.hide_secret(content);
                }
            }
        }
        for text in frame.texts {
            self.hide_text(text);
        }
    }

    /// Hides a value, and takes note of it.
    fn hide_secret(&mut self, range: Range<usize>) {
        let text = plain(self.text.get(range.clone()).unwrap_or_default());
        let text = text.trim();
        if self.found.len() < MAX_FOUND && tells(text) && !self.found.iter().any(|one| one == text)
        {
            self.found.push(text.to_owned());
        }
        self.hide_text(range);
    }

    /// Hides what is not only white space.
    fn hide_text(&mut self, range: Range<usize>) {
        let text = self.text.get(range.clone()).unwrap_or_default();
        if !text.trim_ascii().is_empty() {
            self.hidden.push(range);
        }
    }

    /// Everything to hide, and the secrets among it.
    fn finish(mut self, secrets: &Secrets<'_>) -> (Vec<Range<usize>>, Vec<String>) {
        let found = std::mem::take(&mut self.found);
        let all = || secrets.known.iter().chain(&found).map(String::as_str);
        let written: Vec<String> = all().map(as_written).collect();
        let known: Vec<&str> = all().chain(written.iter().map(String::as_str)).collect();
        for leaf in std::mem::take(&mut self.leaves) {
            let raw = self.text.get(leaf.clone()).unwrap_or_default();
            match spots_of_leaf(raw, &known) {
                Some(spots) => {
                    let spots = spots.into_iter();
                    self.hidden
                        .extend(spots.map(|spot| leaf.start + spot.start..leaf.start + spot.end));
                }
                None => self.hidden.push(leaf),
            }
        }
        (self.hidden, found)
    }
}

/// Where secrets stand in the text of an element; `None` when they are written in a way (with
/// references, in pieces) that only leaves to hide it all.
fn spots_of_leaf(raw: &str, known: &[&str]) -> Option<Vec<Range<usize>>> {
    let found = spots(raw, known);
    if !raw.contains(['&', '<']) {
        return Some(found);
    }
    let mut shown = String::with_capacity(raw.len());
    put_masked(&mut shown, raw, found.clone(), "");
    let all = spots(&plain(raw), known).len() == found.len();
    (all && spots(&plain(&shown), known).is_empty()).then_some(found)
}

/// A text as a writer usually escapes it.
fn as_written(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    escape_into(&mut out, text);
    String::from_utf8(out).unwrap_or_default()
}

fn place(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

/// User name and password of Download, Upload, ScheduleDownload and ChangeDUState.
fn is_credential(local: &str) -> bool {
    ["Username", "Password"]
        .iter()
        .any(|name| local.eq_ignore_ascii_case(name))
}

/// Whether a secret is worth looking for elsewhere.
fn tells(text: &str) -> bool {
    text.chars().nth(MIN_KNOWN_CHARS - 1).is_some() && !matches!(text, "true" | "false")
}

/// Text as its reader sees it: without markup, references resolved.
fn plain(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut reader = Reader::from_str(raw);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    loop {
        match reader.read_event() {
            Ok(Event::Text(piece)) => text.push_str(&piece.into_inner()),
            Ok(Event::CData(piece)) => text.push_str(&piece.into_inner()),
            Ok(Event::GeneralRef(reference)) => {
                let reference = format!("&{};", &*reference);
                text.push_str(&unescape(&reference).unwrap_or_default());
            }
            Ok(Event::Eof) | Err(_) => return text,
            Ok(_) => {}
        }
    }
}

/// Where secrets stand in a text: known ones, tokens of files, credentials within addresses.
fn spots(text: &str, known: &[&str]) -> Vec<Range<usize>> {
    let mut spots = Vec::new();
    for secret in known.iter().filter(|secret| !secret.is_empty()) {
        let found = text.match_indices(secret);
        spots.extend(found.map(|(at, _)| at..at + secret.len()));
    }
    for (at, before) in text.match_indices("/f/") {
        let start = at + before.len();
        let rest = text.get(start..).unwrap_or_default();
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        if length >= MIN_TOKEN_CHARS {
            spots.push(start..start + length);
        }
    }
    for (at, before) in text.match_indices("://") {
        let start = at + before.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '<' | '"'))
            .unwrap_or(rest.len());
        if let Some(length) = rest.get(..end).and_then(|authority| authority.rfind('@')) {
            spots.push(start..start + length);
        }
    }
    spots.sort_unstable_by_key(|spot| (spot.start, spot.end));
    spots.dedup();
    spots
}
