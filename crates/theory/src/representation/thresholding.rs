//! Soft and hard thresholding, and the ReLU as the nonnegative half of the soft one.

/// A threshold that is no number at least 0.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a threshold β = {0}: it must be finite and at least 0")]
pub struct ThresholdError(f64);

/// A threshold `β ≥ 0`, and the operators that it belongs to.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::thresholding::Threshold;
///
/// let half = Threshold::new(0.5)?;
/// assert_eq!([-2.0, 0.25, 1.0].map(|x| half.soft(x)), [-1.5, 0.0, 0.5]);
/// assert_eq!([-2.0, 0.25, 1.0].map(|x| half.hard(x)), [-2.0, 0.0, 1.0]);
/// # Ok::<(), saddlepoint_theory::representation::thresholding::ThresholdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Threshold(f64);

impl Threshold {
    /// The threshold `beta`.
    ///
    /// # Errors
    /// When it is negative, infinite or NaN.
    pub fn new(beta: f64) -> Result<Self, ThresholdError> {
        if beta >= 0.0 && beta.is_finite() { Ok(Self(beta + 0.0)) } else { Err(ThresholdError(beta)) }
    }

    /// For thresholds that are finite and at least 0 by construction.
    pub(crate) fn clamped(beta: f64) -> Self {
        Self(beta.clamp(0.0, f64::MAX))
    }

    /// `β`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Soft thresholding, the proximal map of `β|·|`.
    ///
    /// # Formula
    /// $S_\beta(x) = \operatorname{sign}(x)\,(|x|-\beta)_+ = \arg\min_z\ \tfrac12(z-x)^2+\beta|z|$
    ///
    /// # Reference
    /// Donoho, De-noising by soft-thresholding, IEEE Transactions on Information Theory 41, 1995.
    pub fn soft(self, x: f64) -> f64 {
        let shrunk = x.abs() - self.0;
        // Not `max`, which would make 0 of NaN.
        if shrunk <= 0.0 { 0.0 } else { shrunk.copysign(x) }
    }

    /// Hard thresholding: `x` where `|x| > β`, else 0.
    pub fn hard(self, x: f64) -> f64 {
        if x.abs() <= self.0 { 0.0 } else { x }
    }

    /// A ReLU with bias `−β`, the proximal map of `β z` on `z ≥ 0`.
    ///
    /// # Formula
    /// $\mathrm{relu}(x-\beta) = \arg\min_{z\ge 0}\ \tfrac12(z-x)^2+\beta z$
    ///
    /// # Reference
    /// Papyan, Romano and Elad, Convolutional neural networks analyzed via convolutional sparse coding, JMLR 18, 2017,
    /// section 3.
    pub fn nonnegative_soft(self, x: f64) -> f64 {
        relu(x - self.0)
    }

    /// Soft thresholding as two units of a ReLU layer: `relu(x − β) − relu(−x − β)`.
    pub fn soft_as_two_relus(self, x: f64) -> f64 {
        relu(x - self.0) - relu(-x - self.0)
    }

    /// What [`soft`](Self::soft) minimizes: `½(z − x)² + β|z|`.
    pub fn proximal_objective(self, x: f64, z: f64) -> f64 {
        0.5 * (z - x) * (z - x) + self.0 * z.abs()
    }
}

fn relu(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bits_are_thresholded_or_refused(beta in any::<u64>(), x in any::<u64>()) {
            let (beta, x) = (f64::from_bits(beta), f64::from_bits(x));
            match Threshold::new(beta) {
                Ok(threshold) if x.is_finite() => {
                    prop_assert!(threshold.soft(x).abs() <= x.abs());
                    prop_assert_eq!(threshold.soft(x), threshold.soft_as_two_relus(x));
                }
                Ok(threshold) => prop_assert_eq!(threshold.soft(x).is_nan(), x.is_nan()),
                Err(_) => prop_assert!(!(beta >= 0.0 && beta.is_finite())),
            }
        }
    }
}
