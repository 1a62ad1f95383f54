//! Simulated CPEs: for demos, load and tests; no module links them.

pub mod load;
pub mod url;
