//! What the fuzzer runs, and the corpus test with it.

use regia_cwmp::{Limits, decode, parse_acs, parse_cpe, write_acs, write_cpe};

/// Reads bytes from nobody knows whom; whatever can be read must survive being written.
///
/// # Panics
/// When a message changes on its way through the writer.
pub(crate) fn run(data: &[u8]) {
    let small = Limits {
        max_body_bytes: 64 * 1024,
        max_elements: 2_000,
        ..Limits::default()
    };
    let Ok(body) = decode(data, None) else { return };
    if let Ok(read) = parse_cpe(&body, &small) {
        let again = parse_cpe(&write_cpe(&read), &Limits::default()).expect("reads back");
        assert_eq!(
            (again.id, again.header, again.message),
            (read.id, read.header, read.message)
        );
    }
    if let Ok(read) = parse_acs(&body, &small) {
        let again = parse_acs(&write_acs(&read), &Limits::default()).expect("reads back");
        assert_eq!(
            (again.id, again.header, again.message),
            (read.id, read.header, read.message)
        );
    }
}
