//! What the module talks about: plain data that is valid once it exists.

pub mod command;
pub mod device;
pub mod document;
pub mod file;
pub mod history;
pub mod identity;
pub mod index;
pub mod search;
pub mod task;
pub mod tree;
