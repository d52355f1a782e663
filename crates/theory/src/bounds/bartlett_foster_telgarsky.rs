//! Bartlett, Foster and Telgarsky's bound by the spectral complexity.
//!
//! # The chain
//! For layers with `‖Aᵢ‖_σ ≤ sᵢ` and `‖Aᵢᵀ − Mᵢᵀ‖₂,₁ ≤ bᵢ`, activations that are `ρᵢ`-Lipschitz with `σᵢ(0) = 0`, `W` the largest
//! dimension and `R = ∏ ρᵢsᵢ (Σ (bᵢ/sᵢ)^(2/3))^(3/2)`:
//!
//! 1. One layer: `{A F}` has a cover of radius `ε` with `r = bᵢ²‖F‖²/ε²`, `ln N ≤ ⌈r⌉ ln(2W²)` (Maurey), and for `r ≤ 1`
//!    the single matrix `Mᵢ F` is one. So `ln N ≤ 2r ln(2W²)` in either case: that is the price of the ceiling. Projecting
//!    the cover on the convex set `{A F}` moves it no further away and keeps later inputs within `∏ ρⱼsⱼ ‖X‖_F`.
//! 2. The network: with the best radii for the layers, `ln N(ε) ≤ 2 ‖X‖_F² ln(2W²) R² / ε²`.
//! 3. The margin of an output vector is √2-Lipschitz in its Euclidean norm, and the ramp `1/γ`-Lipschitz. So the losses
//!    have `√(ln N(ε)) ≤ C/ε` with `C = (2/γ) ‖X‖_F √(ln 2W²) R`. The paper has a Lipschitz constant of 2 and drops the
//!    ceilings: its `C` is the same number.
//! 4. Dudley's [integral](crate::capacity::dudley) from `1/n` to `√n`: `R̂ₙ ≤ 4/n^(3/2) + (18 ln n / n) C`. The coarsest
//!    cover is the zero vector, which need not be a loss of the class.
//!
//! The paper's appendix prints `ln(2W)` for `√(ln 2W²)`, which is larger but for `W = 1`, and doubles the constant 72 for its
//! own grid; here the grid is in the confidence term.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::Certificate;
use super::grid;
use super::hypothesis::{Violation, count, require_radius};
use super::inputs::Sample;
use super::network::{Network, Reference};
use super::rademacher;
use crate::capacity::norms::two_one_over_rows;
use crate::capacity::spectral_complexity::{of_radii, times};
use crate::quantity::{Confidence, Margin, Risk, SampleSize};

/// A bound of the logarithm of the number of balls of radius `epsilon` in the Frobenius norm that cover the outputs
/// of all networks of spectral complexity at most `complexity`, rounded up.
///
/// # Formula
/// `2 ‖X‖_F² ln(2W²) R² / ε²`: twice what is printed, for the ceilings of its parts
///
/// # Errors
/// When the complexity or the norm is negative or NaN, no layer has a unit, or `epsilon` is not positive and finite.
///
/// # Reference
/// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, theorem 3.3.
pub fn log_covering_number(
    complexity: f64,
    width: usize,
    frobenius: f64,
    epsilon: f64,
) -> Result<f64, Violation> {
    require(complexity, frobenius, width)?;
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(Violation::Radius(epsilon));
    }
    let root = Up::div(times::<Up>(frobenius, complexity), epsilon);
    Ok(2.0 * times::<Up>(times::<Up>(root, root), log_pairs(width)))
}

/// The empirical Rademacher complexity of the ramp losses at margin `γ` of all networks of spectral complexity at
/// most `complexity`, rounded up.
///
/// # Formula
/// `4/n^(3/2) + (36 ln n / γn) ‖X‖_F √(ln 2W²) R`
///
/// # Errors
/// When the complexity or the norm is negative or NaN, or no layer has a unit.
///
/// # Reference
/// Bartlett, Foster, Telgarsky 2017, lemma A.7, with the derivation [above](self).
pub fn rademacher_complexity(
    complexity: f64,
    width: usize,
    frobenius: f64,
    n: SampleSize,
    gamma: Margin,
) -> Result<f64, Violation> {
    require(complexity, frobenius, width)?;
    let parts = parts(complexity, width, frobenius, n, Up::div(1.0, gamma.get()));
    Ok(Up::add(parts[0], parts[1]))
}

