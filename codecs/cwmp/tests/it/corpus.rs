//! The fuzzer's corpus, and damage to every message, run as plain tests.

use std::path::Path;

use regia_cwmp::{
    AcsMessage, Dialect, Envelope, Limits, ParseError, parse_acs, parse_cpe, write_acs, write_cpe,
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
fn a_message_cut_anywhere_is_refused() {
    let limits = Limits::default();
    let envelope = Envelope::new("1".to_owned(), Dialect::default(), ());
    for message in of_cpe(&mut Valid) {
        let bytes = write_cpe(&envelope.answer(message));
        for end in start_of_id(&bytes)..bytes.len() {
            assert_cut(parse_cpe(&bytes[..end], &limits));
        }
    }
    for message in of_acs(&mut Valid) {
        let bytes = write_acs(&envelope.answer(message));
        for end in start_of_id(&bytes)..bytes.len() {
            assert_cut(parse_acs(&bytes[..end], &limits));
        }
    }
    let bytes = write_acs(&envelope.answer(AcsMessage::FactoryReset));
    for end in 0..bytes.len() {
        assert_cut(parse_acs(&bytes[..end], &limits));
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
