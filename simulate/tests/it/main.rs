//! Simulated CPEs against a scripted ACS.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acs;
mod load;
