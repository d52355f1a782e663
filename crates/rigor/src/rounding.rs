//! Directed rounding of single operations.
//!
//! The arithmetic operations round to nearest first, recover the sign of the exact rounding error by an
//! error-free transformation, and step to the neighbouring float only if the result lies on the wrong side. That
//! costs a few instructions where changing the processor's rounding mode costs tens of cycles, and it is safe Rust.

use std::cmp::Ordering;

/// Below this magnitude the error of a product or quotient may itself underflow, so its sign is not trusted.
const ERROR_IS_EXACT: f64 = f64::MIN_POSITIVE * (1u64 << 54) as f64;

/// A direction in which every operation is rounded: [`Up`], [`Down`], or [`Nearest`], which bounds nothing.
///
/// For finite arguments each method of [`Up`] and [`Down`] returns a bound of the exact result on that side. `add`, `sub`,
/// `mul`, `div` and `sqrt` return the tightest such float (next to the underflow and overflow thresholds, one step further at
/// most, and never across zero); `ln`, `ln_1p` and `exp` are at most four steps from it. Results that overflow become the largest finite
/// float or infinity, whichever is on the right side. NaN, and operations without a value such as `0 / 0` or
/// `ln(-1)`, give NaN: it compares false with everything, so nothing is ever concluded from it.
///
/// # Reference
/// Muller et al., *Handbook of Floating-Point Arithmetic*, 2nd edition 2018: algorithm 4.4 (2Sum), section 4.4
/// (products), corollary 4.10 and theorem 4.11 (remainders of division and square root are floats).
///
/// # Example
/// ```
/// use saddlepoint_rigor::{Down, Rounding, Up};
///
/// /// An upper or lower bound of `x² + y`, by the choice of `R`.
/// fn parabola<R: Rounding>(x: f64, y: f64) -> f64 {
///     R::add(R::mul(x, x), y)
/// }
/// assert!(parabola::<Down>(0.1, 0.2) <= parabola::<Up>(0.1, 0.2));
/// ```
pub trait Rounding: Copy + Default + 'static {
    /// The other direction: what a denominator or a subtrahend is rounded by.
    type Opposite: Rounding<Opposite = Self>;

    /// Where this direction points: to `+∞` (`Greater`), to `-∞` (`Less`), or nowhere.
    const TOWARDS: Ordering;

    /// The neighbouring float in this direction.
    #[inline]
    fn step(x: f64) -> f64 {
        match Self::TOWARDS {
            Ordering::Greater => x.next_up(),
            Ordering::Equal => x,
            Ordering::Less => x.next_down(),
        }
    }

    /// `a + b`.
    #[inline]
    fn add(a: f64, b: f64) -> f64 {
        let sum = a + b;
        let b_seen = sum - a;
        let error = (a - (sum - b_seen)) + (b - b_seen);
        settle::<Self>(sum, error, a.is_finite() && b.is_finite())
    }

    /// `a − b`.
    #[inline]
    fn sub(a: f64, b: f64) -> f64 {
        Self::add(a, -b)
    }

    /// `a · b`.
    #[inline]
    fn mul(a: f64, b: f64) -> f64 {
        let product = a * b;
        let error = if product.abs() >= ERROR_IS_EXACT {
            a.mul_add(b, -product)
        } else if a == 0.0 || b == 0.0 {
            0.0
        } else {
            f64::NAN
        };
        settle::<Self>(product, error, a.is_finite() && b.is_finite())
    }

    /// `a / b`.
    #[inline]
    fn div(a: f64, b: f64) -> f64 {
        let quotient = a / b;
        let error = if quotient.abs() >= ERROR_IS_EXACT && a.abs() >= ERROR_IS_EXACT {
            (-quotient).mul_add(b, a) * b.signum()
        } else if a == 0.0 || b.is_infinite() && a.is_infinite() {
            0.0
        } else {
            f64::NAN
        };
        settle::<Self>(quotient, error, a.is_finite() && b.is_finite() && b != 0.0)
    }

    /// `√x`.
    #[inline]
    fn sqrt(x: f64) -> f64 {
        let root = x.sqrt();
        let error = if x >= ERROR_IS_EXACT {
            (-root).mul_add(root, x)
        } else if x == 0.0 {
            0.0
        } else {
            f64::NAN
        };
        settle::<Self>(root, error, x.is_finite())
    }

    /// `ln x`, and `-∞` at 0.
    #[inline]
    fn ln(x: f64) -> f64 {
        if x == 1.0 { 0.0 } else { widen::<Self>(libm::log(x)) }
    }

    /// `ln(1 + x)`, accurate near 0, and `-∞` at -1.
    #[inline]
    fn ln_1p(x: f64) -> f64 {
        if x == 0.0 { x } else { widen::<Self>(libm::log1p(x)) }
    }

    /// `eˣ`.
    #[inline]
    fn exp(x: f64) -> f64 {
        if x == 0.0 {
            1.0
        } else if x == f64::NEG_INFINITY {
            0.0
        } else if x.is_nan() {
            x
        } else if libm::exp(x) == f64::INFINITY && x.is_finite() {
            settle::<Self>(f64::INFINITY, f64::NAN, true)
        } else {
            let power = widen::<Self>(libm::exp(x)).max(0.0);
            // On its own side of 1, where the value at 0 is exact: so bounds stay in the order of their arguments.
            if x < 0.0 { power.min(1.0) } else { power.max(1.0) }
        }
    }
}

