//! What one threshold recovers of a sparse code.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::dictionary::{Dictionary, DictionaryError, GramBounds};
use super::thresholding::Threshold;

/// Which hypothesis of a recovery theorem failed.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum RecoveryError {
    /// A code of no atoms, or magnitudes that are not `0 < smallest ≤ largest < ∞`.
    #[error(
        "{sparsity} coefficients of magnitudes from {smallest} to {largest}: at least one, and 0 < smallest ≤ largest < ∞, are needed"
    )]
    Code {
        /// Number of coefficients.
        sparsity: usize,
        /// Least magnitude.
        smallest: f64,
        /// Largest magnitude.
        largest: f64,
    },
    /// A norm of the noise that is negative or no number.
    #[error("noise of norm {0}: it must be finite and at least 0")]
    Noise(f64),
    /// Correlations off the support can reach those on it.
    #[error(
        "correlations reach {off} off the support and may be as low as {on} on it: no threshold is certain to tell them apart"
    )]
    NotSeparated {
        /// Upper bound off the support.
        off: f64,
        /// Lower bound on the support.
        on: f64,
    },
    /// A threshold that does not lie between.
    #[error("a threshold of {0}: it must lie in [{1}, {2})")]
    Threshold(f64, f64, f64),
    /// A penalty that is not positive, or too small for the noise.
    #[error("a penalty of {0}: it must be finite and above {1}")]
    Penalty(f64, f64),
    /// More atoms than the exact recovery condition can vouch for.
    #[error("{0} atoms at coherence {1}: the exact recovery condition holds only below ½(1 + 1/μ)")]
    ExactRecovery(usize, f64),
}

/// What is assumed of a code: how many coefficients, between which magnitudes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CodeBounds {
    sparsity: usize,
    smallest: f64,
    largest: f64,
}

impl CodeBounds {
    /// At most `sparsity` coefficients, all of magnitude between `smallest` and `largest`.
    ///
    /// # Errors
    /// When there is none, or `0 < smallest ≤ largest < ∞` does not hold.
    pub fn new(sparsity: usize, smallest: f64, largest: f64) -> Result<Self, RecoveryError> {
        if sparsity >= 1 && smallest > 0.0 && smallest <= largest && largest.is_finite() {
            Ok(Self { sparsity, smallest, largest })
        } else {
            Err(RecoveryError::Code { sparsity, smallest, largest })
        }
    }

    /// Those of a given code.
    ///
    /// # Errors
    /// When it is zero or not finite.
    pub fn of(code: &[f64]) -> Result<Self, RecoveryError> {
        let (mut sparsity, mut smallest, mut largest) = (0, f64::INFINITY, 0.0f64);
        for magnitude in code.iter().filter(|x| **x != 0.0).map(|x| x.abs()) {
            sparsity += 1;
            // NaN must not be lost in a minimum.
            let counted = if magnitude.is_nan() { f64::INFINITY } else { magnitude };
            (smallest, largest) = (smallest.min(counted), largest.max(counted));
        }
        Self::new(sparsity, smallest, largest)
    }

    /// Number of coefficients.
    pub fn sparsity(self) -> usize {
        self.sparsity
    }
}

pub(crate) fn noise_norm(noise: f64) -> Result<f64, RecoveryError> {
    if noise >= 0.0 && noise.is_finite() { Ok(noise + 0.0) } else { Err(RecoveryError::Noise(noise)) }
}

/// Thresholding the correlations with all atoms finds exactly the atoms that a noisy signal was made of.
///
/// # Formula
/// $Y = D\Gamma + e$, $\lVert e\rVert_2\le\varepsilon$, $\Gamma$ with $k$ coefficients of magnitude between $a$ and $b$. Then
/// $$|\langle d_i, Y\rangle| \le kmb+\sqrt C\varepsilon =: \tau_- \ (i\notin\mathrm{supp}\,\Gamma),\qquad
///   |\langle d_i, Y\rangle| \ge ca-(k-1)mb-\sqrt C\varepsilon =: \tau_+\ (i\in\mathrm{supp}\,\Gamma),$$
/// and if $\tau_- < \tau_+$ every threshold in $[\tau_-,\tau_+)$ gives the support exactly, with
/// $\lVert H_\beta(D^\top Y)-\Gamma\rVert_2\le\sqrt k\,(\sqrt C\varepsilon+(k-1)mb+\max|\,\lVert d_i\rVert^2-1|\,b)$, and $\beta$ more
/// inside for soft thresholding. With unit atoms, $\tau_-<\tau_+$ is
/// $k<\tfrac12(1+\tfrac{a}{\mu b})-\tfrac{\varepsilon}{\mu b}$.
///
/// # Reference
/// Papyan, Romano and Elad, JMLR 18, 2017, theorem 8, in its form for a dictionary that is not convolutional.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::dictionary::GramBounds;
/// use saddlepoint_theory::representation::thresholding_recovery::{CodeBounds, ThresholdingRecovery};
///
/// let gram = GramBounds::unit(0.125)?;
/// let recovery = ThresholdingRecovery::new(gram, CodeBounds::new(3, 0.8, 1.0)?, 0.0)?;
/// assert_eq!(recovery.interval().0, 0.375);
/// assert!(ThresholdingRecovery::new(gram, CodeBounds::new(4, 0.8, 1.0)?, 0.0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdingRecovery {
    off: f64,
    on: f64,
    sparsity: usize,
    coefficient_error: f64,
}

