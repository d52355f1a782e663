//! The Euclidean norm of numbers of any magnitude.

use crate::rounding::Rounding;

/// `√Σ xᵢ²`, rounded in the direction of `R`; 0 for no numbers, NaN if one is NaN.
///
/// The numbers are scaled by a power of two first, so that their squares neither overflow nor vanish.
///
/// # Example
/// ```
/// use saddlepoint_rigor::{Down, Up, euclidean_norm};
///
/// assert!((euclidean_norm::<Up>([3e-200, 4e-200]) / 5e-200 - 1.0).abs() < 1e-15);
/// assert_eq!(euclidean_norm::<Down>([3.0, -4.0]), 5.0);
/// ```
pub fn euclidean_norm<R: Rounding>(values: impl IntoIterator<Item = f64, IntoIter: Clone>) -> f64 {
    let values = values.into_iter();
    let largest = values.clone().fold(0.0, |largest: f64, x| if x.is_nan() { x } else { largest.max(x.abs()) });
    if values.clone().any(f64::is_nan) {
        return f64::NAN;
    }
    if largest == 0.0 || largest.is_infinite() {
        return largest;
    }
    let scale = power_of_two(-exponent(largest).clamp(-1022, 1022));
    let square = |x: f64| {
        let scaled = R::mul(x.abs(), scale).max(0.0);
        R::mul(scaled, scaled).max(0.0)
    };
    let squares = values.map(square).fold(0.0, R::add);
    R::div(R::sqrt(squares), scale).max(0.0)
}

/// `e` with `2ᵉ ≤ |x| < 2ᵉ⁺¹` for a normal number, and −1023 below.
pub(crate) fn exponent(x: f64) -> i32 {
    ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023
}

/// `2ᵉ` for `−1022 ≤ e ≤ 1023`.
pub(crate) fn power_of_two(e: i32) -> f64 {
    f64::from_bits(((e + 1023) as u64) << 52)
}

/// Two powers of two whose product is `2ᵉ`, for `|e| ≤ 2044`.
pub(crate) fn power_of_two_factors(e: i32) -> [f64; 2] {
    let half = (e / 2).clamp(-1022, 1022);
    [half, (e - half).clamp(-1022, 1022)].map(power_of_two)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Down, Up};

    proptest! {
        /// With integers below 2³⁰ the sum of squares is exact, and so is its comparison with a square.
        #[test]
        fn the_norm_lies_between_its_bounds(values in prop::collection::vec(-(1i64 << 30)..1 << 30, 1..20), e in -900i32..900) {
            let square: i128 = values.iter().map(|&x| i128::from(x) * i128::from(x)).sum();
            let scaled = values.iter().map(|&x| x as f64 * power_of_two(e));
            let (low, high) = (euclidean_norm::<Down>(scaled.clone()), euclidean_norm::<Up>(scaled));
            // The bounds have 53 bits, so 2²⁰ times them is an integer where it matters; its square has at most 118.
            let at = |x: f64| x / power_of_two(e) * power_of_two(20);
            let (floor, ceil) = (at(low).floor() as i128, at(high).ceil() as i128);
            prop_assert!(floor * floor <= square << 40 && ceil * ceil >= square << 40);
            prop_assert!(high <= low * (1.0 + 1e-14));
        }
    }

    #[test]
    fn extremes_are_exact_and_nan_is_seen() {
        assert_eq!((euclidean_norm::<Up>([]), euclidean_norm::<Up>([0.0, -0.0])), (0.0, 0.0));
        let largest = power_of_two(1023);
        assert_eq!((euclidean_norm::<Down>([largest]), euclidean_norm::<Up>([largest])), (largest, largest));
        assert!(euclidean_norm::<Up>([f64::MAX; 2]) == f64::INFINITY);
        assert!(euclidean_norm::<Up>([5e-324, 5e-324]) >= 5e-324);
        assert_eq!(euclidean_norm::<Up>([f64::INFINITY, 1.0]), f64::INFINITY);
        for values in [[f64::NAN, 1.0], [1.0, f64::NAN], [f64::NAN, f64::INFINITY]] {
            assert!(euclidean_norm::<Up>(values).is_nan() && euclidean_norm::<Down>(values).is_nan());
        }
    }
}
