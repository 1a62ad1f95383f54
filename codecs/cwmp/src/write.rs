//! Writing envelopes, straight into one vector of bytes.

use crate::dialect::{Dialect, ENCODING_NAMESPACE, SOAP_NAMESPACE, element_name};
use crate::envelope::{Envelope, Header};
use crate::fragment::Fragment;
use crate::message::{AcsMessage, CpeMessage};
use crate::shape::Message;
use crate::text::escape_into;

/// Writes what an ACS sends, spelled as the envelope's dialect says and without an XML
/// declaration: real CPEs drop answers that have one (seen: netcwmp).
///
/// The bytes are well-formed whatever the texts hold; characters that XML does not have become
/// U+FFFD (see [`valid_text`](crate::valid_text)).
#[must_use]
pub fn write_acs(envelope: &Envelope<AcsMessage>) -> Vec<u8> {
    write_envelope(envelope)
}

/// Writes what a CPE sends, as [`write_acs`] does.
#[must_use]
pub fn write_cpe(envelope: &Envelope<CpeMessage>) -> Vec<u8> {
    write_envelope(envelope)
}

fn write_envelope<M: Message>(envelope: &Envelope<M>) -> Vec<u8> {
    let dialect = &envelope.dialect;
    let mut out = Writer {
        out: Vec::with_capacity(1024),
        dialect,
    };
    let soap = &*dialect.soap;
    out.put(&["<", soap, ":Envelope"]);
    for (prefix, namespace) in [
        (soap, SOAP_NAMESPACE),
        (&*dialect.encoding, ENCODING_NAMESPACE),
        (&*dialect.xsi, &*dialect.xsi_namespace),
        (&*dialect.xsd, &*dialect.xsd_namespace),
        (&*dialect.cwmp, &*dialect.cwmp_namespace),
    ] {
        out.put(&[" xmlns:", prefix, "=\""]);
        out.escaped(namespace);
        out.put(&["\""]);
    }
    out.put(&[">"]);
    write_header(envelope.id.as_deref(), &envelope.header, &mut out);
    out.put(&["<", soap, ":Body>"]);
    envelope.message.write(&mut out);
    out.put(&["</", soap, ":Body></", soap, ":Envelope>"]);
    out.out
}

fn write_header(id: Option<&str>, header: &Header, out: &mut Writer<'_>) {
    if id.is_none() && *header == Header::default() {
        return;
    }
    let soap = &*out.dialect.soap;
    out.put(&["<", soap, ":Header>"]);
    let timeout = header.session_timeout.map(|seconds| seconds.to_string());
    for (name, must_understand, text) in [
        ("ID", "1", id),
        ("HoldRequests", "1", header.hold_requests.then_some("1")),
        (
            "NoMoreRequests",
            "1",
            header.no_more_requests.then_some("1"),
        ),
        ("SessionTimeout", "0", timeout.as_deref()),
        (
            "SupportedCWMPVersions",
            "0",
            header.supported_versions.as_deref(),
        ),
        ("UseCWMPVersion", "1", header.use_version.as_deref()),
    ] {
        let Some(text) = text else { continue };
        let cwmp = out.cwmp_prefix();
        out.put(&[
            "<",
            cwmp,
            ":",
            name,
            " ",
            soap,
            ":mustUnderstand=\"",
            must_understand,
            "\">",
        ]);
        out.escaped(text);
        out.close_message(name);
    }
    out.put(&["</", soap, ":Header>"]);
}

/// Where the bytes go.
pub(crate) struct Writer<'d> {
    out: Vec<u8>,
    dialect: &'d Dialect,
}

impl<'d> Writer<'d> {
    /// Opens an element of the CWMP namespace: a message or its fault.
    pub(crate) fn open_message(&mut self, name: &str) {
        self.put(&["<", &self.dialect.cwmp, ":", element_name(name), ">"]);
    }

    /// Closes an element of the CWMP namespace.
    pub(crate) fn close_message(&mut self, name: &str) {
        self.put(&["</", &self.dialect.cwmp, ":", element_name(name), ">"]);
    }

    /// Opens an element of the SOAP namespace.
    pub(crate) fn open_soap(&mut self, name: &str) {
        self.put(&["<", &self.dialect.soap, ":", name, ">"]);
    }

    /// Closes an element of the SOAP namespace.
    pub(crate) fn close_soap(&mut self, name: &str) {
        self.put(&["</", &self.dialect.soap, ":", name, ">"]);
    }

    /// Opens an unqualified element, as all within a message are.
    pub(crate) fn open(&mut self, element: &str) {
        self.put(&["<", element, ">"]);
    }

    /// Opens an element with an `xsi:type` of prefix and name.
    pub(crate) fn open_typed(&mut self, element: &str, (prefix, name): (&str, &str)) {
        self.put(&[
            "<",
            element,
            " ",
            &self.dialect.xsi,
            ":type=\"",
            prefix,
            ":",
            name,
            "\">",
        ]);
    }

    /// Opens a SOAP array (SOAP 1.1 5.4.2) of `length` entries of a type of prefix and name.
    pub(crate) fn open_array(
        &mut self,
        element: &str,
        (prefix, name): (&str, &str),
        length: usize,
    ) {
        let encoding = &self.dialect.encoding;
        self.put(&[
            "<",
            element,
            " ",
            encoding,
            ":arrayType=\"",
            prefix,
            ":",
            name,
            "[",
        ]);
        self.put(&[&length.to_string(), "]\">"]);
    }

    pub(crate) fn close(&mut self, element: &str) {
        self.put(&["</", element, ">"]);
    }

    /// An unqualified element with text.
    pub(crate) fn leaf(&mut self, element: &str, text: &str) {
        self.open(element);
        self.escaped(text);
        self.close(element);
    }

    /// Text within an element or a quoted attribute.
    pub(crate) fn escaped(&mut self, text: &str) {
        escape_into(&mut self.out, text);
    }

    /// Content of a message that has no type here.
    pub(crate) fn fragment(&mut self, fragment: &Fragment) {
        fragment.write(self.dialect, &mut self.out);
    }

    pub(crate) fn cwmp_prefix(&self) -> &'d str {
        &self.dialect.cwmp
    }

    pub(crate) fn xsd_prefix(&self) -> &'d str {
        &self.dialect.xsd
    }

    fn put(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }
}
