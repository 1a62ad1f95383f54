//! What a person knows or holds to prove who they are: passwords, one-time codes, recovery codes.

mod one_time;
mod password;
mod qr;
mod recovery;

pub use one_time::OneTimeKey;
pub use password::{LONGEST_PASSWORD_BYTES, PasswordRule, Person, WeakPassword};
pub use qr::{QrPath, qr_path};
pub use recovery::{RECOVERY_CODES, draw_recovery_codes, plain_code};
