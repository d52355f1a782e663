//! The uniform deviation of thresholds: the one-sided Kolmogorov statistic and its exact law.
//!
//! For `F = {1[x ≤ t]}` and a continuous distribution, `sup_F (E f − Eₙ f)` is the one-sided Kolmogorov statistic,
//! whose law depends on `n` alone: a uniform deviation that is known exactly, against which bounds can be held.

use saddlepoint_rigor::Nearest;

use super::binomial::mode_probability;
use super::hypothesis::Violation;
use super::kl_inverse;
use crate::quantity::{Risk, SampleSize};

/// The largest sample whose law is summed, term by term.
pub const MOST_POINTS: u64 = 1 << 24;

/// `sup_t (t − Fₙ(t))` for points in `[0, 1]`: by how much the uniform law exceeds the sample on some threshold.
/// The points are sorted in place. `None` if there is none or one is not in `[0, 1]`.
///
/// # Formula
/// `max_i x₍ᵢ₎ − (i − 1)/n`, and at least `1 − Fₙ(1) = 0`
///
/// # Reference
/// Birnbaum and Tingey 1951, the statistic of equation 3.0.
pub fn statistic(points: &mut [f64]) -> Option<f64> {
    if points.is_empty() || !points.iter().all(|x| (0.0..=1.0).contains(x)) {
        return None;
    }
    points.sort_unstable_by(f64::total_cmp);
    let n = points.len() as f64;
    Some(points.iter().enumerate().map(|(i, x)| x - i as f64 / n).fold(0.0, f64::max))
}

/// `P(sup_t (t − Fₙ(t)) > gap)`, to about 1e-12 relative.
///
/// # Formula
/// `x Σⱼ C(n,j) (x + j/n)^(j−1) (1 − x − j/n)^(n−j)` over `0 ≤ j ≤ n(1 − x)`. All terms are positive. Each is a
/// binomial probability over `p = x + j/n`, evaluated as `b(j; n, j/n) · exp(−n kl(j/n‖p))`: no factorial overflows
/// and no digits cancel, for any `n`.
///
/// # Reference
/// Birnbaum and Tingey, One-sided confidence contours for probability distribution functions, Annals of
/// Mathematical Statistics 22, 1951, equation 3.0; Loader, Fast and accurate computation of binomial
/// probabilities, 2000, for the evaluation.
///
/// # Errors
/// When there are more than [`MOST_POINTS`] points.
pub fn tail(n: SampleSize, gap: Risk) -> Result<f64, Violation> {
    require_few(n)?;
    let (count, x) = (n.as_f64(), gap.get());
    if x == 0.0 {
        return Ok(1.0);
    }
    let terms = (0..=(count * (1.0 - x)).floor() as u64).filter(|&j| j < n.get()).map(|j| {
        let q = j as f64 / count;
        let p = q + x;
        if p >= 1.0 {
            return 0.0;
        }
        let kl = kl_inverse::nearly(q, p);
        mode_probability::<Nearest>(j, n.get()) * libm::exp(-count * kl) / p
    });
    Ok((x * terms.sum::<f64>()).min(1.0))
}

/// `E sup_t (t − Fₙ(t))`.
///
/// # Formula
/// `Q(n)/(2n)` with `Q(n) = Σ_{i=1..n} n!/((n−i)! nⁱ)`, Ramanujan's function
///
/// # Reference
/// Birnbaum and Pyke, On some distributions related to the statistic Dₙ⁺, Annals of Mathematical Statistics 29,
/// 1958, section 4.
///
/// # Errors
/// When there are more than [`MOST_POINTS`] points.
pub fn mean(n: SampleSize) -> Result<f64, Violation> {
    require_few(n)?;
    let count = n.as_f64();
    let (mut product, mut sum) = (1.0, 0.0);
    for i in 0..n.get() {
        sum += product;
        product *= 1.0 - (i + 1) as f64 / count;
        if product < 1e-20 {
            break;
        }
    }
    Ok(sum / (2.0 * count))
}

fn require_few(n: SampleSize) -> Result<(), Violation> {
    let found = n.get();
    if found <= MOST_POINTS {
        return Ok(());
    }
    Err(Violation::TooMany { what: "points", found, most: MOST_POINTS })
}

/// `lim P(√n · sup > z) = e^(−2z²)`, Smirnov's limit.
pub fn limit_tail(z: f64) -> f64 {
    libm::exp(-2.0 * z * z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(n: u64) -> SampleSize {
        SampleSize::new(n).unwrap()
    }

    #[test]
    fn one_point_is_uniform() {
        for x in [0.1, 0.5, 0.9] {
            assert!((tail(size(1), Risk::new(x).unwrap()).unwrap() - (1.0 - x)).abs() < 1e-15);
        }
        assert_eq!(mean(size(1)), Ok(0.5));
        assert_eq!((tail(size(7), Risk::ZERO), tail(size(7), Risk::ONE)), (Ok(1.0), Ok(0.0)));
    }

    /// Two points, by hand: the law has density `2x` up to ½ and ends in `(1 − x)²` from there on.
    #[test]
    fn two_points_by_hand() {
        for x in [0.5, 0.7, 0.95] {
            assert!(
                (tail(size(2), Risk::new(x).unwrap()).unwrap() - (1.0 - x) * (1.0 - x)).abs() < 1e-14,
                "{x}"
            );
        }
    }

    /// The mean is the integral of the tail.
    #[test]
    fn mean_and_tail_agree() {
        for n in [2, 20, 300] {
            let cells = 20_000;
            let sum: f64 = (0..cells)
                .map(|i| tail(size(n), Risk::new((f64::from(i) + 0.5) / f64::from(cells)).unwrap()).unwrap())
                .sum();
            assert!((sum / f64::from(cells) - mean(size(n)).unwrap()).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn samples_whose_law_takes_too_long_are_refused() {
        for n in [MOST_POINTS + 1, u64::MAX] {
            let refusal = Violation::TooMany { what: "points", found: n, most: MOST_POINTS };
            assert_eq!(tail(size(n), Risk::new(0.5).unwrap()), Err(refusal));
            assert_eq!(mean(size(n)), Err(refusal));
        }
    }

    #[test]
    fn the_statistic_of_known_points() {
        assert_eq!(statistic(&mut [0.25, 0.75]), Some(0.25));
        assert_eq!(statistic(&mut [0.9, 0.8]), Some(0.8));
        assert_eq!(statistic(&mut []), None);
        assert_eq!(statistic(&mut [f64::NAN]), None);
    }
}
