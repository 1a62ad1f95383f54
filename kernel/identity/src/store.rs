//! The rows of schema `access` that are about logins.

pub(crate) mod account;
pub(crate) mod half_login;
pub(crate) mod login;
pub(crate) mod second_factor;

/// Hashes as a statement binds them.
fn slices(hashes: &[[u8; 32]]) -> Vec<&[u8]> {
    hashes.iter().map(<[u8; 32]>::as_slice).collect()
}
