//! Dot products that survive cancellation.

use crate::interval::Interval;

/// Below this magnitude the error of a product may underflow.
const ERROR_IS_EXACT: f64 = f64::MIN_POSITIVE * (1u64 << 54) as f64;

/// Encloses `Σ x_i y_i` over the common length, about as tightly as twice the precision of f64 allows.
///
/// # Formula
/// Every product and every partial sum splits exactly into its float and its error, which is a float; the errors are
/// summed as intervals. The width is about `2⁻¹⁰⁶ Σ |x_i y_i|` plus a unit in the last place of the result, where plain
/// interval arithmetic has `2⁻⁵³ Σ |x_i y_i|`.
///
/// # Reference
/// Ogita, Rump and Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26, 2005, algorithm 5.3 (Dot2).
///
/// # Example
/// ```
/// let sum = saddlepoint_rigor::dot(&[1e20, 1.0, -1e20], &[1.0, 0.1, 1.0]);
/// assert!(sum.contains(0.1) && sum.width() < 1e-16);
/// ```
pub fn dot(x: &[f64], y: &[f64]) -> Interval {
    let mut sum = 0.0;
    let mut errors = Interval::between(0.0, 0.0);
    for (&x, &y) in x.iter().zip(y) {
        let product = x * y;
        let lost = if product.abs() >= ERROR_IS_EXACT {
            let error = x.mul_add(y, -product);
            Interval::between(error, error)
        } else if x == 0.0 || y == 0.0 {
            Interval::between(0.0, 0.0)
        } else {
            // Half a unit in the last place of a number below 2⁻⁹⁶⁸ is below 2⁻¹⁰²⁰.
            Interval::between(-4.0 * f64::MIN_POSITIVE, 4.0 * f64::MIN_POSITIVE)
        };
        let next: f64 = sum + product;
        let seen = next - sum;
        let error = (sum - (next - seen)) + (product - seen);
        errors = errors + lost + Interval::between(error, error);
        sum = next;
    }
    Interval::between(sum, sum) + errors
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::*;

    fn exact(x: f64) -> BigRational {
        BigRational::from_float(x).unwrap()
    }

    proptest! {
        /// Against rational arithmetic, with scales that cancel.
        #[test]
        fn the_exact_sum_is_enclosed(
            terms in prop::collection::vec((-1e3..1e3f64, -1e3..1e3f64, -60i32..60), 0..8), cancel in any::<bool>(),
        ) {
            let (mut x, mut y): (Vec<f64>, Vec<f64>) =
                terms.iter().map(|&(a, b, e)| (a * 2f64.powi(e), b * 2f64.powi(-e / 3))).unzip();
            if cancel {
                x.extend(x.clone().iter().map(|x| -x));
                y.extend(y.clone().iter().map(|y| y * (1.0 + 1e-12)));
            }
            let truth = x.iter().zip(&y).fold(BigRational::from(BigInt::from(0)), |sum, (&x, &y)| sum + exact(x) * exact(y));
            let found = dot(&x, &y);
            prop_assert!(exact(found.low()) <= truth && truth <= exact(found.high()));
            let size: f64 = x.iter().zip(&y).map(|(x, y)| (x * y).abs()).sum();
            let tight = 1e-15 * found.low().abs().max(found.high().abs()) + 1e-30 * size;
            prop_assert!(found.width() <= tight, "{found} {size}");
        }
    }

    #[test]
    fn overflow_and_nan_bound_nothing_wrong() {
        assert!(dot(&[1e300, -1e300], &[1e300, 1e300]).contains(0.0));
        assert!(dot(&[f64::NAN], &[1.0]).contains(7.0));
        let tiny = dot(&[1e-200, 1e-200], &[1e-200, -1e-200]);
        assert!(tiny.contains(0.0) && tiny.width() < 1e-300);
    }
}
