//! How much the output of a network moves when its weights do.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up};

use super::hypothesis::{Violation, count, require_radius};
use super::network::Network;
use crate::capacity::norms::spectral;
use crate::capacity::spectral_complexity::times;

/// `e`, rounded up: its nearest float is below.
pub(crate) const E_UP: f64 = std::f64::consts::E.next_up();

/// The part of the lemma's bound that a chain of `depth` single units reaches when each layer is stretched along itself by as
/// much as the lemma allows, `‖Uᵢ‖ = ‖Wᵢ‖/d`. It rises to `1 − 1/e`: by more than a third, `e` cannot be replaced.
///
/// # Formula
/// `((1 + 1/d)^d − 1)/e`, and 0 without layers
///
/// # Reference
/// This project's: each of the `d` factors `wᵢ` becomes `wᵢ(1 + 1/d)`, and the lemma allows `e d/d` of their product.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::perturbation::stretched_share;
///
/// // (1.5² − 1)/e
/// assert!((stretched_share(2).midpoint() - 0.459_849).abs() < 1e-6);
/// ```
pub fn stretched_share(depth: u32) -> Interval {
    fn growth<R: Rounding>(depth: f64) -> f64 {
        let part = R::div(1.0, depth);
        R::sub(R::exp(R::mul(depth, R::ln_1p(part))), 1.0)
    }
    if depth == 0 {
        return Interval::between(0.0, 0.0);
    }
    let depth = f64::from(depth);
    Interval::between(Down::div(growth::<Down>(depth), E_UP), Up::div(growth::<Up>(depth), std::f64::consts::E))
}

/// The perturbation lemma: the largest change of a network's output, over all inputs of a ball, when its weights
/// `Wᵢ` become `Wᵢ + Uᵢ` with `‖Uᵢ‖ ≤ ‖Wᵢ‖/d`.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::network::{Activation, Network};
/// use saddlepoint_theory::bounds::perturbation::Perturbation;
/// use saddlepoint_theory::capacity::norms::Layers;
///
/// let layer = |w: f64| IntervalMatrix::from_rows(1, 1, vec![w]);
/// let network = Network::new(Layers::new(vec![layer(2.0)?, layer(3.0)?])?, Activation::relu())?;
/// // 2.5 · 3 − 2 · 3 = 1.5 on the input 1, and the lemma has e · 0.5 · 3.
/// let change = Perturbation::new(&network, &[layer(0.5)?, layer(0.0)?], 1.0)?.evaluate();
/// assert!(change > 4.07 && change < 4.08);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Perturbation {
    weights: Vec<Interval>,
    moves: Vec<Interval>,
    radius: f64,
}

impl Perturbation {
    /// A network, what is added to each of its weight matrices, and the radius of the ball of inputs.
    ///
    /// # Errors
    /// When the activation is not 1-Lipschitz, the matrices do not fit the weights, a norm cannot be enclosed, the
    /// radius is negative or not finite, or one of the matrices may have a norm above `‖Wᵢ‖/d`.
    pub fn new(network: &Network, added: &[IntervalMatrix], radius: f64) -> Result<Self, Violation> {
        let activation = network.activation();
        if activation.lipschitz() > 1.0 {
            return Err(Violation::Expanding { name: activation.name(), constant: activation.lipschitz() });
        }
        require_radius(radius)?;
        let depth = network.depth();
        if added.len() != depth {
            return Err(Violation::References { layers: depth, references: added.len() });
        }
        for (matrix, weight) in added.iter().zip(network.layers().weights()) {
            // A sum exists where the shapes are the same.
            matrix.plus(weight)?;
        }
        let weights = network.spectral_norms()?;
        let moves = added.iter().map(spectral).collect::<Result<Vec<_>, _>>()?;
        for (layer, (weight, moved)) in weights.iter().zip(&moves).enumerate() {
            let scaled = Up::mul(moved.high(), count::<Up>(depth as u64));
            if scaled > weight.low() {
                let size = Up::div(moved.high(), weight.low().max(0.0));
                return Err(Violation::Perturbation { layer, size, depth });
            }
        }
        Ok(Self { weights, moves, radius })
    }

