//! Secrets of the installation: text that never shows itself, and the secret key with everything
//! that is derived from it (keyed hashes, sealed bytes, tokens), across rotations of that key.

#[doc(hidden)]
pub mod token;

mod key;
mod ring;
mod secret;

pub use key::{CannotOpen, Key};
pub use ring::{KeyError, KeyRing};
pub use secret::Secret;
