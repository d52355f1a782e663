//! The complexity of thresholds, in closed form.

use saddlepoint_rigor::{Down, Rounding, Up};

use crate::quantity::{Complexity, SampleSize};

/// The empirical Rademacher complexity of thresholds `x ↦ 1[x ≤ t]` on any `n` distinct points, rounded up.
///
/// # Formula
/// Sorted by the points, the supremum is the maximum `Mₙ = max(0, S₁, …, Sₙ)` of a simple random walk, and by the
/// reflection principle `E Mₙ = E|Sₙ| − P(Sₙ > 0)`. With `w(m) = C(2m, m)/4ᵐ`:
/// `n R̂ₙ = (n + ½) w(n/2) − ½` for even `n`, and `n w((n − 1)/2) − ½` for odd `n`.
///
/// # Reference
/// Feller, *An Introduction to Probability Theory and Its Applications* I, 3rd edition 1968, section III.7,
/// theorem 1 (the law of the maximum).
pub fn thresholds(n: SampleSize) -> Complexity {
    let count = n.as_f64();
    let walk = if n.get().is_multiple_of(2) { count + 0.5 } else { count };
    let maximum = Up::sub(Up::mul(walk, central_binomial(n.get() / 2)), 0.5);
    Complexity::bounded(Up::div(maximum, count))
}

/// `C(2m, m)/4ᵐ`, rounded up.
fn central_binomial(m: u64) -> f64 {
    const PRODUCT: u64 = 100_000;
    if m <= PRODUCT {
        return (1..=m).fold(1.0, |w, j| Up::mul(w, Up::div(2.0 * j as f64 - 1.0, 2.0 * j as f64)));
    }
    // Wallis: w(m) < 1/√(πm), off by less than a factor 1 + 1/(8m).
    let pi = std::f64::consts::PI.next_down();
    Up::div(1.0, Down::sqrt(Down::mul(pi, m as f64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_walks_by_enumeration() {
        for n in 1..=14u32 {
            let total: i64 = (0..1u32 << n)
                .map(|signs| {
                    let (mut walk, mut highest) = (0i64, 0i64);
                    for i in 0..n {
                        walk += if signs >> i & 1 == 1 { 1 } else { -1 };
                        highest = highest.max(walk);
                    }
                    highest
                })
                .sum();
            let exact = total as f64 / f64::from(1u32 << n) / f64::from(n);
            let closed = thresholds(SampleSize::new(n.into()).unwrap()).get();
            assert!(closed >= exact && closed <= exact * (1.0 + 1e-14), "{n}: {closed} {exact}");
        }
    }

    #[test]
    fn the_product_meets_its_asymptote() {
        let at = |n| thresholds(SampleSize::new(n).unwrap()).get();
        assert!((at(200_000) / at(200_002) - 1.0).abs() < 1e-4);
        assert!((at(1_000_000_000) * 1e9f64.sqrt() - (2.0 / std::f64::consts::PI).sqrt()).abs() < 1e-4);
    }
}
