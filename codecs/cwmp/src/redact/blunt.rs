//! Hiding in a body that is no XML: only markup that is known for sure stays.

use std::ops::Range;

/// Elements of envelopes and messages, by local name. Those that hold a text which is safe to show
/// when it looks like one.
const TELLING: [&str; 14] = [
    "ID",
    "Manufacturer",
    "OUI",
    "ProductClass",
    "SerialNumber",
    "EventCode",
    "MaxEnvelopes",
    "CurrentTime",
    "RetryCount",
    "Name",
    "Status",
    "FaultCode",
    "InstanceNumber",
    "faultcode",
];

/// Elements around them.
const AROUND: [&str; 24] = [
    "Envelope",
    "Header",
    "Body",
    "Inform",
    "DeviceId",
    "Event",
    "EventStruct",
    "CommandKey",
    "ParameterList",
    "ParameterValueStruct",
    "ParameterInfoStruct",
    "ParameterAttributeStruct",
    "ParameterKey",
    "Writable",
    "GetParameterValuesResponse",
    "GetParameterNamesResponse",
    "SetParameterValuesResponse",
    "TransferComplete",
    "FaultStruct",
    "FaultString",
    "Fault",
    "detail",
    "SetParameterValuesFault",
    "GetRPCMethods",
];

/// Elements whose whole content is hidden, whatever looks like markup in it.
const SILENT: [&str; 3] = ["Value", "Username", "Password"];

/// Attributes whose values belong to the markup.
const MARKUP: [&str; 5] = [
    "type",
    "arrayType",
    "mustUnderstand",
    "encodingStyle",
    "nil",
];

/// Hides everything in a body that cannot be read but its known elements, and the texts of those
/// that name the device, its events and its parameters. What a device did not escape cannot be told
/// from markup, so markup that is not known is hidden too.
#[must_use]
pub fn redact_unreadable(body: &str, mask: &str) -> String {
    let mut out = String::with_capacity(body.len().min(64 * 1024));
    let mut hiding = Hiding {
        out: &mut out,
        mask,
    };
    let mut rest = body;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (text, after) = rest.split_at(at);
        hiding.hide(text);
        let Some(tag) = Tag::read(after) else {
            // This is no markup we know: it is hidden together with what follows.
            let next = after.get(1..).and_then(|more| more.find('<'));
            let (unknown, more) = after.split_at(next.map_or(after.len(), |next| next + 1));
            hiding.hide(unknown);
            rest = more;
            continue;
        };
        let (markup, more) = after.split_at(tag.length);
        hiding.out.push_str(markup);
        rest = hiding.content(&tag, more);
    }
    out
}

struct Hiding<'o> {
    out: &'o mut String,
    mask: &'o str,
}

impl Hiding<'_> {
    /// One mask for all that is hidden in a row.
    fn hide(&mut self, text: &str) {
        if text.trim_ascii().is_empty() {
            self.out.push_str(text);
        } else if !self.out.ends_with(self.mask) {
            self.out.push_str(self.mask);
        }
    }

    /// What follows an opening tag: gives what is left after it.
    fn content<'t>(&mut self, tag: &Tag<'_>, after: &'t str) -> &'t str {
        if tag.closed {
            return after;
        }
        if SILENT.contains(&tag.local) {
            let end = closing(after, tag.local).unwrap_or(after.len());
            let (hidden, rest) = after.split_at(end);
            self.hide(hidden);
            return rest;
        }
        if TELLING.contains(&tag.local) {
            let end = after.find('<').unwrap_or(after.len());
            let (text, rest) = after.split_at(end);
            if rest.starts_with("</") && closing(rest, tag.local) == Some(0) && looks_safe(text) {
                self.out.push_str(text);
                return rest;
            }
        }
        after
    }
}

/// Identifiers, numbers, times, event codes and paths.
fn looks_safe(text: &str) -> bool {
    text.len() <= 256
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" ._-:+".contains(&byte))
}

