//! Decisions: state and facts in, what to do out. No IO.

pub mod announce;
pub mod attachment;
pub mod change;
pub mod facts;
pub mod index;
pub mod plan;
pub mod popular;
pub mod secrecy;
pub mod settle;
pub mod sheet;
pub mod steps;
pub mod transfer;
