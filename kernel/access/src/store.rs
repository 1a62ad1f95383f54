//! The rows of schema `access` that say who may do what.

pub(crate) mod few;
pub(crate) mod mandate;
