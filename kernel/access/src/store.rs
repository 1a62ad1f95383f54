//! The rows of schema `access` that say who may do what.

pub(crate) mod mandate;
