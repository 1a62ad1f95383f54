//! Typed identifiers: a number or a text that says whose it is.

/// Declares a copyable identifier over a database `bigint`.
///
/// The type shows, parses and serialises as its bare number.
#[macro_export]
macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
            $crate::serde::Serialize, $crate::serde::Deserialize,
        )]
        #[serde(crate = "regia_ident::serde", transparent)]
        pub struct $name(pub i64);

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = ::core::num::ParseIntError;

            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

#[doc(hidden)]
pub use serde;

use crate as regia_ident;

id! {
    /// A node of the tree of territories; part of the key of every domain row.
    TerritoryId
}

impl TerritoryId {
    /// The one territory that every installation has.
    pub const ROOT: Self = Self(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_and_shows_as_its_number() {
        let id: TerritoryId = "42".parse().unwrap();
        assert_eq!(id, TerritoryId(42));
        assert_eq!(id.to_string(), "42");
        assert!("x".parse::<TerritoryId>().is_err());
    }
}
