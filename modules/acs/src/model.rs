//! What the module talks about: plain data that is valid once it exists.

pub mod bulk;
pub mod command;
pub mod delivery;
pub mod device;
pub mod document;
pub mod file;
pub mod grant;
pub mod history;
pub mod identity;
pub mod import;
pub mod index;
pub mod note;
pub mod onboarding;
pub mod sample;
pub mod search;
pub mod task;
pub mod trace;
pub mod tree;
