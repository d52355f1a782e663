//! Binomial probabilities with directed rounding: no factorial overflows and no digits cancel, for any `n`.

use std::cmp::Ordering;
use std::f64::consts::PI;

use saddlepoint_rigor::Rounding;

use super::hypothesis::count;
use super::kl_inverse;

/// `C(n,k) (k/n)ᵏ (1 − k/n)^(n−k)`, the probability of `k ≤ n` successes where that is most likely, bounded on the
/// side of `R`.
///
/// # Formula
/// `√(n / 2πk(n−k)) · exp(ρ(n) − ρ(k) − ρ(n−k))` with Stirling's errors `ρ`
///
/// # Reference
/// Loader, Fast and accurate computation of binomial probabilities, 2000.
pub(crate) fn mode_probability<R: Rounding>(k: u64, n: u64) -> f64 {
    if k == 0 || k == n {
        return 1.0;
    }
    let errors = R::sub(
        R::sub(stirling_error::<R>(n), stirling_error::<R::Opposite>(k)),
        stirling_error::<R::Opposite>(n - k),
    );
    let product = R::Opposite::mul(count::<R::Opposite>(k), count::<R::Opposite>(n - k));
    let variance = R::Opposite::mul(R::Opposite::mul(2.0, pi::<R::Opposite>()), product);
    R::mul(R::exp(errors), R::sqrt(R::div(count::<R>(n), variance))).min(1.0)
}

/// `P(X ≤ k)` for a binomial `X` with `k < n` and `k/n < p < 1`, bounded on the side of `R`.
///
/// # Formula
/// `b(k; n, k/n) · exp(−n kl(k/n‖p)) · (1 + r(k) + r(k) r(k−1) + …)` with `r(j) = j(1 − p)/((n − j + 1)p)`
pub(crate) fn lower_tail<R: Rounding>(k: u64, n: u64, p: f64) -> f64 {
    // kl(·‖p) decreases up to p, and the probability decreases in kl.
    let q = R::div(count::<R>(k), count::<R::Opposite>(n));
    let kl = if q < p { kl_inverse::bound::<R::Opposite>(q, p).max(0.0) } else { 0.0 };
    let decay = R::exp(-R::Opposite::mul(count::<R::Opposite>(n), kl));
    R::mul(R::mul(mode_probability::<R>(k, n), decay), tail_ratio::<R>(k, n, p))
}

/// `P(X ≤ k) / P(X = k)`.
pub(crate) fn tail_ratio<R: Rounding>(k: u64, n: u64, p: f64) -> f64 {
    // Eight standard deviations below the mean of any sample of 2²² observations, nothing is left.
    const MOST_TERMS: u64 = 1 << 14;
    let odds = R::div(R::sub(1.0, p), p);
    let ratio = |j: u64| R::mul(R::div(count::<R>(j), count::<R::Opposite>(n - j + 1)), odds);
    let (mut sum, mut term) = (1.0, 1.0);
    for j in (k.saturating_sub(MOST_TERMS) + 1..=k).rev() {
        let factor = ratio(j);
        term = R::mul(term, factor);
        // r(j) falls with j, so this term and all after it are at most a geometric series.
        let rest = R::div(term, R::Opposite::sub(1.0, factor));
        if rest >= 0.0 && rest < 1e-17 * sum {
            return if R::TOWARDS == Ordering::Greater { R::add(sum, rest) } else { sum };
        }
        sum = R::add(sum, term);
    }
    if R::TOWARDS == Ordering::Less || k <= MOST_TERMS {
        return sum;
    }
    let factor = ratio(k - MOST_TERMS);
    let rest = R::div(R::mul(term, factor), R::Opposite::sub(1.0, factor));
    if rest >= 0.0 { R::add(sum, rest) } else { f64::INFINITY }
}

/// `ln k! − (k + ½) ln k + k − ½ ln 2π` for `k ≥ 1`, bounded on the side of `R`.
///
/// Stirling's series envelops its sum: what ends in a positive term is above, what ends in a negative one below.
/// Small arguments are reduced to large ones by `ρ(k) − ρ(k+1) = (k + ½) ln(1 + 1/k) − 1`.
fn stirling_error<R: Rounding>(k: u64) -> f64 {
    let x = count::<R::Opposite>(k);
    if k < 16 {
        let step = R::sub(R::mul(x + 0.5, R::ln_1p(R::div(1.0, x))), 1.0);
        return R::add(stirling_error::<R>(k + 1), step);
    }
    // Each bracket is subtracted from the one around it, so the directions alternate.
    let (near, far) =
        (R::div(1.0, R::Opposite::mul(x, x)), R::Opposite::div(1.0, R::mul(count::<R>(k), count::<R>(k))));
    let inner = if R::TOWARDS == Ordering::Greater { 0.0 } else { R::Opposite::div(691.0, 360_360.0) };
    let inner = R::sub(R::div(1.0, 1188.0), R::Opposite::mul(far, inner));
    let inner = R::Opposite::sub(R::Opposite::div(1.0, 1680.0), R::mul(near, inner));
    let inner = R::sub(R::div(1.0, 1260.0), R::Opposite::mul(far, inner));
    let inner = R::Opposite::sub(R::Opposite::div(1.0, 360.0), R::mul(near, inner));
    R::div(R::sub(R::div(1.0, 12.0), R::Opposite::mul(far, inner)), x)
}

