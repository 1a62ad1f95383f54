//! Prefixes and namespaces: how one peer spells its envelopes.
//!
//! Some CPEs look for literal names such as `SOAP-ENV:Envelope` instead of resolving namespaces
//! (seen: netcwmp), and some name versions that do not exist (`cwmp-1-3`, `cwmp-1-4`), so that an
//! answer must be spelled the way the CPE spells.

use std::borrow::Cow;

pub(crate) const SOAP_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const ENCODING_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/encoding/";

/// The prefixes and namespaces of one peer.
///
/// All prefixes are plain ASCII names and differ from each other, and all namespaces are free of
/// white space, so that whatever was made here can be written into an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dialect {
    pub(crate) soap: Name,
    pub(crate) encoding: Name,
    pub(crate) cwmp: Name,
    pub(crate) xsi: Name,
    pub(crate) xsd: Name,
    pub(crate) xsi_namespace: Name,
    pub(crate) xsd_namespace: Name,
    pub(crate) cwmp_namespace: Name,
}

/// A prefix or namespace; the usual ones are not allocated.
pub(crate) type Name = Cow<'static, str>;

/// A namespace declaration: prefix, namespace.
pub(crate) type Declaration = (Name, Name);

/// What devices are known to use, so that a parse does not allocate for it.
const USUAL: [&str; 16] = [
    "SOAP-ENV",
    "SOAP-ENC",
    "soapenv",
    "soapenc",
    "soap-env",
    "soap-enc",
    "soap",
    "cwmp",
    "xsi",
    "xsd",
    SOAP_NAMESPACE,
    ENCODING_NAMESPACE,
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/2001/XMLSchema",
    "urn:dslforum-org:cwmp-1-0",
    "urn:dslforum-org:cwmp-1-2",
];

const CWMP_NAMESPACE_START: &str = "urn:dslforum-org:cwmp-";

impl Default for Dialect {
    /// CWMP 1.0 with the prefixes of the standard's examples.
    fn default() -> Self {
        Self {
            soap: Cow::Borrowed("SOAP-ENV"),
            encoding: Cow::Borrowed("SOAP-ENC"),
            cwmp: Cow::Borrowed("cwmp"),
            xsi: Cow::Borrowed("xsi"),
            xsd: Cow::Borrowed("xsd"),
            xsi_namespace: Cow::Borrowed("http://www.w3.org/2001/XMLSchema-instance"),
            xsd_namespace: Cow::Borrowed("http://www.w3.org/2001/XMLSchema"),
            cwmp_namespace: Cow::Borrowed("urn:dslforum-org:cwmp-1-0"),
        }
    }
}

impl Dialect {
    /// The usual spelling of CWMP 1.`minor`. Versions 1.2, 1.3 and 1.4 share the namespace of 1.2.
    #[must_use]
    pub fn cwmp(minor: u8) -> Self {
        let cwmp_namespace = match minor {
            0 => "urn:dslforum-org:cwmp-1-0",
            1 => "urn:dslforum-org:cwmp-1-1",
            _ => "urn:dslforum-org:cwmp-1-2",
        };
        Self {
            cwmp_namespace: Cow::Borrowed(cwmp_namespace),
            ..Self::default()
        }
    }

    /// The namespace of the messages, as the peer sent it.
    #[must_use]
    pub fn cwmp_namespace(&self) -> &str {
        &self.cwmp_namespace
    }

    /// The prefix of the SOAP envelope, as the peer sent it.
    #[must_use]
    pub fn soap_prefix(&self) -> &str {
        &self.soap
    }

    /// One line for storing: five prefixes (SOAP, encoding, CWMP, xsi, xsd) and three namespaces
    /// (xsi, xsd, CWMP), separated by single spaces.
    #[must_use]
    pub fn to_text(&self) -> String {
        [
            &self.soap,
            &self.encoding,
            &self.cwmp,
            &self.xsi,
            &self.xsd,
            &self.xsi_namespace,
            &self.xsd_namespace,
            &self.cwmp_namespace,
        ]
        .map(|name| &**name)
        .join(" ")
    }