impl ThresholdingRecovery {
    /// For a dictionary, a code and noise of norm at most `noise`.
    ///
    /// # Errors
    /// When the noise is no norm, or correlations on and off the support need not be apart.
    pub fn new(gram: GramBounds, code: CodeBounds, noise: f64) -> Result<Self, RecoveryError> {
        let noise = Up::mul(Up::sqrt(gram.largest()), noise_norm(noise)?);
        let k = code.sparsity as f64;
        let one = Up::mul(gram.product(), code.largest);
        let off = Up::add(Up::mul(k, one), noise);
        let others = Up::mul(k - 1.0, one);
        let on = Down::sub(Down::sub(Down::mul(gram.least(), code.smallest), others), noise);
        if off < on {
            let scale = Up::mul(gram.distance_from_unit(), code.largest);
            let coefficient_error = Up::add(Up::add(noise, others), scale);
            Ok(Self { off, on, sparsity: code.sparsity, coefficient_error })
        } else {
            Err(RecoveryError::NotSeparated { off, on })
        }
    }

    /// The thresholds that are certain: from the first, included, to the second, excluded.
    pub fn interval(&self) -> (f64, f64) {
        (self.off, self.on)
    }

    /// A threshold in the middle.
    pub fn middle(&self) -> Threshold {
        let middle = f64::midpoint(self.off, self.on);
        let inside = if middle < self.on { middle } else { self.off };
        Threshold::clamped(inside)
    }

    /// Checks a threshold of one's own.
    ///
    /// # Errors
    /// When it does not lie in the interval.
    pub fn admit(&self, beta: f64) -> Result<Threshold, RecoveryError> {
        let refused = RecoveryError::Threshold(beta, self.off, self.on);
        if beta >= self.off && beta < self.on {
            Threshold::new(beta).map_err(|_| refused)
        } else {
            Err(refused)
        }
    }

    /// An upper bound of the Euclidean error of the hard-thresholded code.
    pub fn hard_error(&self) -> f64 {
        Up::mul(Up::sqrt(self.sparsity as f64), self.coefficient_error)
    }

    /// An upper bound of the Euclidean error of the soft-thresholded code.
    pub fn soft_error(&self, threshold: Threshold) -> f64 {
        Up::mul(Up::sqrt(self.sparsity as f64), Up::add(self.coefficient_error, threshold.get()))
    }
}

/// The code that hard thresholding of the correlations gives.
///
/// # Errors
/// When the signal has another length than the dictionary's rows.
pub fn hard_thresholded(
    dictionary: &(impl Dictionary + ?Sized),
    signal: &[f64],
    threshold: Threshold,
) -> Result<Vec<f64>, DictionaryError> {
    Ok(dictionary.correlate(signal)?.into_iter().map(|x| threshold.hard(x)).collect())
}

/// Whether some threshold separates the correlations on the support of `code` from those off it.
///
/// # Errors
/// When lengths do not fit.
pub fn some_threshold_separates(
    dictionary: &(impl Dictionary + ?Sized),
    signal: &[f64],
    code: &[f64],
) -> Result<bool, DictionaryError> {
    if code.len() != dictionary.atoms() {
        return Err(DictionaryError::Length { found: code.len(), expected: dictionary.atoms() });
    }
    let correlations = dictionary.correlate(signal)?;
    let (mut off, mut on) = (0.0f64, f64::INFINITY);
    for (correlation, coefficient) in correlations.iter().zip(code) {
        if *coefficient == 0.0 {
            off = off.max(correlation.abs());
        } else {
            on = on.min(correlation.abs());
        }
    }
    Ok(off < on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_textbook_condition_at_unit_atoms() {
        let gram = GramBounds::unit(0.125).unwrap();
        let separated =
            |k, noise| ThresholdingRecovery::new(gram, CodeBounds::new(k, 0.8, 1.0).unwrap(), noise);
        // ½(1 + 8 · 0.8) = 3.7, and 8 ε less.
        assert!(separated(3, 0.0).is_ok() && separated(3, 0.08).is_ok() && separated(3, 0.09).is_err());
        assert!(matches!(separated(4, 0.0), Err(RecoveryError::NotSeparated { .. })));
        assert!(matches!(separated(1, f64::NAN), Err(RecoveryError::Noise(_))));
        assert!(CodeBounds::of(&[0.0]).is_err() && CodeBounds::of(&[f64::NAN, 1.0]).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform6(any::<u64>()), k in 0usize..10) {
            let [least, largest, product, a, b, noise] = bits.map(f64::from_bits);
            let Ok(gram) = GramBounds::new(least, largest, product) else { return Ok(()) };
            let Ok(code) = CodeBounds::new(k, a, b) else { return Ok(()) };
            if let Ok(recovery) = ThresholdingRecovery::new(gram, code, noise) {
                let (off, on) = recovery.interval();
                prop_assert!(off >= 0.0 && off < on && on.is_finite());
                prop_assert!(recovery.admit(recovery.middle().get()).is_ok());
                prop_assert!(recovery.hard_error() >= 0.0);
            }
        }
    }
}
