//! Norms of the singular values.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up};

use super::{NormError, frobenius};
use crate::capacity::spectrum::singular_values;

/// The spectral norm: the largest singular value, the Lipschitz constant of `x ↦ A x`.
///
/// # Errors
/// When the singular values cannot be enclosed.
pub fn spectral(a: &IntervalMatrix) -> Result<Interval, NormError> {
    schatten(a, f64::INFINITY)
}

/// The Schatten norm of order `p`, from 1 (the nuclear norm) over 2 (Frobenius) to `∞` (spectral).
///
/// # Formula
/// `‖A‖_p = (Σ σᵢᵖ)^(1/p)`, evaluated as `σ₁ (Σ (σᵢ/σ₁)ᵖ)^(1/p)`, which neither overflows nor vanishes.
///
/// # Errors
/// When `p` is NaN or below 1, where the triangle inequality fails, or the singular values cannot be enclosed.
pub fn schatten(a: &IntervalMatrix, p: f64) -> Result<Interval, NormError> {
    if p.is_nan() || p < 1.0 {
        return Err(NormError::Order(p));
    }
    let values = singular_values(a)?;
    let low = values.iter().map(|value| value.low());
    let high = values.iter().map(|value| value.high());
    Ok(Interval::between(power_mean::<Down>(low, p), power_mean::<Up>(high, p)))
}

/// How many directions a matrix stretches about as much as the most stretched one.
///
/// # Formula
/// `‖A‖_F² / ‖A‖₂²`, between 1 and the rank.
///
/// # Errors
/// When the matrix may be zero, or its singular values cannot be enclosed.
///
/// # Reference
/// Rudelson and Vershynin, Sampling from large matrices, Journal of the ACM 54, 2007, section 1.2.
pub fn stable_rank(a: &IntervalMatrix) -> Result<Interval, NormError> {
    let spectral = spectral(a)?;
    let ratio = frobenius(a).checked_div(spectral).map_err(|_| NormError::Zero(spectral.high()))?.square();
    let (rows, columns) = a.shape();
    let possible = Interval::between(1.0, rows.min(columns) as f64);
    // Both contain the stable rank of every matrix inside.
    Ok(ratio.intersection(possible).unwrap_or(possible))
}

