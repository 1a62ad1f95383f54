//! The rows of schema `access` that are about people.

pub mod ending;
pub(crate) mod user;
pub(crate) mod user_link;