/// π lies between its nearest float and the next one.
pub(crate) fn pi<R: Rounding>() -> f64 {
    if R::TOWARDS == Ordering::Greater { PI.next_up() } else { PI }
}

#[cfg(test)]
pub(crate) mod tests {
    use saddlepoint_rigor::{Down, Up};

    use super::*;

    /// `ln P(X = k)` for a binomial `X` by logarithms of factorials: independent of what is tested.
    pub(crate) fn log_probability(k: u64, n: u64, p: f64) -> f64 {
        let factorial = |n: u64| libm::lgamma(n as f64 + 1.0);
        factorial(n) - factorial(k) - factorial(n - k) + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()
    }

    pub(crate) fn probability(k: u64, n: u64, p: f64) -> f64 {
        log_probability(k, n, p).exp()
    }

    /// The largest probability, over `p = .001, …, .999`, that the bound for the observed number of errors is
    /// below `p`: exact sums, no simulation.
    pub(crate) fn worst_failure(n: u64, bound: impl Fn(u64) -> f64) -> f64 {
        let bounds: Vec<f64> = (0..=n).map(bound).collect();
        let failure =
            |p: f64| -> f64 { (0..=n).filter(|&k| bounds[k as usize] < p).map(|k| probability(k, n, p)).sum() };
        (1..1000).map(|i| failure(f64::from(i) / 1000.0)).fold(0.0, f64::max)
    }

    #[test]
    fn small_modes_by_hand() {
        for (k, n, exact) in [(1, 2, 0.5), (1, 3, 4.0 / 9.0), (2, 4, 0.375), (5, 10, 252.0 / 1024.0)] {
            let (low, high) = (mode_probability::<Down>(k, n), mode_probability::<Up>(k, n));
            assert!(low <= exact && exact <= high && high - low < 5e-14, "{k} of {n}: {low} {exact} {high}");
        }
    }

    /// Multiplying by `C(n,k+1)/C(n,k)` and powers is independent of Stirling's series.
    #[test]
    fn neighbouring_modes_have_the_right_ratio() {
        for n in [40u64, 100, 5000] {
            for k in [1, 7, 15, 16, 17, n / 3, n - 2] {
                let power = |k: u64| if k == 0 { 1.0 } else { (k as f64 * (1.0 / k as f64).ln_1p()).exp() };
                let exact = power(k) / power(n - k - 1);
                let low = mode_probability::<Down>(k + 1, n) / mode_probability::<Up>(k, n);
                let high = mode_probability::<Up>(k + 1, n) / mode_probability::<Down>(k, n);
                assert!(low <= exact * (1.0 + 1e-14) && exact <= high * (1.0 + 1e-14), "{k} of {n}");
                assert!(high / low < 1.0 + 1e-13, "{k} of {n}: {low} {high}");
            }
        }
    }

    #[test]
    fn tails_enclose_their_sums() {
        for (k, n, p) in [(0, 5, 0.3), (3, 20, 0.3), (40, 100, 0.5), (10, 1000, 0.02), (900, 1000, 0.95)] {
            let naive: f64 = (0..=k).map(|j| probability(j, n, p)).sum();
            let (low, high) = (lower_tail::<Down>(k, n, p), lower_tail::<Up>(k, n, p));
            assert!(low <= naive * (1.0 + 1e-11) && naive <= high * (1.0 + 1e-11), "{low} {naive} {high}");
            assert!(low <= high && high / low < 1.0 + 1e-11, "{low} {high}");
        }
        // P(X ≤ 1) = (1 − p)² + 2p(1 − p) for two.
        assert!(lower_tail::<Down>(1, 2, 0.75) <= 0.4375 && lower_tail::<Up>(1, 2, 0.75) >= 0.4375);
    }

    #[test]
    fn samples_too_large_for_all_terms_are_still_bounded() {
        let (n, k) = (1u64 << 40, 1u64 << 39);
        let p = 0.5 + 1.0 / (1u64 << 19) as f64;
        // Four standard deviations: the normal law has 3.167e-5.
        let (low, high) = (lower_tail::<Down>(k, n, p), lower_tail::<Up>(k, n, p));
        assert!(low < 3.2e-5 && high > 3.1e-5 && high < 3.6e-5, "{low} {high}");
    }
}
