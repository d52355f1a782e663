//! The numbers of the native path, and tiles of them that fill vector registers.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

/// `f32` or `f64`, with elementary functions that have no branches: loops over them become vector instructions.
///
/// The functions here differ from the correctly rounded ones by a few units in the last place. NaN in is NaN out.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialEq
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + SubAssign
    + Mul<Output = Self>
    + MulAssign
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 64 bytes of numbers, one for each of as many examples.
    type Tile: Tile<Self> + Debug + Default + Send + Sync;

    /// Rounded from f64.
    fn from_f64(x: f64) -> Self;

    /// As f64, exactly.
    fn to_f64(self) -> f64;

    /// `self · factor + term`, rounded once.
    #[must_use]
    fn mul_add(self, factor: Self, term: Self) -> Self;

    /// `√self`.
    #[must_use]
    fn sqrt(self) -> Self;

    /// `eˣ` for `x ≤ 0`: what softmax and the logistic function need. Underflows to zero.
    #[must_use]
    fn exp_of_negative(self) -> Self;

    /// `1/(1 + e⁻ˣ)`.
    #[must_use]
    fn logistic(self) -> Self;

    /// `tanh x`.
    #[must_use]
    fn tanh(self) -> Self;

    /// `max(0, x)`.
    #[must_use]
    fn relu(self) -> Self;
}

/// Numbers side by side.
pub trait Tile<F>: Copy + AsRef<[F]> + AsMut<[F]> {
    /// How many.
    const LANES: usize;

    /// The same number in every lane.
    fn splat(x: F) -> Self;

    /// Adds `x · w`.
    fn add_scaled(&mut self, x: &Self, w: F);

    /// Adds `x · y`, lane by lane.
    fn add_product(&mut self, x: &Self, y: &Self);

    /// A function of each lane.
    #[must_use]
    fn map(self, f: impl Fn(F) -> F) -> Self;

    /// A function of each lane and the same lane of another tile.
    #[must_use]
    fn zip(self, other: &Self, f: impl Fn(F, F) -> F) -> Self;

    /// The sum of all lanes: halves are added until one is left.
    fn sum(self) -> F;
}

#[allow(
    clippy::needless_range_loop,
    reason = "the compiler unrolls counted loops over arrays; adapters of iterators it may leave as calls"
)]
impl<F: Real, const L: usize> Tile<F> for [F; L] {
    const LANES: usize = L;

    #[inline]
    fn splat(x: F) -> Self {
        [x; L]
    }

    #[inline]
    fn add_scaled(&mut self, x: &Self, w: F) {
        for lane in 0..L {
            self[lane] = x[lane].mul_add(w, self[lane]);
        }
    }

    #[inline]
    fn add_product(&mut self, x: &Self, y: &Self) {
        for lane in 0..L {
            self[lane] = x[lane].mul_add(y[lane], self[lane]);
        }
    }

    #[inline]
    fn map(mut self, f: impl Fn(F) -> F) -> Self {
        for lane in 0..L {
            self[lane] = f(self[lane]);
        }
        self
    }

    #[inline]
    fn zip(mut self, other: &Self, f: impl Fn(F, F) -> F) -> Self {
        for lane in 0..L {
            self[lane] = f(self[lane], other[lane]);
        }
        self
    }

    #[inline]
    fn sum(mut self) -> F {
        let mut count = L;
        while count > 1 {
            count /= 2;
            for lane in 0..count {
                self[lane] += self[lane + count];
            }
        }
        self[0]
    }
}

/// The exponential in parts.
trait Exponential: Sized {
    /// `2ᵏ` and `eʳ − 1` with `x = k ln 2 + r` and `|r| ≤ ln(2)/2`, for `x ≤ 0`.
    fn parts(self) -> (Self, Self);
}