/// Refuses what is no norm, and networks without units. Norms may be infinite: so is the bound.
fn require(complexity: f64, frobenius: f64, width: usize) -> Result<(), Violation> {
    if let Some(x) = [complexity, frobenius].into_iter().find(|x| x.is_nan() || *x < 0.0) {
        return Err(Violation::Radius(x));
    }
    if width == 0 { Err(Violation::NoUnits) } else { Ok(()) }
}

/// The radius and the integral of Dudley's bound.
fn parts(complexity: f64, width: usize, frobenius: f64, n: SampleSize, inverse_margin: f64) -> [f64; 2] {
    let (least, most) = (count::<Down>(n.get()), count::<Up>(n.get()));
    let radius = Up::div(4.0, Down::mul(least, Down::sqrt(least)));
    let logarithm = Up::div(Up::mul(36.0, Up::ln(most)), least);
    let class = times::<Up>(times::<Up>(frobenius, Up::sqrt(log_pairs(width))), complexity);
    [radius, times::<Up>(times::<Up>(logarithm, class), inverse_margin)]
}

/// `ln(2W²)`.
fn log_pairs(width: usize) -> f64 {
    let width = count::<Up>(width as u64);
    Up::ln(2.0 * Up::mul(width, width))
}

/// What the fixed class allows each layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Radii {
    /// `sᵢ ≥ ‖Aᵢ‖_σ`.
    pub spectral: Vec<f64>,
    /// `bᵢ ≥ ‖Aᵢᵀ − Mᵢᵀ‖₂,₁`: the sum over the rows of `Aᵢ − Mᵢ` of their Euclidean norms.
    pub distances: Vec<f64>,
}

/// What both forms of the bound rest on.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Hypotheses {
    observed: Risk,
    radius: f64,
    integral: f64,
    nats: Option<f64>,
    n: SampleSize,
    delta: Confidence,
}

impl Hypotheses {
    fn certificate(&self, theorem: &'static str) -> Certificate {
        let complexities = [
            ("radius of the cover", self.radius),
            ("spectral complexity", Up::add(self.radius, self.integral)),
        ];
        let observed = ("margin loss", self.observed);
        rademacher::certificate(theorem, observed, &complexities, self.nats, self.n, self.delta)
    }
}

/// The misclassification risk of a network of a class whose radii and margin were fixed before the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedClass(Hypotheses);

impl FixedClass {
    /// A network with its sample, in the class of these `radii` around the `reference`, at the margin `gamma`. All but
    /// the weights and the sample are fixed before the data.
    ///
    /// # Errors
    /// When the sample does not fit the network, the references or the radii are not one for each layer, a radius is
    /// not finite, the network lies outside the class, `gamma` is not positive and finite, or `delta` is not in
    /// `(0, 1)`.
    pub fn new(
        network: &Network,
        reference: &Reference,
        radii: &Radii,
        sample: Sample<'_>,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        network.require_fits(&sample)?;
        let (gamma, delta) = (Margin::new(gamma)?, Confidence::new(delta)?);
        let norms = [
            ("the spectral norm", network.spectral_norms()?, &radii.spectral),
            ("the (2, 1) distance", reference.distances(network, two_one_over_rows)?, &radii.distances),
        ];
        for (norm, values, radii) in norms {
            if radii.len() != values.len() {
                return Err(Violation::References { layers: values.len(), references: radii.len() });
            }
            for (layer, (value, &radius)) in values.iter().zip(radii).enumerate() {
                require_radius(radius)?;
                if value.high() > radius {
                    return Err(Violation::OutsideClass { layer, norm, value: value.high(), radius });
                }
            }
        }
        let complexity = of_radii::<Up>(&radii.spectral, &radii.distances, &network.lipschitz());
        let frobenius = sample.inputs().frobenius().high();
        let [radius, integral] =
            parts(complexity, network.width(), frobenius, sample.size(), Up::div(1.0, gamma.get()));
        let observed = sample.margins().loss(gamma);
        Ok(Self(Hypotheses { observed, radius, integral, nats: None, n: sample.size(), delta }))
    }

