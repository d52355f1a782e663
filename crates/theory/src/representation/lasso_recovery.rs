//! When the minimizer of the lasso finds only right atoms, and how far off its coefficients are.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::dictionary::GramBounds;
use super::thresholding_recovery::{RecoveryError, noise_norm};

/// The lasso's minimizer is unique, uses no wrong atom, and is near in each coefficient.
///
/// # Formula
/// $Y=D\Gamma+e$ with $\lVert\Gamma\rVert_0\le k$, $\lVert e\rVert_2\le\varepsilon$. With $\delta = c-(k-1)m > km$ and
/// $\lambda\,(1-km/\delta) > \sqrt C\varepsilon$, every minimizer $\hat\Gamma$ of $\tfrac12\lVert Y-Dx\rVert^2+\lambda\lVert x\rVert_1$ is
/// the only one, its support lies in that of $\Gamma$, and $\lVert\hat\Gamma-\Gamma\rVert_\infty \le (\lambda+\sqrt C\varepsilon)/\delta$.
///
/// With unit atoms, $k<\tfrac13(1+1/\mu)$ and $\lambda=4\varepsilon$: $\delta>\tfrac23$ and $km/\delta<\tfrac12$, so that the condition holds and
/// the error is below $7.5\,\varepsilon$.
///
/// # Reference
/// Tropp, Just relax: convex programming methods for identifying sparse signals in noise, IEEE Transactions on Information
/// Theory 52, 2006, theorem 8 with proposition 3 of its coherence bounds; Papyan, Romano and Elad, JMLR 18, 2017, theorem 6.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::dictionary::GramBounds;
/// use saddlepoint_theory::representation::lasso_recovery::LassoRecovery;
///
/// let recovery = LassoRecovery::new(GramBounds::unit(0.125)?, 2, 0.02, 0.08)?;
/// assert!(recovery.largest_error() < 7.5 * 0.02);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LassoRecovery {
    largest_error: f64,
}

impl LassoRecovery {
    /// For a dictionary, at most `sparsity` coefficients, noise of norm at most `noise` and a penalty.
    ///
    /// # Errors
    /// When the noise is no norm, there are too many coefficients for the coherence, or the penalty is too small for the noise.
    pub fn new(gram: GramBounds, sparsity: usize, noise: f64, penalty: f64) -> Result<Self, RecoveryError> {
        let noise = Up::mul(Up::sqrt(gram.largest()), noise_norm(noise)?);
        let k = sparsity as f64;
        let definite = Down::sub(gram.least(), Up::mul((k - 1.0).max(0.0), gram.product()));
        let leak = Up::div(Up::mul(k, gram.product()), definite);
        if !(definite > 0.0 && leak < 1.0) {
            return Err(RecoveryError::ExactRecovery(sparsity, gram.coherence()));
        }
        let least = Up::div(noise, Down::sub(1.0, leak));
        if !(penalty > least && penalty.is_finite()) {
            return Err(RecoveryError::Penalty(penalty, least));
        }
        Ok(Self { largest_error: Up::div(Up::add(penalty, noise), definite) })
    }

    /// An upper bound of the error of each coefficient.
    pub fn largest_error(&self) -> f64 {
        self.largest_error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The constant of the paper follows wherever its condition holds.
        #[test]
        fn seven_and_a_half(k in 1usize..40, slack in 1e-6f64..1.0, noise in 1e-9f64..1e3) {
            // k < ⅓(1 + 1/μ) is μ < 1/(3k − 1).
            let mu = (1.0 - slack) / (3.0 * k as f64 - 1.0);
            let recovery = LassoRecovery::new(GramBounds::unit(mu).unwrap(), k, noise, 4.0 * noise).unwrap();
            prop_assert!(recovery.largest_error() < 7.5 * noise);
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform5(any::<u64>()), k in 0usize..10) {
            let [least, largest, product, noise, penalty] = bits.map(f64::from_bits);
            let Ok(gram) = GramBounds::new(least, largest, product) else { return Ok(()) };
            if let Ok(recovery) = LassoRecovery::new(gram, k, noise, penalty) {
                prop_assert!(recovery.largest_error() > 0.0);
            }
        }
    }

    #[test]
    fn violated_hypotheses_are_named() {
        let gram = GramBounds::unit(0.125).unwrap();
        assert!(matches!(LassoRecovery::new(gram, 5, 0.1, 0.4), Err(RecoveryError::ExactRecovery(5, _))));
        assert!(matches!(LassoRecovery::new(gram, 2, 0.1, 0.11), Err(RecoveryError::Penalty(..))));
        assert!(matches!(LassoRecovery::new(gram, 2, -0.1, 0.4), Err(RecoveryError::Noise(_))));
    }
}