/// Where the element of that local name is closed.
fn closing(text: &str, local: &str) -> Option<usize> {
    text.match_indices("</").map(|(at, _)| at).find(|at| {
        let rest = text.get(at + 2..).and_then(|rest| rest.split_once('>'));
        let name = rest.map_or("", |(name, _)| name.trim_ascii_end());
        name.rsplit(':').next() == Some(local)
    })
}

/// Markup that is known.
struct Tag<'t> {
    local: &'t str,
    /// An end tag, or an element that is closed at once.
    closed: bool,
    length: usize,
}

impl<'t> Tag<'t> {
    /// The tag with which a text begins, if it is one that is known.
    fn read(text: &'t str) -> Option<Self> {
        let end = text.find('>')?;
        let inside = text.get(1..end)?;
        if inside.contains('<') {
            return None;
        }
        let (inside, ends) = match inside.strip_prefix('/') {
            Some(rest) => (rest, true),
            None => (inside, false),
        };
        let (inside, empty) = match inside.strip_suffix('/') {
            Some(rest) => (rest, true),
            None => (inside, false),
        };
        let split = inside
            .find(|c: char| c.is_ascii_whitespace())
            .unwrap_or(inside.len());
        let (name, attributes) = inside.split_at(split);
        let local = known_local(name)?;
        attributes_are_markup(attributes).then_some(Self {
            local,
            closed: ends || empty,
            length: end + 1,
        })
    }
}

fn known_local(name: &str) -> Option<&str> {
    let (prefix, local) = name.split_once(':').unwrap_or(("", name));
    let known = TELLING
        .iter()
        .chain(&AROUND)
        .chain(&SILENT)
        .any(|known| *known == local);
    let plain = prefix.len() <= 16
        && prefix
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    (known && plain).then_some(local)
}

fn attributes_are_markup(attributes: &str) -> bool {
    let mut rest = attributes.trim_ascii();
    while !rest.is_empty() {
        let Some((name, value)) = attribute(rest) else {
            return false;
        };
        let prefix_declared = name == "xmlns" || name.starts_with("xmlns:");
        let local = name.rsplit(':').next().unwrap_or(name);
        let short = value.len() <= 128 && !rest.get(value).is_none_or(str::is_empty);
        if !(prefix_declared || MARKUP.contains(&local)) || !short {
            return false;
        }
        rest = rest
            .get(end_of(rest)..)
            .unwrap_or_default()
            .trim_ascii_start();
    }
    true
}

/// Name of the first attribute, and where its value stands.
fn attribute(text: &str) -> Option<(&str, Range<usize>)> {
    let equals = text.find('=')?;
    let quote = text.get(equals + 1..equals + 2)?;
    if !matches!(quote, "\"" | "'") {
        return None;
    }
    let length = text.get(equals + 2..)?.find(quote)?;
    Some((
        text.get(..equals)?.trim_ascii(),
        equals + 2..equals + 2 + length,
    ))
}

/// Where the first attribute ends.
fn end_of(text: &str) -> usize {
    attribute(text).map_or(text.len(), |(_, value)| value.end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_markup_and_telling_texts_stay() {
        for (body, expected) in [
            ("", ""),
            ("secret", "*"),
            (
                "<Name>Device.A</Name><Value>sec<ret</Value>",
                "<Name>Device.A</Name><Value>*</Value>",
            ),
            ("<Value>a<b>c</b>", "<Value>*"),
            ("<c:Value x='1'>s</c:Value>", "*</c:Value>"),
            (
                "<c:Value xsi:type=\"xsd:string\">s</c:Value>",
                "<c:Value xsi:type=\"xsd:string\">*</c:Value>",
            ),
            ("<Name>a b@c</Name>", "<Name>*</Name>"),
            ("<SerialNumber>S1</SerialNumber", "<SerialNumber>*"),
            ("<secret/>\n<ID a=\"secret\">1</ID>", "*</ID>"),
            ("<!-- secret --><?secret?><![CDATA[secret]]>", "*"),
            ("<Body><x", "<Body>*"),
        ] {
            assert_eq!(redact_unreadable(body, "*"), expected, "{body}");
        }
    }
}