    /// The bound.
    ///
    /// # Formula
    /// `L̂_γ + 8/n^(3/2) + (72 ln n / γn) ‖X‖_F √(ln 2W²) R + 3 √(ln(2/δ) / 2n)`
    ///
    /// # Reference
    /// Bartlett, Foster, Telgarsky 2017, lemma A.7, with the derivation [above](self).
    pub fn evaluate(&self) -> Certificate {
        self.0.certificate("Bartlett-Foster-Telgarsky, fixed class")
    }
}

/// The misclassification risk of a network as training found it.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::bartlett_foster_telgarsky::APosteriori;
/// use saddlepoint_theory::bounds::inputs::{Inputs, Sample};
/// use saddlepoint_theory::bounds::network::{Activation, Network, Reference};
/// use saddlepoint_theory::capacity::{margins::Margins, norms::Layers};
///
/// let layers = Layers::new(vec![IntervalMatrix::identity(2)?, IntervalMatrix::identity(2)?])?;
/// let network = Network::new(layers, Activation::relu())?;
/// let points = IntervalMatrix::from_rows(2, 2, vec![1.0, 0.0, 0.0, 1.0])?;
/// let margins = Margins::of_classes(&points, &[0, 1])?;
/// let inputs = Inputs::new(points);
/// let bound =
///     APosteriori::new(&network, &Reference::zero(), Sample::new(&inputs, &margins)?, 0.5, 0.05)?.evaluate();
/// assert_eq!(bound.dominant().name, "spectral complexity");
/// assert!(bound.to_string().contains("vacuous"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct APosteriori(Hypotheses);

impl APosteriori {
    /// A network with its sample at the margin `gamma`, both as the data had them chosen. The `reference`, the shape
    /// and the activation are fixed before the data.
    ///
    /// # Errors
    /// When the sample or the reference does not fit the network, a norm cannot be enclosed, `gamma` is not positive
    /// and finite, or `delta` is not in `(0, 1)`.
    pub fn new(
        network: &Network,
        reference: &Reference,
        sample: Sample<'_>,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        network.require_fits(&sample)?;
        let (gamma, delta) = (Margin::new(gamma)?, Confidence::new(delta)?);
        let mut nats = 0.0;
        let mut on_grid = |quantity| {
            let point = grid::round_up(quantity);
            nats = Up::add(nats, point.nats);
            point.value
        };
        let spectral: Vec<f64> = network.spectral_norms()?.into_iter().map(&mut on_grid).collect();
        let distances = reference.distances(network, two_one_over_rows)?;
        let distances: Vec<f64> = distances.into_iter().map(&mut on_grid).collect();
        let inverse_margin = on_grid(grid::inverse(gamma));
        let complexity = of_radii::<Up>(&spectral, &distances, &network.lipschitz());
        let frobenius = sample.inputs().frobenius().high();
        let [radius, integral] = parts(complexity, network.width(), frobenius, sample.size(), inverse_margin);
        // The grid's margin is not above γ, so that its loss is not above this one.
        let observed = sample.margins().loss(gamma);
        Ok(Self(Hypotheses { observed, radius, integral, nats: Some(nats), n: sample.size(), delta }))
    }