/// Rounding to nearest, as the processor does it: no bound, but a first guess by the same formula.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Nearest;

/// Rounding towards `+∞`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Up;

/// Rounding towards `-∞`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Down;

impl Rounding for Up {
    type Opposite = Down;
    const TOWARDS: Ordering = Ordering::Greater;
}

impl Rounding for Down {
    type Opposite = Up;
    const TOWARDS: Ordering = Ordering::Less;
}

impl Rounding for Nearest {
    type Opposite = Nearest;
    const TOWARDS: Ordering = Ordering::Equal;
}

/// Moves a result rounded to nearest to the right side, given its error (exact minus result) up to scale.
/// An error that is NaN is unknown: then the step is always taken.
#[inline]
fn settle<R: Rounding>(nearest: f64, error: f64, operands_are_finite: bool) -> f64 {
    let (toward_infinity, settled) = match R::TOWARDS {
        Ordering::Greater => (f64::INFINITY, error <= 0.0),
        Ordering::Equal => return nearest,
        Ordering::Less => (f64::NEG_INFINITY, error >= 0.0),
    };
    if !operands_are_finite || nearest == toward_infinity || nearest.is_nan() {
        return nearest;
    }
    if nearest.is_infinite() {
        // An overflow on the wrong side is pulled back to the largest float.
        return f64::MAX.copysign(nearest);
    }
    if nearest == 0.0 {
        // What underflows keeps its sign, and with it the side on which the truth lies.
        let outward = nearest.is_sign_negative() == (toward_infinity > 0.0);
        return if settled || outward { nearest } else { R::step(nearest) };
    }
    // The side of an error is a coin toss: adding 0 or 1 to the bits costs less than a mispredicted branch.
    let step = u64::from(!settled);
    let outward = if nearest * toward_infinity > 0.0 { step } else { step.wrapping_neg() };
    f64::from_bits(nearest.to_bits().wrapping_add(outward))
}

/// Two steps outward. The functions of the `libm` crate descend from FreeBSD's msun, whose sources prove an error
/// below one unit in the last place for `log`, `log1p` and `exp`. Two steps are one such unit just below a power
/// of two, where the spacing halves, and two elsewhere, which leaves room for the final scaling of `exp` in the
/// subnormal range.
#[inline]
fn widen<R: Rounding>(nearly: f64) -> f64 {
    if nearly.is_finite() { R::step(R::step(nearly)) } else { nearly }
}

#[cfg(test)]
mod tests {
    use inari::{Interval, const_interval};
    use proptest::prelude::*;

    use super::*;

