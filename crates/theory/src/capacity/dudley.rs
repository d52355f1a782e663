//! Dudley's entropy integral: a Rademacher complexity from covering numbers at all scales.

use saddlepoint_rigor::{Down, Rounding, Up};

use crate::quantity::{QuantityError, SampleSize, count};

/// Why entropies have no integral.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DudleyError {
    /// No sample.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// A constant of the entropy that is negative, infinite or NaN.
    #[error("√ln N(ε) = {0}/ε: the constant must be finite and at least 0")]
    Constant(f64),
    /// A smallest scale that is not positive and finite.
    #[error("a smallest scale α = {0}: it must be positive and finite")]
    Scale(f64),
    /// A finer cover that is smaller than a coarser one.
    #[error(
        "ln N({fine}) = {of_fine} is below ln N({coarse}) = {of_coarse}: an entropy decreases in the scale"
    )]
    NotDecreasing {
        /// The finer scale.
        fine: f64,
        /// Its entropy.
        of_fine: f64,
        /// The coarser scale.
        coarse: f64,
        /// Its entropy.
        of_coarse: f64,
    },
}

/// An upper bound of an empirical Rademacher complexity, and the smallest scale that it was reached with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Integral {
    /// The bound, rounded up.
    pub value: f64,
    /// `α`: finer covers were not used.
    pub smallest_scale: f64,
}

/// The integral for functions with values in `[0, 1]` on `n` points, and covers in the Euclidean norm of `ℝⁿ` (not divided
/// by `√n`). At the scale `√n` the zero vector covers them all; it need not be one of the functions.
///
/// # Formula
/// `R̂ₙ ≤ 4α/√n + (12/n) ∫_α^{√n} √ln N(ε) dε` for every `α > 0`
///
/// Any `α` gives a bound, so that the smallest of some of them, each rounded up, is one.
///
/// # Reference
/// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, lemma A.5;
/// Dudley, The sizes of compact subsets of Hilbert space and continuity of Gaussian processes, Journal of Functional
/// Analysis 1, 1967.
///
/// # Example
/// ```
/// use saddlepoint_theory::capacity::dudley::Dudley;
///
/// let dudley = Dudley::new(10_000)?;
/// let closed = dudley.inverse_scale(2.0)?;
/// let summed = dudley.upper_sums(|epsilon| (2.0 / epsilon).powi(2))?;
/// assert!(closed.value <= summed.value && summed.value < 1.02 * closed.value);
/// # Ok::<(), saddlepoint_theory::capacity::dudley::DudleyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dudley {
    n: SampleSize,
}

impl Dudley {
    /// On `n` points.
    ///
    /// # Errors
    /// When `n` is 0.
    pub fn new(n: u64) -> Result<Self, DudleyError> {
        Ok(Self { n: SampleSize::new(n)? })
    }

    /// The bound for `√ln N(ε) ≤ C/ε` at the best `α`.
    ///
    /// # Formula
    /// At `α* = min(3C/√n, √n)` of `4α/√n + (12C/n) ln(√n/α)`; from `C = n/3` on that is the trivial 4.
    ///
    /// # Errors
    /// When the constant is negative or not finite.
    ///
    /// # Reference
    /// As [`Dudley`]; the best scale is where the derivative in `α` vanishes.
    pub fn inverse_scale(&self, constant: f64) -> Result<Integral, DudleyError> {
        // Any scale is good, so it may be rounded; zero is none, and √n over it must not overflow. From √n on, rounded up,
        // no integral is left.
        let root = self.root::<Up>();
        let best = (3.0 * constant / root).clamp(1e-290, root);
        self.inverse_scale_at(constant, best)
    }

    /// The bound for `√ln N(ε) ≤ C/ε` at a given `α`.
    ///
    /// # Formula
    /// `4α/√n + (12C/n) max(0, ln(√n/α))`
    ///
    /// # Errors
    /// When the constant is negative or not finite, or the scale is not positive.
    ///
    /// # Reference
    /// As [`Dudley`], with `∫ C/ε dε`.
    pub fn inverse_scale_at(&self, constant: f64, alpha: f64) -> Result<Integral, DudleyError> {
        if !(constant >= 0.0 && constant.is_finite()) {
            return Err(DudleyError::Constant(constant));
        }
        if !(alpha > 0.0 && alpha.is_finite()) {
            return Err(DudleyError::Scale(alpha));
        }
        let logarithm = Up::ln(Up::div(self.root::<Up>(), alpha)).max(0.0);
        let integral = if constant == 0.0 { 0.0 } else { Up::mul(constant, logarithm) };
        Ok(self.bound(alpha, integral))
    }

