//! One file for each verb of the command line.

pub(crate) mod config;
pub(crate) mod reference;
pub(crate) mod serve;
