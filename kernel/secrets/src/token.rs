//! Random secrets that open something: in a cookie or a link, and nowhere else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use regia_clock::Chance;

/// Bytes of a token.
pub const TOKEN_BYTES: usize = 32;

/// Bytes as a cookie or an address carries them; none when they cannot be a token.
#[must_use]
pub fn parse(text: &str) -> Option<[u8; TOKEN_BYTES]> {
    let mut bytes = [0; TOKEN_BYTES];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    (length == TOKEN_BYTES).then_some(bytes)
}

/// The same as text.
#[must_use]
pub fn to_text(bytes: &[u8; TOKEN_BYTES]) -> crate::Secret {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// Declares a token; its purpose is part of its hash, so that none passes for another kind.
#[macro_export]
macro_rules! token {
    ($(#[$meta:meta])* $name:ident, $purpose:literal) => {
        $(#[$meta])*
        #[derive(Clone)]
        pub struct $name(pub(crate) [u8; $crate::token::TOKEN_BYTES]);

        impl $name {
            pub(crate) fn draw(chance: &$crate::token::Chance) -> Self {
                Self(chance.bytes())
            }

            /// A token as text; none when it cannot be one.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                $crate::token::parse(text).map(Self)
            }

            /// The token as text.
            #[must_use]
            pub fn to_text(&self) -> $crate::Secret {
                $crate::token::to_text(&self.0)
            }

            /// What is stored.
            pub(crate) fn hash(&self, key: &$crate::Key) -> [u8; 32] {
                key.mac(&[$purpose, &self.0])
            }

            /// What may be stored since before a rotation of the secret key.
            pub(crate) fn hashes(&self, key: &$crate::Key) -> Vec<[u8; 32]> {
                key.macs(&[$purpose, &self.0])
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "([secret])"))
            }
        }
    };
}
