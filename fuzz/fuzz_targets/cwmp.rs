//! CWMP bodies from nobody knows whom; the same function runs over the corpus in the crate's tests.
#![no_main]

#[path = "../../codecs/cwmp/tests/it/target.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|data: &[u8]| target::run(data));