    /// The bound.
    ///
    /// # Formula
    /// That of [`FixedClass`] with each `‖Aᵢ‖_σ`, each `‖Aᵢᵀ − Mᵢᵀ‖₂,₁` and `1/γ` rounded up to the [`grid`], and
    /// `ln(2/δ) + Σ ln(π coth π (1 + k²))` over these `2L + 1` quantities
    ///
    /// # Reference
    /// Bartlett, Foster, Telgarsky 2017, theorem 1.1 and lemma A.8, with the grid of this crate.
    pub fn evaluate(&self) -> Certificate {
        self.0.certificate("Bartlett-Foster-Telgarsky")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::network::Activation;
    use super::super::testing::{INPUTS, WEIGHTS, with_sample};
    use super::*;
    use crate::quantity::QuantityError;

    fn posterior(gamma: f64, activation: Activation) -> Result<APosteriori, Violation> {
        let theorem = |network: &Network, sample: Sample<'_>| {
            APosteriori::new(network, &Reference::zero(), sample, gamma, 0.05)
        };
        with_sample(&WEIGHTS, 2, activation, &INPUTS, theorem)
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        assert!(posterior(0.5, Activation::tanh()).is_ok());
        let refused = |gamma, activation| posterior(gamma, activation).unwrap_err();
        assert!(matches!(refused(0.5, Activation::sigmoid()), Violation::ActivationAtZero { .. }));
        assert_eq!(refused(-0.5, Activation::relu()), QuantityError::Margin(-0.5).into());
        let fixed = |spectral: Vec<f64>, distances: Vec<f64>| {
            let radii = Radii { spectral, distances };
            with_sample(&WEIGHTS, 2, Activation::relu(), &INPUTS, |network, sample| {
                FixedClass::new(network, &Reference::zero(), &radii, sample, 0.5, 0.05)
            })
        };
        assert!(fixed(vec![3.0; 2], vec![4.0; 2]).is_ok());
        let outside = fixed(vec![3.0, 1.0], vec![4.0; 2]);
        assert!(matches!(outside, Err(Violation::OutsideClass { layer: 1, norm: "the spectral norm", .. })));
        let outside = fixed(vec![3.0; 2], vec![1.0, 4.0]);
        assert!(matches!(outside, Err(Violation::OutsideClass { layer: 0, norm: "the (2, 1) distance", .. })));
        assert!(matches!(fixed(vec![3.0], vec![4.0; 2]), Err(Violation::References { .. })));
        assert!(matches!(fixed(vec![f64::NAN; 2], vec![4.0; 2]), Err(Violation::Radius(_))));
    }

    #[test]
    fn complexities_refuse_what_is_no_norm() {
        let (n, gamma) = (SampleSize::new(4).unwrap(), Margin::new(0.5).unwrap());
        for bad in [-1.0, f64::NAN] {
            assert!(log_covering_number(bad, 3, 1.0, 1.0).is_err());
            assert!(log_covering_number(1.0, 3, bad, 1.0).is_err());
            assert!(log_covering_number(1.0, 3, 1.0, bad).is_err());
            assert!(rademacher_complexity(bad, 3, 1.0, n, gamma).is_err());
        }
        assert!(log_covering_number(1.0, 3, 1.0, 0.0).is_err());
        assert!(log_covering_number(1.0, 3, 1.0, f64::INFINITY).is_err());
        assert_eq!(log_covering_number(1.0, 0, 1.0, 1.0), Err(Violation::NoUnits));
        assert_eq!(rademacher_complexity(1.0, 0, 1.0, n, gamma), Err(Violation::NoUnits));
        assert_eq!(rademacher_complexity(f64::INFINITY, 3, 1.0, n, gamma), Ok(f64::INFINITY));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            weights in any::<[u64; 8]>(), inputs in any::<[u64; 8]>(), gamma in any::<u64>(), delta in any::<u64>(),
        ) {
            let [gamma, delta] = [gamma, delta].map(f64::from_bits);
            let theorem = |network: &Network, sample: Sample<'_>| {
                APosteriori::new(network, &Reference::zero(), sample, gamma, delta)
            };
            let (weights, inputs) = (weights.map(f64::from_bits), inputs.map(f64::from_bits));
            if let Ok(theorem) = with_sample(&weights, 2, Activation::relu(), &inputs, theorem) {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
        }
    }
}
