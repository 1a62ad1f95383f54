//! Whole numbers as templates hand them over: of any type, by value or by reference.

/// A number that is counted or measured; what is below zero counts as zero.
pub trait Quantity {
    /// The number.
    fn quantity(&self) -> u64;
}

impl<T: Quantity> Quantity for &T {
    fn quantity(&self) -> u64 {
        (*self).quantity()
    }
}

macro_rules! quantities {
    ($($number:ty)*) => {
        $(impl Quantity for $number {
            fn quantity(&self) -> u64 {
                u64::try_from(*self).unwrap_or(0)
            }
        })*
    };
}

quantities!(u8 u16 u32 u64 usize i16 i32 i64);