/// `(Σ xᵢᵖ)^(1/p)` of numbers of which the first is the largest.
fn power_mean<R: Rounding>(values: impl Iterator<Item = f64>, p: f64) -> f64 {
    let mut values = values.peekable();
    let largest = values.peek().copied().unwrap_or(0.0);
    if largest == 0.0 || largest == f64::INFINITY || p == f64::INFINITY {
        return largest;
    }
    let powers = values.map(|x| R::exp(R::mul(p, R::ln(R::div(x, largest))))).fold(0.0, R::add);
    R::mul(largest, R::exp(R::div(R::ln(powers), p)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::norms::testing::{assert_digits, network};

    #[test]
    fn the_catalogues_spectral_norms() {
        for (layer, value) in network().iter().zip([1.9359468408, 1.85480786796, 1.20711847737]) {
            assert_digits(spectral(layer).unwrap(), value, 1e-10);
        }
    }

    #[test]
    fn known_spectra_have_known_norms() {
        // Singular values 3, 2 and 1.
        let a = IntervalMatrix::from_rows(3, 4, vec![0., 2., 0., 0., 0., 0., 0., -3., 1., 0., 0., 0.]).unwrap();
        for (p, norm) in [(1.0, 6.0), (2.0, 14f64.sqrt()), (3.0, 36f64.cbrt()), (f64::INFINITY, 3.0)] {
            let enclosed = schatten(&a, p).unwrap();
            assert!((enclosed.midpoint() - norm).abs() < 1e-13 && enclosed.width() < 1e-12, "{p}: {enclosed}");
        }
        assert!((stable_rank(&a).unwrap().midpoint() - 14.0 / 9.0).abs() < 1e-13);
        let large = a.scaled_by_power_of_two(1020);
        assert!(schatten(&large, 100.0).unwrap().high() < f64::INFINITY);
    }

    #[test]
    fn what_has_no_value_is_refused() {
        let zero = IntervalMatrix::from_rows(2, 2, vec![0.0; 4]).unwrap();
        assert_eq!(schatten(&zero, 1.0).unwrap().high(), 0.0);
        assert_eq!(stable_rank(&zero), Err(NormError::Zero(0.0)));
        for p in [0.5, -1.0, f64::NEG_INFINITY, f64::NAN] {
            assert!(matches!(schatten(&zero, p), Err(NormError::Order(_))), "{p}");
        }
    }

    proptest! {
        #[test]
        fn norms_fall_with_their_order(
            (m, n, entries) in (1usize..5, 1usize..5).prop_flat_map(|(m, n)| {
                (Just(m), Just(n), prop::collection::vec(-1.0..1.0f64, m * n))
            }),
            p in 1.0..20.0f64, q in 1.0..20.0f64, e in -12i32..=12,
        ) {
            let entries: Vec<f64> = entries.iter().map(|x| x * 10f64.powi(e)).collect();
            let a = IntervalMatrix::from_rows(m, n, entries).unwrap();
            let (p, q) = (p.min(q), p.max(q));
            let of = |p| schatten(&a, p).unwrap();
            prop_assert!(of(q).low() <= of(p).high());
            prop_assert!(of(f64::INFINITY).low() <= of(q).high());
            // Two independent ways to the same number: from the entries and from the spectrum.
            prop_assert!(of(2.0).intersection(frobenius(&a)).is_some());
            prop_assert!(of(2.0).width() <= 1e-12 * of(2.0).high());
            // The nuclear norm is dual to the spectral norm: ‖A‖_F² ≤ ‖A‖₁ ‖A‖_∞.
            prop_assert!(frobenius(&a).square().low() <= (of(1.0) * of(f64::INFINITY)).high());
            if let Ok(rank) = stable_rank(&a) {
                prop_assert!(rank.low() >= 1.0 && rank.high() <= m.min(n) as f64);
            }
        }

        /// Any bits at all: a matrix is refused by its entry, or all its norms are enclosed, from both sides.
        #[test]
        fn any_finite_matrix_has_norms(
            (m, n, bits) in (1usize..4, 1usize..4).prop_flat_map(|(m, n)| {
                let bits = prop_oneof![9 => any::<u64>(), 1 => Just(0), 1 => Just(1 << 63), 1 => Just(1), 1 => Just(f64::MAX.to_bits())];
                (Just(m), Just(n), prop::collection::vec(bits, m * n))
            }),
        ) {
            let entries: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let finite = entries.iter().all(|x| x.is_finite());
            let matrix = IntervalMatrix::from_rows(m, n, entries);
            prop_assert_eq!(matrix.is_ok(), finite);
            if let Ok(a) = matrix {
                let (spectral, nuclear, entrywise) = (spectral(&a)?, schatten(&a, 1.0)?, frobenius(&a));
                prop_assert!(spectral.low() <= entrywise.high() && entrywise.low() <= nuclear.high());
                prop_assert!(spectral.high() * (m.min(n) as f64).sqrt() >= entrywise.low());
                if entrywise.high() < 1e300 && entrywise.low() > 1e-290 {
                    prop_assert!(spectral.width() <= 1e-12 * spectral.high(), "{spectral}");
                }
            }
        }

        /// Neither norm sees a transposition; the spectral norm lies below the norm of rows and columns.
        #[test]
        fn the_spectral_norm_is_below_the_entrywise_bounds(entries in prop::collection::vec(-1.0..1.0f64, 12)) {
            let a = IntervalMatrix::from_rows(3, 4, entries).unwrap();
            let (norm, turned) = (spectral(&a).unwrap(), spectral(&a.transpose()).unwrap());
            prop_assert!(norm.intersection(turned).is_some());
            prop_assert!(norm.low() <= a.spectral_norm_bound());
        }
    }
}
