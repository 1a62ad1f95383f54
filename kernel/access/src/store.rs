//! The rows of schema `access`.

pub(crate) mod half_login;
pub(crate) mod login;
pub(crate) mod mandate;
pub(crate) mod second_factor;
pub(crate) mod user;
pub(crate) mod user_link;

pub use login::LoginSummary;
pub use user::{UserFilter, UserState, UserSummary};

/// Hashes as a statement binds them.
fn slices(hashes: &[[u8; 32]]) -> Vec<&[u8]> {
    hashes.iter().map(<[u8; 32]>::as_slice).collect()
}
