//! One file for each verb of the command line.

pub(crate) mod admin;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod reference;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod simulate;
