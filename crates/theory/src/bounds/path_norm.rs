//! The bound by the ℓ₁ path norm.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count};
use super::inputs::{Inputs, Sample};
use super::network::Network;
use super::norm_margin::NormMargin;
use crate::capacity::spectral_complexity::times;

/// The empirical Rademacher complexity of all scalar networks of `depth` weight matrices with at most this ℓ₁ path
/// norm, with 1-Lipschitz positive homogeneous activations, on these inputs: rounded up.
///
/// Homogeneity lets every hidden unit be rescaled to incoming paths of total weight 1. Then the network is a
/// combination, with weights that sum to the path norm, of units one layer below; contraction costs 2 a layer, and
/// Massart's lemma bounds what is left: the `2D` coordinates with their signs.
///
/// # Formula
/// `2^(d−1) · path₁ · max_j ‖X_{:j}‖ √(2 ln 2D) / n`
///
/// # Reference
/// Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, theorem 5 and corollary 7
/// (path norms as the least product of row norms over rescalings).
pub fn complexity(depth: usize, path: Interval, inputs: &Inputs) -> f64 {
    let (n, d) = (count::<Down>(inputs.count() as u64), count::<Up>(inputs.dimension() as u64));
    let massart = Up::sqrt(2.0 * Up::ln(2.0 * d));
    let coordinates = Up::div(Up::mul(inputs.largest_column_norm().high(), massart), n);
    // Doubling is exact up to an overflow, which is upwards.
    let layers = 2f64.powi(depth.saturating_sub(1).min(1024) as i32);
    times::<Up>(times::<Up>(layers, path.high().max(0.0)), coordinates)
}

/// The misclassification risk of a scalar network by its ℓ₁ path norm, which does not see how the units of a network
/// are scaled.
///
/// Paths that lead through normalizations or poolings are none of these:
/// [`Network::from_operations`] refuses them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathNorm(NormMargin);

impl PathNorm {
    /// A network with its sample, at the margin `gamma`, both as the data had them chosen.
    ///
    /// # Errors
    /// When the activation is not 1-Lipschitz and positive homogeneous, the network or the margins have more than
    /// one output, the inputs do not fit, `gamma` is not positive and finite, or `delta` is not in `(0, 1)`.
    pub fn new(network: &Network, sample: Sample<'_>, gamma: f64, delta: f64) -> Result<Self, Violation> {
        network.require_scalar_and_homogeneous()?;
        network.require_fits(&sample)?;
        let path = network.layers().path_l1().total;
        let unit = complexity(network.depth(), Interval::between(1.0, 1.0), sample.inputs());
        Ok(Self(NormMargin::new("path norm", path, unit, sample.margins(), gamma, delta)?))
    }

    /// The bound.
    ///
    /// # Formula
    /// [`NormMargin::evaluate`] with the ℓ₁ path norm and the [`complexity`] at path norm 1
    ///
    /// # Reference
    /// As [`complexity`].
    pub fn evaluate(&self) -> Certificate {
        self.0.evaluate()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::network::Activation;
    use super::super::testing::{refuses_what_is_not_scalar_and_homogeneous, with_sample};
    use super::*;

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        refuses_what_is_not_scalar_and_homogeneous(PathNorm::new);
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            weights in any::<[u64; 6]>(), inputs in any::<[u64; 8]>(), gamma in any::<u64>(), delta in any::<u64>(),
        ) {
            let [gamma, delta] = [gamma, delta].map(f64::from_bits);
            let theorem = |network: &Network, sample: Sample<'_>| PathNorm::new(network, sample, gamma, delta);
            let (weights, inputs) = (weights.map(f64::from_bits), inputs.map(f64::from_bits));
            if let Ok(theorem) = with_sample(&weights, 1, Activation::relu(), &inputs, theorem) {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
        }
    }
}