    /// Reads what [`Self::to_text`] wrote. `None` when it is anything else, or when a prefix is no
    /// plain ASCII name or stands twice.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ').map(intern);
        let dialect = Self {
            soap: parts.next()?,
            encoding: parts.next()?,
            cwmp: parts.next()?,
            xsi: parts.next()?,
            xsd: parts.next()?,
            xsi_namespace: parts.next()?,
            xsd_namespace: parts.next()?,
            cwmp_namespace: parts.next()?,
        };
        let namespaces = [
            &dialect.xsi_namespace,
            &dialect.xsd_namespace,
            &dialect.cwmp_namespace,
        ];
        (parts.next().is_none()
            && dialect.has_good_prefixes()
            && namespaces
                .into_iter()
                .all(|namespace| is_namespace(namespace)))
        .then_some(dialect)
    }

    /// What the peer declared, with the usual spelling for all that it left out or that cannot be
    /// repeated (a default namespace would also catch the unqualified elements of a message).
    ///
    /// `soap` is the prefix of the envelope, `message` that of the message's element; later
    /// declarations win.
    pub(crate) fn observed(declarations: &[Declaration], soap: &str, message: &str) -> Self {
        let find = |wanted: &dyn Fn(&str, &str) -> bool| {
            let mut innermost = declarations.iter().rev();
            innermost
                .find(|(prefix, namespace)| is_namespace(namespace) && wanted(prefix, namespace))
        };
        let mut dialect = Self {
            soap: intern(soap),
            ..Self::default()
        };
        if let Some((prefix, _)) = find(&|_, namespace| namespace.ends_with("soap/encoding/")) {
            dialect.encoding = prefix.clone();
        }
        if let Some((prefix, namespace)) = find(&|_, uri| uri.ends_with("XMLSchema-instance")) {
            dialect.xsi = prefix.clone();
            dialect.xsi_namespace = namespace.clone();
        }
        if let Some((prefix, namespace)) = find(&|_, uri| uri.ends_with("/XMLSchema")) {
            dialect.xsd = prefix.clone();
            dialect.xsd_namespace = namespace.clone();
        }
        let cwmp = find(&|prefix, uri| prefix == message && uri != SOAP_NAMESPACE)
            .or_else(|| find(&|_, uri| uri.starts_with(CWMP_NAMESPACE_START)));
        if let Some((prefix, namespace)) = cwmp {
            dialect.cwmp_namespace = namespace.clone();
            if !prefix.is_empty() {
                dialect.cwmp = prefix.clone();
            }
        }
        if dialect.soap.is_empty() {
            dialect.soap = Self::default().soap;
        }
        if dialect.has_good_prefixes() {
            dialect
        } else {
            dialect.with_usual_prefixes()
        }
    }

    fn prefixes(&self) -> [&Name; 5] {
        [&self.soap, &self.encoding, &self.cwmp, &self.xsi, &self.xsd]
    }

    fn has_good_prefixes(&self) -> bool {
        let prefixes = self.prefixes();
        let repeated = prefixes
            .iter()
            .enumerate()
            .any(|(place, prefix)| prefixes.iter().skip(place + 1).any(|other| other == prefix));
        !repeated && prefixes.into_iter().all(|prefix| is_prefix(prefix))
    }

    fn with_usual_prefixes(self) -> Self {
        let Self {
            xsi_namespace,
            xsd_namespace,
            cwmp_namespace,
            ..
        } = self;
        Self {
            xsi_namespace,
            xsd_namespace,
            cwmp_namespace,
            ..Self::default()
        }
    }
}

/// Takes the static copy of a usual name, else allocates.
pub(crate) fn intern(name: &str) -> Name {
    USUAL.iter().find(|usual| **usual == name).map_or_else(
        || Cow::Owned(name.to_owned()),
        |usual| Cow::Borrowed(*usual),
    )
}

fn is_prefix(text: &str) -> bool {
    text.len() <= 32
        && is_plain_name(text)
        && !text
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("xml"))
}

/// The part of XML's names (`NCName`) that every parser in every device understands.
pub(crate) fn is_plain_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(plain)
}