    /// The bound for any entropy `ln N(ε)` that decreases in `ε`, by upper sums over scales that fall by a factor `2^{1/64}`,
    /// at the best of them; what they add to the integral is at most 1.1 % for `√ln N ~ 1/ε`.
    ///
    /// The entropy must not be below the truth. Where it is not a number, it counts as infinite; finer scales are then not
    /// asked for.
    ///
    /// # Formula
    /// `∫_α^{√n} √ln N(ε) dε ≤ Σⱼ (εⱼ − εⱼ₊₁) √ln N(εⱼ₊₁)`
    ///
    /// # Errors
    /// When the entropy of a finer scale is below that of a coarser one.
    ///
    /// # Reference
    /// As [`Dudley`]; upper sums of a decreasing function.
    pub fn upper_sums(&self, entropy: impl Fn(f64) -> f64) -> Result<Integral, DudleyError> {
        /// Down to a scale at which `4α/√n` is below 1e-19.
        const SCALES: u32 = 64 * 64;
        let mut coarse = self.root::<Up>();
        let (mut best, mut sum) = (self.bound(coarse, 0.0), 0.0);
        let mut of_coarse = 0.0;
        for j in 1..=SCALES {
            let fine = self.n.as_f64().sqrt() * libm::exp2(-f64::from(j) / 64.0);
            let of_fine = entropy(fine);
            if of_fine < of_coarse {
                return Err(DudleyError::NotDecreasing { fine, of_fine, coarse, of_coarse });
            }
            sum = Up::add(sum, Up::mul(Up::sub(coarse, fine), Up::sqrt(of_fine)));
            let bound = self.bound(fine, sum);
            if !bound.value.is_finite() {
                break;
            }
            if bound.value < best.value {
                best = bound;
            }
            (coarse, of_coarse) = (fine, of_fine);
        }
        Ok(best)
    }

    /// `4α/√n + (12/n) I`, rounded up.
    fn bound(self, alpha: f64, integral: f64) -> Integral {
        let n = count::<Down>(self.n.get());
        let coarse = Up::div(Up::mul(4.0, alpha), self.root::<Down>());
        let value = Up::add(coarse, Up::div(Up::mul(12.0, integral), n));
        Integral { value: if value.is_nan() { f64::INFINITY } else { value }, smallest_scale: alpha }
    }

    /// `√n`, on the side of `R`.
    fn root<R: Rounding>(self) -> f64 {
        R::sqrt(count::<R>(self.n.get()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dudley(n: u64) -> Dudley {
        Dudley::new(n).unwrap()
    }

    /// The catalogue's chain: `α = 1/n` gives `4/n^{3/2} + (18 ln n / n) C`.
    #[test]
    fn the_scale_of_the_margin_bound() {
        let (n, c) = (1000.0f64, 2.5);
        let found = dudley(1000).inverse_scale_at(c, 1.0 / n).unwrap().value;
        let expected = 4.0 / n.powf(1.5) + 18.0 * n.ln() / n * c;
        assert!((found / expected - 1.0).abs() < 1e-13, "{found} {expected}");
    }

    #[test]
    fn vacuous_entropies_give_the_trivial_bound() {
        let trivial = dudley(100).inverse_scale(1e6).unwrap();
        assert!((trivial.value - 4.0).abs() < 1e-14 && trivial.smallest_scale == 10.0);
        assert!((dudley(100).upper_sums(|_| f64::INFINITY).unwrap().value - 4.0).abs() < 1e-14);
        assert!((dudley(100).upper_sums(|_| f64::NAN).unwrap().value - 4.0).abs() < 1e-14);
        assert!(dudley(100).inverse_scale(0.0).unwrap().value < 1e-288);
    }

    #[test]
    fn what_is_no_entropy_is_refused() {
        assert!(Dudley::new(0).is_err());
        assert_eq!(dudley(10).inverse_scale(-1.0), Err(DudleyError::Constant(-1.0)));
        assert!(matches!(dudley(10).inverse_scale(f64::NAN), Err(DudleyError::Constant(_))));
        assert_eq!(dudley(10).inverse_scale_at(1.0, 0.0), Err(DudleyError::Scale(0.0)));
        assert!(matches!(dudley(10).upper_sums(|e| e), Err(DudleyError::NotDecreasing { .. })));
        assert!(matches!(dudley(10).upper_sums(|_| -1.0), Err(DudleyError::NotDecreasing { .. })));
    }

    proptest! {
        /// Teeth: no scale is better than the best by more than rounding.
        #[test]
        fn the_best_scale_is_the_best(n in 1u64..100_000, c in 1e-6..1e3f64, other in 1e-6..1.0f64) {
            let best = dudley(n).inverse_scale(c).unwrap();
            let alpha = other * (n as f64).sqrt();
            prop_assert!(best.value <= dudley(n).inverse_scale_at(c, alpha).unwrap().value * (1.0 + 1e-13));
            let summed = dudley(n).upper_sums(|epsilon| Up::mul(c / epsilon, c / epsilon) * (1.0 + 1e-15)).unwrap();
            prop_assert!(best.value <= summed.value * (1.0 + 1e-13) && summed.value <= best.value * 1.02);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(n in any::<u64>(), c in any::<u64>(), alpha in any::<u64>()) {
            let (c, alpha) = (f64::from_bits(c), f64::from_bits(alpha));
            if let Ok(dudley) = Dudley::new(n)
                && let (Ok(best), Ok(at)) = (dudley.inverse_scale(c), dudley.inverse_scale_at(c, alpha))
            {
                prop_assert!(best.value >= 0.0 && at.value >= 0.0 && best.value <= at.value * (1.0 + 1e-12) + 1e-289);
            }
        }
    }
}