    /// An upper bound of the change, in the Euclidean norm.
    ///
    /// # Formula
    /// `e B ∏ ‖Wᵢ‖ Σ ‖Uᵢ‖/‖Wᵢ‖`
    ///
    /// # Reference
    /// Neyshabur, Bhojanapalli, Srebro, A PAC-Bayesian approach to spectrally-normalized margin bounds for neural
    /// networks, ICLR 2018, lemma 2.
    pub fn evaluate(&self) -> f64 {
        let parts = self.moves.iter().enumerate().map(|(i, moved)| {
            let others = self.weights.iter().enumerate().filter(|(j, _)| *j != i);
            others.fold(moved.high(), |product, (_, weight)| times::<Up>(product, weight.high()))
        });
        times::<Up>(Up::mul(E_UP, self.radius), parts.fold(0.0, Up::add))
    }

    /// A lower bound of how much of the lemma's range the perturbation takes: 1 where some `‖Uᵢ‖ = ‖Wᵢ‖/d`.
    pub fn size(&self) -> f64 {
        let depth = count::<Down>(self.weights.len() as u64);
        let sizes = self.moves.iter().zip(&self.weights);
        sizes.map(|(moved, weight)| Down::mul(depth, Down::div(moved.low(), weight.high()))).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::super::network::Activation;
    use super::super::testing::{INPUTS, WEIGHTS, with_sample};
    use super::*;

    fn perturbed(activation: Activation, entry: f64, radius: f64) -> Result<Perturbation, Violation> {
        let added = vec![IntervalMatrix::from_rows(2, 2, vec![entry; 4])?; 2];
        with_sample(&WEIGHTS, 2, activation, &INPUTS, |network, _| Perturbation::new(network, &added, radius))
    }

    /// Against the power by multiplication, which rounds `d` times.
    #[test]
    fn a_stretched_chain_takes_its_share() {
        assert_eq!(stretched_share(0), Interval::between(0.0, 0.0));
        for depth in 1..=300u32 {
            let power = (0..depth).fold(1.0, |power, _| power * (1.0 + 1.0 / f64::from(depth)));
            let share = stretched_share(depth);
            let slack = f64::from(depth) * 1e-15;
            assert!((share.midpoint() - (power - 1.0) / std::f64::consts::E).abs() < slack, "{depth}");
            assert!(share.width() < 1e-13 && share.high() < 1.0 - (-1f64).exp(), "{depth}");
        }
        let limit = stretched_share(u32::MAX);
        assert!((limit.midpoint() - (1.0 - (-1f64).exp())).abs() < 1e-9 && limit.width() < 1e-6);
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert!(perturbed(Activation::tanh(), 0.3, 1.0).is_ok_and(|lemma| lemma.size() > 0.5));
        let refused = |activation, entry, radius| perturbed(activation, entry, radius).unwrap_err();
        assert!(matches!(refused(Activation::relu(), 0.5, 1.0), Violation::Perturbation { layer: 1, .. }));
        let steep = Activation::leaky_relu(2.0).unwrap();
        assert!(matches!(refused(steep, 0.1, 1.0), Violation::Expanding { .. }));
        for radius in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(refused(Activation::relu(), 0.1, radius), Violation::Radius(_)));
        }
        let wrong = |added: Vec<IntervalMatrix>| {
            with_sample(&WEIGHTS, 2, Activation::relu(), &INPUTS, |network, _| {
                Perturbation::new(network, &added, 1.0)
            })
        };
        let one = IntervalMatrix::from_rows(1, 2, vec![0.0; 2]).unwrap();
        assert!(matches!(wrong(vec![one.clone()]), Err(Violation::References { .. })));
        assert!(matches!(wrong(vec![one.clone(), one]), Err(Violation::Matrix(_))));
    }
}
