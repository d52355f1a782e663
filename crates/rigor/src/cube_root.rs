//! Cube roots on a chosen side, monotone to the last bit.

use std::cmp::Ordering;

use crate::norm::{exponent, power_of_two};
use crate::rounding::{Down, Rounding, Up};

/// `∛x` for `x ≥ 0`, at most a few floats from the truth on the side of `R`; NaN for negative numbers and NaN.
///
/// # Formula
/// Upwards the smallest float whose cube, rounded down twice, is not below `x`; downwards the largest whose cube, rounded
/// up twice, is not above. Both are monotone in `x`, whatever the first guess is.
///
/// # Example
/// ```
/// use saddlepoint_rigor::{Down, Up, cube_root};
///
/// assert_eq!(cube_root::<Up>(27.0), 3.0);
/// assert!(cube_root::<Down>(2.0) < cube_root::<Up>(2.0));
/// ```
pub fn cube_root<R: Rounding>(x: f64) -> f64 {
    if x == 0.0 || x == f64::INFINITY {
        return x;
    }
    if x.is_nan() || x < 0.0 {
        return f64::NAN;
    }
    // Subnormal numbers are made normal first, by a power of eight.
    let (x, lifted) = if x < f64::MIN_POSITIVE { (x * power_of_two(54), -18) } else { (x, 0) };
    let third = exponent(x).div_euclid(3);
    // From 1 to below 8, exactly; the factor is split, as it may be out of range.
    let half = -3 * third / 2;
    let mantissa = x * power_of_two(half) * power_of_two(-3 * third - half);
    root::<R>(mantissa) * power_of_two(third + lifted)
}

/// The same from 1 to below 8.
fn root<R: Rounding>(x: f64) -> f64 {
    let mut root = libm::cbrt(x);
    match R::TOWARDS {
        Ordering::Equal => return root,
        Ordering::Greater => {
            let reaches = |root: f64| Down::mul(Down::mul(root, root), root) >= x;
            while !reaches(root) {
                root = root.next_up();
            }
            while reaches(root.next_down()) {
                root = root.next_down();
            }
        }
        Ordering::Less => {
            let fits = |root: f64| Up::mul(Up::mul(root, root), root) <= x;
            while !fits(root) {
                root = root.next_down();
            }
            while fits(root.next_up()) {
                root = root.next_up();
            }
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Of all positive floats, subnormal ones among them: cubes on both sides, few floats apart, and in order.
        #[test]
        fn cubes_lie_on_both_sides(bits in 1u64..0x7ff0_0000_0000_0000, steps in 0u64..4) {
            let x = f64::from_bits(bits);
            let (low, high) = (cube_root::<Down>(x), cube_root::<Up>(x));
            prop_assert!(high.to_bits() - low.to_bits() <= 4);
            // Scaled so that no cube underflows or overflows.
            let e = if x > 1.0 { -1 } else { 1 };
            let cube = |root: f64| (root * power_of_two(200 * e)).powi(3);
            let exact = x * power_of_two(300 * e) * power_of_two(300 * e);
            prop_assert!(cube(low) <= exact * (1.0 + 1e-15) && cube(high) >= exact * (1.0 - 1e-15), "{low} {high}");
            let next = f64::from_bits(bits + steps);
            prop_assert!(next.is_infinite() || (cube_root::<Down>(next) >= low && cube_root::<Up>(next) >= high));
        }
    }

    #[test]
    fn exact_roots_and_what_has_none() {
        for i in 1..2000 {
            let i = f64::from(i);
            assert_eq!((cube_root::<Down>(i * i * i), cube_root::<Up>(i * i * i)), (i, i));
        }
        for e in [-1074, -1073, -1023, -1022, -3, 0, 3, 1023] {
            let x = libm::ldexp(1.0, e);
            assert!(
                cube_root::<Down>(x) <= cube_root::<Up>(x)
                    && cube_root::<Up>(x) >= libm::ldexp(1.0, e.div_euclid(3))
            );
        }
        assert_eq!((cube_root::<Up>(0.0), cube_root::<Down>(f64::INFINITY)), (0.0, f64::INFINITY));
        assert!(cube_root::<Up>(-1.0).is_nan() && cube_root::<Down>(f64::NAN).is_nan());
    }
}