/// `$least`: below it `eˣ` is no normal number. `$magic`: 1.5 times the power of two at which numbers are spaced by
/// 1, so that adding it rounds to whole numbers and leaves them in the low bits. `$rest`: what ln 2 is rounded by. The
/// reciprocals of the factorials are those of the exponential series, up to the last term that matters on
/// `|r| ≤ ln(2)/2`.
macro_rules! real {
    ($float:ident, $lanes:literal, $bits:literal, $least:literal, $magic:literal, $rest:literal,
     [$first:literal $(, $factorial:literal)*]) => {
        impl Real for $float {
            type Tile = [$float; $lanes];

            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $float
            }

            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                $float::mul_add(self, factor, term)
            }

            #[inline]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }

            #[inline]
            fn exp_of_negative(self) -> Self {
                let (power, minus_one) = self.parts();
                if self < $least { 0.0 } else { $float::mul_add(power, minus_one, power) }
            }

            #[inline]
            fn logistic(self) -> Self {
                let e = Real::exp_of_negative(-self.abs());
                (if self < 0.0 { e } else { 1.0 }) / (1.0 + e)
            }

            #[inline]
            fn tanh(self) -> Self {
                let (power, minus_one) = (-2.0 * self.abs()).parts();
                // e^{−2|x|} − 1, which keeps its digits where x is small.
                let t = $float::mul_add(power, minus_one, power - 1.0);
                (-t / (2.0 + t)).copysign(self)
            }

            #[inline]
            fn relu(self) -> Self {
                // Not `max`, which would turn NaN into 0.
                if self < 0.0 { 0.0 } else { self }
            }
        }

        impl Exponential for $float {
            #[inline]
            fn parts(self) -> (Self, Self) {
                // Comparisons with NaN are false, so it stays.
                let x = if self < $least { $least } else { self };
                let shifted = $float::mul_add(x, std::$float::consts::LOG2_E, $magic);
                let k = shifted - $magic;
                let r = $float::mul_add(k, -$rest, $float::mul_add(k, -std::$float::consts::LN_2, x));
                let power = $float::from_bits((shifted.to_bits() << $bits).wrapping_add((1.0 as $float).to_bits()));
                let series: $float = 1.0 / $first;
                $(let series = $float::mul_add(series, r, 1.0 / $factorial);)*
                (power, $float::mul_add(series * r, r, r))
            }
        }
    };
}

real!(f32, 16, 23, -87.0, 12_582_912.0, -1.904_654_3e-9, [5040.0, 720.0, 120.0, 24.0, 6.0, 2.0]);
real!(
    f64,
    8,
    52,
    -708.0,
    6_755_399_441_055_744.0,
    2.319_046_813_846_299_6e-17,
    [
        6_227_020_800.0,
        479_001_600.0,
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0
    ]
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ulps(found: f64, expected: f64, epsilon: f64) -> f64 {
        if found == expected { 0.0 } else { (found - expected).abs() / (epsilon * expected.abs()) }
    }

    proptest! {
        #[test]
        fn functions_are_within_a_few_units_of_the_last_place(x in -700.0..700.0f64, scale in 0..20i32) {
            let x = x * 2f64.powi(-scale);
            prop_assert!(ulps(Real::tanh(x), x.tanh(), f64::EPSILON) <= 4.0);
            prop_assert!(ulps(x.logistic(), 1.0 / (1.0 + (-x).exp()), f64::EPSILON) <= 4.0);
            prop_assert!(ulps((-x.abs()).exp_of_negative(), (-x.abs()).exp(), f64::EPSILON) <= 4.0);
            let y = (x / 8.0) as f32;
            let exact = f64::from(y);
            let unit = f64::from(f32::EPSILON);
            prop_assert!(ulps(f64::from(Real::tanh(y)), exact.tanh(), unit) <= 4.0);
            prop_assert!(ulps(f64::from(y.logistic()), 1.0 / (1.0 + (-exact).exp()), unit) <= 4.0 || exact < -86.0);
            prop_assert!(ulps(f64::from((-y.abs()).exp_of_negative()), (-exact.abs()).exp(), unit) <= 4.0 || exact.abs() > 86.0);
        }
    }

    #[test]
    fn the_ends_of_the_line_are_where_they_belong() {
        for x in [f64::NAN, -f64::NAN] {
            assert!(
                Real::tanh(x).is_nan()
                    && x.logistic().is_nan()
                    && x.exp_of_negative().is_nan()
                    && x.relu().is_nan()
            );
            let x = x as f32;
            assert!(
                Real::tanh(x).is_nan()
                    && x.logistic().is_nan()
                    && x.exp_of_negative().is_nan()
                    && x.relu().is_nan()
            );
        }
        for x in [1e3, 1e300, f64::INFINITY] {
            assert_eq!((Real::tanh(x), Real::tanh(-x)), (1.0, -1.0));
            assert_eq!((x.logistic(), (-x).logistic(), (-x).exp_of_negative()), (1.0, 0.0, 0.0));
        }
        assert_eq!((Real::tanh(0.0f64), 0.0f64.logistic(), 0.0f64.exp_of_negative()), (0.0, 0.5, 1.0));
        assert_eq!(Real::tanh(-0.0f32).to_bits(), (-0.0f32).to_bits());
    }

    #[test]
    fn lanes_are_added_in_one_order() {
        assert_eq!(<[f32; 4]>::splat(0.5).sum(), 2.0);
        assert_eq!([1e16, 1.0, -1e16, 1.0].sum(), 2.0);
    }
}
