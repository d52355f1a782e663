//! Norms of the singular values.

use std::cmp::Ordering;

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
/// `‖A‖_p = (Σ σᵢᵖ)^(1/p)`, found as the `r` with `Σ (σᵢ/r)ᵖ = 1`, which neither overflows nor vanishes.
///
/// # Errors
/// When `p` is NaN or below 1, where the triangle inequality fails, or the singular values cannot be enclosed.
///
/// # Reference
/// Bhatia, *Matrix Analysis*, 1997, section IV.2.
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

/// `(Σ xᵢᵖ)^(1/p)` of numbers of which the first is the largest: where `Σ (xᵢ/r)ᵖ` passes 1.
///
/// A quotient by the largest number or by a first guess would be rounded in another way for other numbers. The first float
/// at which a monotone sum has passed 1 is itself monotone in the numbers.
fn power_mean<R: Rounding>(values: impl Iterator<Item = f64>, p: f64) -> f64 {
    let values: Vec<f64> = values.collect();
    let largest = values.first().copied().unwrap_or(0.0);
    if largest == 0.0 || largest == f64::INFINITY || p == f64::INFINITY {
        return largest;
    }
    let sum = |r: f64| {
        let powers = values.iter().map(|&x| R::exp(R::mul(p, R::ln(R::div(x, r)))));
        powers.fold(0.0, R::add)
    };
    let guess = R::mul(largest, R::exp(R::div(R::ln(sum(largest)), p))).min(f64::MAX);
    match R::TOWARDS {
        Ordering::Greater => first(guess, |r| sum(r) <= 1.0),
        Ordering::Equal => guess,
        // The last float before the sum is below 1.
        Ordering::Less => first(guess, |r| sum(r) < 1.0).next_down(),
    }
}

/// The first positive float from which on a statement holds, which is true of infinity and false of 0.
fn first(guess: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let at = |bits: u64| holds(f64::from_bits(bits));
    let last = f64::INFINITY.to_bits();
    let (mut fails, mut found, mut step) = (guess.to_bits(), guess.to_bits(), 1);
    if at(found) {
        while fails > 0 && at(fails) {
            (found, fails, step) = (fails, fails.saturating_sub(step), 2 * step);
        }
    } else {
        while found < last && !at(found) {
            (fails, found, step) = (found, last.min(found + step), 2 * step);
        }
    }
    while found - fails > 1 {
        let middle = u64::midpoint(fails, found);
        if at(middle) { found = middle } else { fails = middle }
    }
    f64::from_bits(found)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
