//! Golowich, Rakhlin and Shamir's bound by the product of Frobenius norms.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count, require_radius};
use super::inputs::{Inputs, Sample};
use super::network::Network;
use super::norm_margin::NormMargin;
use crate::capacity::norms::frobenius;
use crate::capacity::spectral_complexity::times;
use crate::quantity::SampleSize;

/// The empirical Rademacher complexity of all scalar networks of `depth` weight matrices whose Frobenius norms have
/// at most this product, with 1-Lipschitz positive homogeneous activations, on these inputs: rounded up.
///
/// # Formula
/// `(‖X‖_F / n) (√(2 d ln 2) + 1) ∏ ‖Wⱼ‖_F`
///
/// # Reference
/// Golowich, Rakhlin, Shamir, Size-independent sample complexity of neural networks, COLT 2018, theorem 1. Their proof
/// peels off `d − 1` layers at a factor 2 each, so it has `d − 1` to spare for `d`.
pub fn complexity(depth: usize, norm: Interval, inputs: &Inputs) -> f64 {
    let n = count::<Down>(inputs.count() as u64);
    times::<Up>(Up::div(inputs.frobenius().high(), n), times_depth(depth, norm))
}

/// What peeling off layer by layer at a factor 2 each gives, with no logarithm in between: exponential in the depth.
///
/// # Formula
/// `2^(d−1) (‖X‖_F / n) ∏ ‖Wⱼ‖_F`
///
/// # Reference
/// Neyshabur, Tomioka, Srebro, Norm-based capacity control in neural networks, COLT 2015, theorem 1 with `p = q = 2`, as
/// Golowich et al. state it in section 3.
pub fn peeled_complexity(depth: usize, norm: Interval, inputs: &Inputs) -> f64 {
    let n = count::<Down>(inputs.count() as u64);
    // Doubling is exact up to an overflow, which is upwards.
    let layers = 2f64.powi(depth.saturating_sub(1).min(1024) as i32);
    times::<Up>(Up::div(inputs.frobenius().high(), n), times::<Up>(layers, norm.high().max(0.0)))
}

/// The same as [`complexity`] for all samples of `n` inputs in the ball of this radius.
///
/// # Formula
/// `(B / √n) (√(2 d ln 2) + 1) ∏ ‖Wⱼ‖_F`
///
/// # Errors
/// When the radius is negative or not finite.
///
/// # Reference
/// As [`complexity`].
pub fn complexity_on_ball(depth: usize, norm: Interval, radius: f64, n: SampleSize) -> Result<f64, Violation> {
    require_radius(radius)?;
    let root = Down::sqrt(count::<Down>(n.get()));
    Ok(times::<Up>(Up::div(radius, root), times_depth(depth, norm)))
}

/// `(√(2 d ln 2) + 1) ∏ ‖Wⱼ‖_F`.
fn times_depth(depth: usize, norm: Interval) -> f64 {
    let layers = Up::mul(count::<Up>(depth as u64), Up::ln(2.0));
    Up::mul(Up::add(Up::sqrt(2.0 * layers), 1.0), norm.high().max(0.0))
}

/// The misclassification risk of a scalar network by the product of its Frobenius norms.
///
/// The product of *Frobenius* norms is what the theorem is about; that of spectral norms may be smaller and bounds
/// the Lipschitz constant, not this complexity.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::golowich::Golowich;
/// use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
/// use saddlepoint_theory::bounds::network::{Activation, Network};
/// use saddlepoint_theory::capacity::{margins::Margins, norms::Layers};
///
/// // 400 points at distance 1 on two sides of a line, and the network t ↦ relu(t) − relu(−t).
/// let x: Vec<f64> = (0..400).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
/// let hidden = IntervalMatrix::from_rows(2, 1, vec![1.0, -1.0])?;
/// let output = IntervalMatrix::from_rows(1, 2, vec![1.0, -1.0])?;
/// let network = Network::new(Layers::new(vec![hidden, output])?, Activation::relu())?;
/// let outputs = IntervalMatrix::from_rows(400, 1, x)?;
/// let positive: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
/// let (inputs, margins) = (Inputs::new(outputs.clone()), Margins::of_signs(&outputs, &positive)?);
///
/// let bound = Golowich::new(&network, Sample::new(&inputs, &margins)?, 0.9, 0.05)?.evaluate();
/// assert!(bound.value() < 0.97 && bound.dominant().name == "norm over margin");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Golowich(NormMargin);

impl Golowich {
    /// A network with its sample, at the margin `gamma`, both as the data had them chosen.
    ///
    /// # Errors
    /// When the activation is not 1-Lipschitz and positive homogeneous, the network or the margins have more than
    /// one output, the inputs do not fit, `gamma` is not positive and finite, or `delta` is not in `(0, 1)`.
    pub fn new(network: &Network, sample: Sample<'_>, gamma: f64, delta: f64) -> Result<Self, Violation> {
        network.require_scalar_and_homogeneous()?;
        network.require_fits(&sample)?;
        let product = network.layers().product(|layer| Ok::<_, Violation>(frobenius(layer)))?;
        let unit = complexity(network.depth(), Interval::between(1.0, 1.0), sample.inputs());
        let theorem = "Golowich-Rakhlin-Shamir";
        Ok(Self(NormMargin::new(theorem, product, unit, sample.margins(), gamma, delta)?))
    }

    /// The bound.
    ///
    /// # Formula
    /// [`NormMargin::evaluate`] with the product of Frobenius norms and the [`complexity`] at product 1
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
        refuses_what_is_not_scalar_and_homogeneous(Golowich::new);
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            weights in any::<[u64; 6]>(), inputs in any::<[u64; 8]>(), gamma in any::<u64>(), delta in any::<u64>(),
        ) {
            let [gamma, delta] = [gamma, delta].map(f64::from_bits);
            let theorem = |network: &Network, sample: Sample<'_>| Golowich::new(network, sample, gamma, delta);
            let (weights, inputs) = (weights.map(f64::from_bits), inputs.map(f64::from_bits));
            if let Ok(theorem) = with_sample(&weights, 1, Activation::relu(), &inputs, theorem) {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
        }
    }
}
