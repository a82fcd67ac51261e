//! One number or two side by side: what the elementary functions are written for.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// IEEE doubles, each lane by itself.
pub(crate) trait Lanes:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The same number in each lane.
    fn all(value: f64) -> Self;
    /// The smaller one; `most` where `self` is NaN.
    fn at_most(self, most: f64) -> Self;
    /// The bits as integers: self - other.
    fn bits_minus(self, other: Self) -> Self;
    /// The bits as integers: self + add, modulo 2^64.
    fn bits_plus(self, add: u64) -> Self;
    /// The bits as unsigned integers, shifted left by 52.
    fn bits_up_52(self) -> Self;
    /// The bits as unsigned integers, shifted right by 52.
    fn bits_down_52(self) -> Self;
}

impl Lanes for f64 {
    #[inline(always)]
    fn all(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn at_most(self, most: f64) -> Self {
        if self < most { self } else { most }
    }
    #[inline(always)]
    fn bits_minus(self, other: Self) -> Self {
        f64::from_bits(self.to_bits().wrapping_sub(other.to_bits()))
    }
    #[inline(always)]
    fn bits_plus(self, add: u64) -> Self {
        f64::from_bits(self.to_bits().wrapping_add(add))
    }
    #[inline(always)]
    fn bits_up_52(self) -> Self {
        f64::from_bits(self.to_bits() << 52)
    }
    #[inline(always)]
    fn bits_down_52(self) -> Self {
        f64::from_bits(self.to_bits() >> 52)
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use portable::Two;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use wasm::Two;

/// With WebAssembly's vector instructions.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm {
    use core::arch::wasm32::{
        f64x2, f64x2_add, f64x2_div, f64x2_eq, f64x2_extract_lane, f64x2_ge, f64x2_gt, f64x2_mul,
        f64x2_neg, f64x2_pmax, f64x2_pmin, f64x2_splat, f64x2_sub, i64x2_add, i64x2_shl, i64x2_sub,
        u64x2_extract_lane, u64x2_shr, u64x2_splat, v128, v128_and, v128_andnot, v128_bitselect,
        v128_or, v128_xor,
    };
    use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

    use super::Lanes;

    /// Two numbers.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Two(v128);

    impl Two {
        #[inline(always)]
        pub(crate) fn new(first: f64, second: f64) -> Two {
            Two(f64x2(first, second))
        }
        #[inline(always)]
        pub(crate) fn or_larger(self, other: Two) -> Two {
            Two(f64x2_pmax(self.0, other.0))
        }
        #[inline(always)]
        pub(crate) fn numbers(self) -> [f64; 2] {
            [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
        }
        #[inline(always)]
        pub(crate) fn bits(self) -> [u64; 2] {
            [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
        }
        #[inline(always)]
        pub(crate) fn of_bits(bits: u64) -> Two {
            Two(u64x2_splat(bits))
        }
        #[inline(always)]
        pub(crate) fn bits_up(self, by: u32) -> Two {
            Two(i64x2_shl(self.0, by))
        }
        #[inline(always)]
        pub(crate) fn bits_down(self, by: u32) -> Two {
            Two(u64x2_shr(self.0, by))
        }
        #[inline(always)]
        pub(crate) fn bits_sum(self, other: Two) -> Two {
            Two(i64x2_add(self.0, other.0))
        }
        #[inline(always)]
        pub(crate) fn is(self, other: Two) -> Two {
            Two(f64x2_eq(self.0, other.0))
        }
        #[inline(always)]
        pub(crate) fn is_above(self, other: Two) -> Two {
            Two(f64x2_gt(self.0, other.0))
        }
        #[inline(always)]
        pub(crate) fn is_from(self, least: Two) -> Two {
            Two(f64x2_ge(self.0, least.0))
        }
        #[inline(always)]
        pub(crate) fn choose(self, one: Two, other: Two) -> Two {
            Two(v128_bitselect(one.0, other.0, self.0))
        }
        #[inline(always)]
        pub(crate) fn except(self, other: Two) -> Two {
            Two(v128_andnot(self.0, other.0))
        }
    }

    impl BitAnd for Two {
        type Output = Two;
        #[inline(always)]
        fn bitand(self, other: Two) -> Two {
            Two(v128_and(self.0, other.0))
        }
    }
    impl BitOr for Two {
        type Output = Two;
        #[inline(always)]
        fn bitor(self, other: Two) -> Two {
            Two(v128_or(self.0, other.0))
        }
    }
    impl BitXor for Two {
        type Output = Two;
        #[inline(always)]
        fn bitxor(self, other: Two) -> Two {
            Two(v128_xor(self.0, other.0))
        }
    }

    impl Add for Two {
        type Output = Two;
        #[inline(always)]
        fn add(self, other: Two) -> Two {
            Two(f64x2_add(self.0, other.0))
        }
    }
    impl Sub for Two {
        type Output = Two;
        #[inline(always)]
        fn sub(self, other: Two) -> Two {
            Two(f64x2_sub(self.0, other.0))
        }
    }
    impl Mul for Two {
        type Output = Two;
        #[inline(always)]
        fn mul(self, other: Two) -> Two {
            Two(f64x2_mul(self.0, other.0))
        }
    }
    impl Div for Two {
        type Output = Two;
        #[inline(always)]
        fn div(self, other: Two) -> Two {
            Two(f64x2_div(self.0, other.0))
        }
    }
    impl Neg for Two {
        type Output = Two;
        #[inline(always)]
        fn neg(self) -> Two {
            Two(f64x2_neg(self.0))
        }
    }

    impl Lanes for Two {
        #[inline(always)]
        fn all(value: f64) -> Self {
            Two(f64x2_splat(value))
        }
        #[inline(always)]
        fn at_most(self, most: f64) -> Self {
            // pmin(a, b) is b < a ? b : a.
            Two(f64x2_pmin(f64x2_splat(most), self.0))
        }
        #[inline(always)]
        fn bits_minus(self, other: Self) -> Self {
            Two(i64x2_sub(self.0, other.0))
        }
        #[inline(always)]
        fn bits_plus(self, add: u64) -> Self {
            Two(i64x2_add(self.0, u64x2_splat(add)))
        }
        #[inline(always)]
        fn bits_up_52(self) -> Self {
            Two(i64x2_shl(self.0, 52))
        }
        #[inline(always)]
        fn bits_down_52(self) -> Self {
            Two(u64x2_shr(self.0, 52))
        }
    }
}

/// Without; compilers make vector instructions of this where they know some.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable {
    use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

    use super::Lanes;

    /// Two numbers.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Two([f64; 2]);

    impl Two {
        #[inline(always)]
        pub(crate) fn new(first: f64, second: f64) -> Two {
            Two([first, second])
        }
        #[inline(always)]
        pub(crate) fn or_larger(self, other: Two) -> Two {
            self.with(other, |one, other| if one < other { other } else { one })
        }
        #[inline(always)]
        pub(crate) fn numbers(self) -> [f64; 2] {
            self.0
        }
        /// The bits of both.
        #[inline(always)]
        pub(crate) fn bits(self) -> [u64; 2] {
            self.0.map(f64::to_bits)
        }
        /// The same bits twice.
        #[inline(always)]
        pub(crate) fn of_bits(bits: u64) -> Two {
            Two::all(f64::from_bits(bits))
        }
        /// The bits as unsigned integers, shifted left.
        #[inline(always)]
        pub(crate) fn bits_up(self, by: u32) -> Two {
            self.each(|value| f64::from_bits(value.to_bits() << by))
        }
        /// The bits as unsigned integers, shifted right.
        #[inline(always)]
        pub(crate) fn bits_down(self, by: u32) -> Two {
            self.each(|value| f64::from_bits(value.to_bits() >> by))
        }
        /// The bits as integers: self + other, modulo 2^64.
        #[inline(always)]
        pub(crate) fn bits_sum(self, other: Two) -> Two {
            self.of_both(other, u64::wrapping_add)
        }
        /// Whether they are equal: all bits are set, or none. Like the other comparisons, none
        /// with NaN.
        #[inline(always)]
        pub(crate) fn is(self, other: Two) -> Two {
            self.compare(other, |one, other| one == other)
        }
        #[inline(always)]
        pub(crate) fn is_above(self, other: Two) -> Two {
            self.compare(other, |one, other| one > other)
        }
        #[inline(always)]
        pub(crate) fn is_from(self, least: Two) -> Two {
            self.compare(least, |one, least| one >= least)
        }
        /// `one` where the bits are set, `other` elsewhere.
        #[inline(always)]
        pub(crate) fn choose(self, one: Two, other: Two) -> Two {
            (self & one) | other.except(self)
        }
        /// The bits that the other does not have.
        #[inline(always)]
        pub(crate) fn except(self, other: Two) -> Two {
            self.of_both(other, |one, other| one & !other)
        }
        #[inline(always)]
        fn compare(self, other: Two, f: impl Fn(f64, f64) -> bool) -> Two {
            self.with(other, |one, other| f64::from_bits(u64::from(f(one, other)).wrapping_neg()))
        }
        #[inline(always)]
        fn of_both(self, other: Two, f: impl Fn(u64, u64) -> u64) -> Two {
            self.with(other, |one, other| f64::from_bits(f(one.to_bits(), other.to_bits())))
        }
        #[inline(always)]
        fn each(self, f: impl Fn(f64) -> f64) -> Two {
            Two(self.0.map(f))
        }
        #[inline(always)]
        fn with(self, other: Two, f: impl Fn(f64, f64) -> f64) -> Two {
            Two([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
        }
    }

    impl BitAnd for Two {
        type Output = Two;
        #[inline(always)]
        fn bitand(self, other: Two) -> Two {
            self.of_both(other, u64::bitand)
        }
    }
    impl BitOr for Two {
        type Output = Two;
        #[inline(always)]
        fn bitor(self, other: Two) -> Two {
            self.of_both(other, u64::bitor)
        }
    }
    impl BitXor for Two {
        type Output = Two;
        #[inline(always)]
        fn bitxor(self, other: Two) -> Two {
            self.of_both(other, u64::bitxor)
        }
    }

    impl Add for Two {
        type Output = Two;
        #[inline(always)]
        fn add(self, other: Two) -> Two {
            self.with(other, f64::add)
        }
    }
    impl Sub for Two {
        type Output = Two;
        #[inline(always)]
        fn sub(self, other: Two) -> Two {
            self.with(other, f64::sub)
        }
    }
    impl Mul for Two {
        type Output = Two;
        #[inline(always)]
        fn mul(self, other: Two) -> Two {
            self.with(other, f64::mul)
        }
    }
    impl Div for Two {
        type Output = Two;
        #[inline(always)]
        fn div(self, other: Two) -> Two {
            self.with(other, f64::div)
        }
    }
    impl Neg for Two {
        type Output = Two;
        #[inline(always)]
        fn neg(self) -> Two {
            self.each(f64::neg)
        }
    }

    impl Lanes for Two {
        #[inline(always)]
        fn all(value: f64) -> Self {
            Two([value; 2])
        }
        #[inline(always)]
        fn at_most(self, most: f64) -> Self {
            self.each(|value| value.at_most(most))
        }
        #[inline(always)]
        fn bits_minus(self, other: Self) -> Self {
            self.with(other, Lanes::bits_minus)
        }
        #[inline(always)]
        fn bits_plus(self, add: u64) -> Self {
            self.each(|value| value.bits_plus(add))
        }
        #[inline(always)]
        fn bits_up_52(self) -> Self {
            self.each(Lanes::bits_up_52)
        }
        #[inline(always)]
        fn bits_down_52(self) -> Self {
            self.each(Lanes::bits_down_52)
        }
    }
}