/// A message that this codec does not know may be called anything, also something that is no name.
pub(crate) fn element_name(name: &str) -> &str {
    if is_plain_name(name) { name } else { "Unknown" }
}

fn is_namespace(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observe(declarations: &[(&str, &str)], soap: &str, message: &str) -> String {
        let declarations: Vec<Declaration> = declarations
            .iter()
            .map(|(prefix, uri)| (intern(prefix), intern(uri)))
            .collect();
        Dialect::observed(&declarations, soap, message).to_text()
    }

    const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    const XSD: &str = "http://www.w3.org/2001/XMLSchema";
    const CWMP_1_0: &str = "urn:dslforum-org:cwmp-1-0";

    /// A spelling that is usual but for the messages.
    fn usual(cwmp: &str, namespace: &str) -> String {
        format!("SOAP-ENV SOAP-ENC {cwmp} xsi xsd {XSI} {XSD} {namespace}")
    }

    #[test]
    fn a_peer_is_answered_in_its_own_spelling() {
        let spelling = [
            ("s", SOAP_NAMESPACE),
            ("e", ENCODING_NAMESPACE),
            ("i", "http://www.w3.org/1999/XMLSchema-instance"),
            ("d", "http://www.w3.org/1999/XMLSchema"),
            ("c", "urn:dslforum-org:cwmp-1-4"),
        ];
        assert_eq!(
            observe(&spelling, "s", "c"),
            "s e c i d http://www.w3.org/1999/XMLSchema-instance \
             http://www.w3.org/1999/XMLSchema urn:dslforum-org:cwmp-1-4"
        );
    }

    #[test]
    fn the_message_decides_which_namespace_is_its_own() {
        let soap = ("SOAP-ENV", SOAP_NAMESPACE);
        let (v1, v2) = ("urn:dslforum-org:cwmp-1-1", "urn:dslforum-org:cwmp-1-2");
        assert_eq!(
            observe(&[soap, ("v", "urn:odd")], "SOAP-ENV", "v"),
            usual("v", "urn:odd")
        );
        assert_eq!(
            observe(&[("a", v2), ("b", v1)], "SOAP-ENV", "a"),
            usual("a", v2)
        );
        // The innermost declaration wins.
        assert_eq!(
            observe(&[("c", v1), ("c", v2)], "SOAP-ENV", "c"),
            usual("c", v2)
        );
        // A fault is a SOAP element; its version is declared beside it.
        assert_eq!(
            observe(&[soap, ("c", v1)], "SOAP-ENV", "SOAP-ENV"),
            usual("c", v1)
        );
    }

    #[test]
    fn what_cannot_be_repeated_is_replaced() {
        let defaults = [("", SOAP_NAMESPACE), ("", "urn:dslforum-org:cwmp-1-1")];
        assert_eq!(
            observe(&defaults, "", ""),
            usual("cwmp", "urn:dslforum-org:cwmp-1-1")
        );
        for (declaration, soap, message) in [
            (("", ""), "", ""),
            (("xml", CWMP_1_0), "SOAP-ENV", "xml"),
            (("cwmp", SOAP_NAMESPACE), "cwmp", "cwmp"),
            (("c", "a b"), "SOAP-ENV", "c"),
            (("c", CWMP_1_0), "a\"b", "c"),
        ] {
            assert_eq!(
                observe(&[declaration], soap, message),
                usual("cwmp", CWMP_1_0)
            );
        }
    }

    #[test]
    fn a_dialect_is_stored_as_one_line() {
        for minor in 0..5 {
            let dialect = Dialect::cwmp(minor);
            assert_eq!(Dialect::from_text(&dialect.to_text()), Some(dialect));
        }
        for text in [
            "",
            "a b c d e",
            "a b c d e u:1 u:2 u:3 more",
            "a b c d a u:1 u:2 u:3",
            "a b c d 1 u:1 u:2 u:3",
            "a b c d XmL u:1 u:2 u:3",
            "a b c d é u:1 u:2 u:3",
            "a b c d e u:1 u:2 ",
            "a b c d e u:1 u:2 u:\u{e9}",
        ] {
            assert_eq!(Dialect::from_text(text), None, "{text:?}");
        }
    }
}
