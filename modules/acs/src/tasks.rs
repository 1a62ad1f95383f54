//! What runs beside the requests: each compares what is with what should be, a bounded batch at a
//! time, on a timer; a nudge only makes it sooner.

pub mod backfill;
pub mod bulk;
pub mod census;
pub mod discover;
pub mod drain;
pub mod housekeep;
pub mod import;
pub mod listen;
pub mod search;
pub mod sweep;
pub mod trace;
pub mod twin;
