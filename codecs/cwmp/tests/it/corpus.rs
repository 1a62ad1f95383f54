//! The fuzzer's corpus, and damage to every message, run as plain tests.

use std::path::Path;

use regia_cwmp::{
    AcsMessage, CpeMessage, Dialect, Envelope, Limits, ParseError, parse_acs, parse_cpe,
    read_dialect, write_acs, write_cpe,
};

use crate::every_message::{Valid, of_acs, of_cpe};

#[test]
fn the_corpus_is_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/cwmp");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        crate::target::run(&std::fs::read(entry.unwrap().path()).unwrap());
        files += 1;
    }
    assert!(files >= 10, "{files} files in the corpus");
}

/// Where the part of an envelope begins that is not the same for all.
fn start_of_id(bytes: &[u8]) -> usize {
    bytes
        .windows(4)
        .position(|window| window == b":ID ")
        .unwrap()
}

#[test]
fn a_message_cut_anywhere_is_refused_unless_only_closing_tags_are_lost() {
    let limits = Limits::default();
    let envelope = Envelope::new("1".to_owned(), Dialect::default(), ());
    for message in of_cpe(&mut Valid) {
        let bytes = write_cpe(&envelope.answer(message));
        for end in start_of_id(&bytes)..end_of_message(&bytes) {
            assert_cut(parse_cpe(&bytes[..end], &limits));
        }
        for end in end_of_message(&bytes)..bytes.len() {
            let whole = parse_cpe(&bytes, &limits);
            assert_eq!(parse_cpe(&bytes[..end], &limits), whole, "{end}");
        }
    }
    for message in of_acs(&mut Valid) {
        let bytes = write_acs(&envelope.answer(message));
        for end in start_of_id(&bytes)..end_of_message(&bytes) {
            assert_cut(parse_acs(&bytes[..end], &limits));
        }
    }
    let bytes = write_acs(&envelope.answer(AcsMessage::FactoryReset));
    for end in 0..end_of_message(&bytes) {
        assert_cut(parse_acs(&bytes[..end], &limits));
    }
}

/// Where nothing but the closing tags of Body and Envelope is left.
fn end_of_message(bytes: &[u8]) -> usize {
    let closing = b"</SOAP-ENV:Body>";
    bytes
        .windows(closing.len())
        .position(|window| window == closing)
        .unwrap()
}

#[test]
fn what_is_cut_and_what_is_odd_among_the_closing_tags_are_told_apart() {
    let envelope = Envelope::new("1".to_owned(), Dialect::default(), ());
    let bytes = write_cpe(&envelope.answer(CpeMessage::RebootResponse));
    let start = &bytes[..end_of_message(&bytes)];
    for (rest, reads) in [
        ("", true),
        ("\n", true),
        ("<", true),
        ("</SOAP-ENV:Bo", true),
        ("</SOAP-ENV:Body>", true),
        ("</SOAP-ENV:Body>\n</SOAP-", true),
        ("</other>", false),
        ("<other", false),
        ("</SOAP-ENV:Body></SOAP-ENV:Body>", false),
        ("<cwmp:RebootResponse/>", false),
    ] {
        let body = [start, rest.as_bytes()].concat();
        let read = parse_cpe(&body, &Limits::default());
        assert_eq!(read.is_ok(), reads, "{rest:?} {read:?}");
    }
}

#[test]
fn the_dialect_of_a_broken_body_is_known_from_its_first_tag() {
    let soap = "xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"";
    for (body, prefix) in [
        (
            format!("<soapenv:Envelope {soap}><soapenv:Bo"),
            Some("soapenv"),
        ),
        (
            format!("<soapenv:Envelope {soap}><soapenv:Body>\u{0}<<"),
            Some("soapenv"),
        ),
        ("<Envelope><a></b>".to_owned(), Some("SOAP-ENV")),
        (format!("<soapenv:Envelope {soap}"), None),
        ("<html>".to_owned(), None),
        (String::new(), None),
    ] {
        let dialect = read_dialect(body.as_bytes());
        let found = dialect.as_ref().map(Dialect::soap_prefix);
        assert_eq!(found, prefix, "{body}");
    }
}

fn assert_cut<M: std::fmt::Debug>(read: Result<M, ParseError>) {
    match read {
        Err(error @ (ParseError::Truncated { .. } | ParseError::IllFormed { .. })) => {
            assert_eq!(error.fault_code(), 8003);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_with_any_byte_changed_is_survived() {
    let envelope = Envelope::new("1".to_owned(), Dialect::default(), ());
    for message in of_cpe(&mut Valid).into_iter().step_by(4) {
        let bytes = write_cpe(&envelope.answer(message));
        let places = start_of_id(&bytes)..bytes.len();
        for (place, changed) in places.zip(b"<>&\":\0\xFF".iter().cycle()) {
            let mut damaged = bytes.clone();
            damaged[place] = *changed;
            crate::target::run(&damaged);
        }
    }
}
