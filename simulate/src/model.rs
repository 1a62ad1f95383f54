//! Data models of simulated CPEs: what there is, what it holds, how it changes.
//!
//! A [`Template`] is one tree after a standard, shared by many CPEs; a [`Tree`] is one CPE's own
//! view of it: what was set, added and deleted since the last factory reset.

mod template;
mod text;
mod tree;
mod value;

#[cfg(test)]
mod tests;

pub use template::{Standard, Template};
pub use tree::Tree;
pub use value::{Factory, Facts, Identity};
pub(crate) use value::{boolean, mix, timestamp, wan_address};
