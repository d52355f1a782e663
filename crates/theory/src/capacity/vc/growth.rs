//! The growth function: on `m` points, how many combinations of labels a class takes.

use saddlepoint_rigor::{Down, Rounding, Up};

use crate::quantity::count;

/// `ln Π(m)` for any class of VC dimension `d`, rounded up.
///
/// # Formula
/// `Π(m) ≤ 2ᵐ`, and `Π(m) ≤ Σ_{i ≤ d} C(m, i) ≤ (em/d)^d` from `m = d` on. For `m < d` the last expression may be below
/// `2ᵐ`, where it bounds nothing.
///
/// # Reference
/// Sauer, On the density of families of sets, Journal of Combinatorial Theory A 13, 1972, theorem 1; Vapnik and
/// Chervonenkis, On the uniform convergence of relative frequencies of events to their probabilities, Theory of
/// Probability and its Applications 16, 1971, theorem 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::vc::growth::log_growth;
///
/// // Intervals on a line have dimension 2, and 1 + m(m + 1)/2 labellings of m points.
/// assert!(log_growth(2, 100) > 5051f64.ln() && log_growth(2, 100) < 9.83);
/// assert!(log_growth(2, 1) < 2f64.ln() * (1.0 + 1e-15));
/// ```
pub fn log_growth(dimension: u64, points: u64) -> f64 {
    of_real(dimension, count::<Up>(points), points >= dimension)
}

/// The same on `2n` points, which may be more than an integer holds.
pub(crate) fn log_growth_doubled(dimension: u64, n: u64) -> f64 {
    of_real(dimension, 2.0 * count::<Up>(n), n >= dimension.div_ceil(2))
}

fn of_real(dimension: u64, points: f64, sauer_applies: bool) -> f64 {
    if dimension == 0 {
        return 0.0;
    }
    let all = Up::mul(points, Up::ln(2.0));
    if !sauer_applies {
        return all;
    }
    let logarithm = Up::add(1.0, Up::ln(Up::div(points, count::<Down>(dimension))));
    Up::mul(count::<Up>(dimension), logarithm).min(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum itself is between a single power and the closed form.
    #[test]
    fn sauers_sum_is_below_its_closed_form() {
        for d in 0..12u64 {
            for m in 0..60u64 {
                let (mut choose, mut sum) = (1.0, 0.0);
                for i in 0..=d.min(m) {
                    sum += choose;
                    choose *= (m - i) as f64 / (i + 1) as f64;
                }
                assert!(sum.ln() <= log_growth(d, m) * (1.0 + 1e-14), "{d} {m}");
                assert!(log_growth(d, m) <= m as f64 * 2f64.ln() * (1.0 + 1e-15));
            }
        }
        assert_eq!((log_growth(0, 10), log_growth(3, 0)), (0.0, 0.0));
        assert!(log_growth(u64::MAX, u64::MAX).is_finite() && log_growth_doubled(7, u64::MAX).is_finite());
        assert_eq!(log_growth_doubled(7, 40), log_growth(7, 80));
    }
}
