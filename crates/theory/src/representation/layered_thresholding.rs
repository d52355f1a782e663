//! Thresholding layer after layer, as a network does: what is still recovered at the end.

use saddlepoint_rigor::{Rounding, Up};

use super::dictionary::{Dictionary, DictionaryError, GramBounds};
use super::lasso_recovery::LassoRecovery;
use super::thresholding::Threshold;
use super::thresholding_recovery::{CodeBounds, RecoveryError, ThresholdingRecovery};

/// At which layer a hypothesis failed, and which.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("layer {layer}: {reason}")]
pub struct LayerError {
    /// The layer, counted from 1.
    pub layer: usize,
    /// The hypothesis.
    pub reason: RecoveryError,
}

/// Which operator each layer applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shrinkage {
    /// Hard thresholding.
    Hard,
    /// Soft thresholding: what a ReLU with bias does to nonnegative codes.
    Soft,
}

/// What is known of one layer's result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerGuarantee {
    /// The threshold.
    pub threshold: Threshold,
    /// An upper bound of the Euclidean error of the layer's code.
    pub error: f64,
}

/// Layered thresholding recovers the support of every layer of a multi-layer sparse code.
///
/// # Formula
/// $X = D_1\Gamma_1$, $\Gamma_{i-1}=D_i\Gamma_i$, $Y=X+E$, $\varepsilon_0=\lVert E\rVert_2$. If layer after layer the condition of
/// [`ThresholdingRecovery`] holds with the noise $\varepsilon_{i-1}$ that the layer before left, all supports are exact and
/// $\varepsilon_i = \sqrt{k_i}\,(\varepsilon_{i-1}+\mu_i(k_i-1)|\Gamma_i|_{\max}\ (+\,\beta_i$ if soft$))$.
///
/// # Reference
/// Papyan, Romano and Elad, JMLR 18, 2017, theorems 8 and 10, for dictionaries that are not convolutional.
#[derive(Debug, Clone, PartialEq)]
pub struct LayeredThresholding {
    shrinkage: Shrinkage,
    layers: Vec<LayerGuarantee>,
}

impl LayeredThresholding {
    /// For the dictionaries and codes of all layers, the first first, and the norm of the noise; each threshold is taken in
    /// the middle of what is certain.
    ///
    /// # Errors
    /// The first layer whose condition fails.
    pub fn new(
        layers: &[(GramBounds, CodeBounds)],
        noise: f64,
        shrinkage: Shrinkage,
    ) -> Result<Self, LayerError> {
        let mut error = noise;
        let mut guarantees = Vec::with_capacity(layers.len());
        for (layer, &(gram, code)) in (1..).zip(layers) {
            let recovery =
                ThresholdingRecovery::new(gram, code, error).map_err(|reason| LayerError { layer, reason })?;
            let threshold = recovery.middle();
            error = match shrinkage {
                Shrinkage::Hard => recovery.hard_error(),
                Shrinkage::Soft => recovery.soft_error(threshold),
            };
            guarantees.push(LayerGuarantee { threshold, error });
        }
        Ok(Self { shrinkage, layers: guarantees })
    }

    /// What is known of each layer.
    pub fn layers(&self) -> &[LayerGuarantee] {
        &self.layers
    }

    /// Runs the thresholds on a signal: the codes of all layers.
    ///
    /// # Errors
    /// When the dictionaries do not fit each other, the signal, or the number of layers.
    pub fn pursue(
        &self,
        dictionaries: &[&dyn Dictionary],
        signal: &[f64],
    ) -> Result<Vec<Vec<f64>>, DictionaryError> {
        if dictionaries.len() != self.layers.len() {
            return Err(DictionaryError::Length { found: dictionaries.len(), expected: self.layers.len() });
        }
        let thresholds: Vec<Threshold> = self.layers.iter().map(|layer| layer.threshold).collect();
        layered_thresholding(dictionaries, signal, &thresholds, self.shrinkage)
    }
}

/// The codes that layers of thresholding give, whether or not anything is guaranteed of them.
///
/// # Errors
/// When the dictionaries do not fit each other or the signal.
pub fn layered_thresholding(
    dictionaries: &[&dyn Dictionary],
    signal: &[f64],
    thresholds: &[Threshold],
    shrinkage: Shrinkage,
) -> Result<Vec<Vec<f64>>, DictionaryError> {
    let mut codes: Vec<Vec<f64>> = Vec::with_capacity(dictionaries.len());
    for (dictionary, threshold) in dictionaries.iter().zip(thresholds) {
        let correlations = dictionary.correlate(codes.last().map_or(signal, Vec::as_slice))?;
        codes.push(match shrinkage {
            Shrinkage::Hard => correlations.into_iter().map(|x| threshold.hard(x)).collect(),
            Shrinkage::Soft => correlations.into_iter().map(|x| threshold.soft(x)).collect(),
        });
    }
    Ok(codes)
}

/// Upper bounds of the Euclidean errors of layered basis pursuit, with penalty `4 ε_{i−1}` at layer `i`.
///
/// # Formula
/// $\varepsilon_i = \sqrt{k_i}\cdot\lVert\hat\Gamma_i-\Gamma_i\rVert_\infty$-bound, at most $7.5^i\varepsilon_0\prod_{j\le i}\sqrt{k_j}$ for unit
/// atoms with $k_i<\tfrac13(1+1/\mu_i)$. The bound returned keeps each layer's own constant.
///
/// # Errors
/// The first layer whose condition fails.
///
/// # Reference
/// Papyan, Romano and Elad, JMLR 18, 2017, theorem 12.
pub fn layered_basis_pursuit_errors(
    layers: &[(GramBounds, usize)],
    noise: f64,
) -> Result<Vec<f64>, LayerError> {
    let mut error = noise;
    let mut errors = Vec::with_capacity(layers.len());
    for (layer, &(gram, sparsity)) in (1..).zip(layers) {
        let recovery = LassoRecovery::new(gram, sparsity, error, 4.0 * error)
            .map_err(|reason| LayerError { layer, reason })?;
        error = Up::mul(Up::sqrt(sparsity as f64), recovery.largest_error());
        errors.push(error);
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_grow_from_layer_to_layer_until_one_is_refused() {
        let layer = (GramBounds::unit(0.01).unwrap(), CodeBounds::new(2, 1.0, 1.0).unwrap());
        let two = LayeredThresholding::new(&[layer; 2], 0.01, Shrinkage::Hard).unwrap();
        let expected = 2f64.sqrt() * (0.01 + 0.01);
        assert!((two.layers()[0].error - expected).abs() < 1e-15);
        assert!((two.layers()[1].error - 2f64.sqrt() * (expected + 0.01)).abs() < 1e-15);
        let refused = LayeredThresholding::new(&[layer; 20], 0.01, Shrinkage::Hard).unwrap_err();
        assert!(refused.layer > 2 && matches!(refused.reason, RecoveryError::NotSeparated { .. }));
        assert_eq!(LayeredThresholding::new(&[layer; 2], 0.01, Shrinkage::Soft).unwrap_err().layer, 2);
    }

    #[test]
    fn basis_pursuit_stays_below_the_papers_constant() {
        let layer = (GramBounds::unit(1.0 / 16.0).unwrap(), 5);
        let errors = layered_basis_pursuit_errors(&[layer; 3], 1e-3).unwrap();
        for (i, error) in (1..).zip(errors) {
            assert!(error <= 7.5f64.powi(i) * 1e-3 * 5f64.sqrt().powi(i));
        }
    }
}