    /// Every finite float is as likely as its bit pattern: all exponents, subnormals included.
    fn any_finite() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite()),
            -10.0..10.0f64,
            Just(0.0),
            Just(1.0),
            Just(f64::MAX),
            Just(f64::MIN_POSITIVE),
            Just(5e-324),
        ]
    }

    fn point(x: f64) -> Interval {
        Interval::try_from((x, x)).unwrap()
    }

    /// inari changes the processor's rounding mode: an independent way to the same float. The bound must be valid
    /// always, and the same float wherever the error is representable.
    fn agrees(down: f64, up: f64, reference: Interval, tight: bool) -> Result<(), TestCaseError> {
        prop_assert!(down <= reference.inf() && up >= reference.sup(), "[{down:e}, {up:e}] {reference:?}");
        if tight {
            prop_assert_eq!((down, up), (reference.inf(), reference.sup()));
        } else {
            prop_assert!(down >= reference.inf().next_down() && up <= reference.sup().next_up());
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn sums_are_those_of_the_rounding_mode(a in any_finite(), b in any_finite()) {
            // Near the largest float 2Sum itself may overflow: MAX/4 - MAX is such a case.
            let tight = a.abs().max(b.abs()) < f64::MAX / 2.0;
            agrees(Down::add(a, b), Up::add(a, b), point(a) + point(b), tight)?;
            agrees(Down::sub(a, b), Up::sub(a, b), point(a) - point(b), tight)?;
        }

        #[test]
        fn products_and_quotients_are_those_of_the_rounding_mode(a in any_finite(), b in any_finite()) {
            agrees(Down::mul(a, b), Up::mul(a, b), point(a) * point(b), (a * b).abs() > 1e-290)?;
            if b != 0.0 {
                let tight = (a / b).abs() > 1e-290 && a.abs() > 1e-290;
                agrees(Down::div(a, b), Up::div(a, b), point(a) / point(b), tight)?;
            }
        }

        #[test]
        fn roots_are_those_of_the_rounding_mode(a in any_finite()) {
            let a = a.abs();
            agrees(Down::sqrt(a), Up::sqrt(a), point(a).sqrt(), a > 1e-290)?;
        }
    }

    #[test]
    fn exact_results_stay() {
        assert_eq!((Down::add(0.5, 0.25), Up::add(0.5, 0.25)), (0.75, 0.75));
        assert_eq!((Down::mul(3.0, 0.0), Up::mul(3.0, 0.0)), (0.0, 0.0));
        assert_eq!((Down::sqrt(2.25), Up::sqrt(2.25)), (1.5, 1.5));
        assert_eq!((Down::ln(1.0), Up::ln(1.0)), (0.0, 0.0));
        assert_eq!((Down::exp(0.0), Up::exp(0.0)), (1.0, 1.0));
    }

    /// The bounds at 0 are exact: those beside it must not lie on the other side of them.
    #[test]
    fn exponentials_near_one_keep_their_order() {
        for x in [5e-324, 1e-300, 1e-17, 1e-16, 3e-16] {
            assert!(
                Up::exp(-x) <= 1.0 && Down::exp(-x) < 1.0 && Down::exp(x) >= 1.0 && Up::exp(x) > 1.0,
                "{x}"
            );
        }
    }

    #[test]
    fn overflow_rounds_to_the_right_side() {
        assert_eq!((Down::mul(1e300, 1e300), Up::mul(1e300, 1e300)), (f64::MAX, f64::INFINITY));
        assert_eq!(
            (Down::add(-f64::MAX, -f64::MAX), Up::add(-f64::MAX, -f64::MAX)),
            (f64::NEG_INFINITY, f64::MIN)
        );
        assert_eq!((Down::exp(1e4), Up::exp(1e4)), (f64::MAX, f64::INFINITY));
        assert_eq!(Down::exp(-1e4), 0.0);
        assert!(Up::exp(-1e4) > 0.0);
    }

    /// A lower bound of what is not negative is not negative, however small it is.
    #[test]
    fn underflow_does_not_cross_zero() {
        for (small, large) in [(1e-300, 1e300), (5e-324, 9_007_199_254_740_992.0)] {
            let results =
                |a: f64| [Down::mul(a, small), Up::mul(a, small), Down::div(a, large), Up::div(a, large)];
            assert_eq!(results(small), [0.0, 5e-324, 0.0, 5e-324]);
            assert_eq!(results(-small), [-5e-324, 0.0, -5e-324, 0.0]);
        }
    }

    #[test]
    fn what_has_no_value_is_nan() {
        for x in [Up::add(f64::INFINITY, f64::NEG_INFINITY), Up::div(0.0, 0.0), Up::ln(-1.0), Down::sqrt(-1.0)]
        {
            assert!(x.is_nan());
        }
        for x in [f64::NAN, f64::INFINITY] {
            assert!(Up::mul(x, 0.0).is_nan(), "nothing follows from 0 · {x}");
        }
        for of in [Up::exp, Down::exp, Up::ln, Down::ln, Up::ln_1p, Down::ln_1p] {
            assert!(of(f64::NAN).is_nan());
        }
        assert_eq!(Up::ln(0.0), f64::NEG_INFINITY);
        assert_eq!(Up::ln_1p(-1.0), f64::NEG_INFINITY);
    }

    #[test]
    fn the_oracle_itself_rounds() {
        let third = const_interval!(1.0, 1.0) / const_interval!(3.0, 3.0);
        assert!(third.inf() < third.sup());
    }
}
