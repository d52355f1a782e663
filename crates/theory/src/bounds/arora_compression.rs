//! The compression bound of Arora, Ge, Neyshabur and Zhang, with every constant.
//!
//! A ReLU network without biases whose noise is cushioned can be replaced by one that is described by few numbers:
//! inner products of its weights with random signs that were drawn before the data. What is bounded is the risk of the
//! **compressed** network; nothing follows for the original.
//!
//! # The constants
//! The paper leaves them in `Õ`, and prints too few projections. Derived here, with depth `d`, widths `hᵢ`, `m`
//! observations, cushions `μᵢ`, `μ_{i→}` and contraction `c`:
//! 1. With `ε = min(1, γ/(√2 max‖f(x)‖))`, a compressed network whose outputs differ by at most `ε‖f(x)‖` on the sample
//!    errs at most where the original has margin `γ` or less, since a margin changes by at most `√2` times that.
//! 2. By induction over the layers `i`, the inputs of layer `j ≥ i` move by at most `ε (i/d) ‖xʲ‖`: the new noise,
//!    mapped by the Jacobian, is at most `ε/3d` of `‖xʲ‖` if `|uᵀ(Â − A)v| ≤ εᵢ‖A‖_F‖u‖‖v‖` with `εᵢ = ε μᵢ μ_{i→}/(6cd)`
//!    for each row `u` of the Jacobian and `v` the compressed network's units, whose norm is at most `2c` times the
//!    original's; two deviations from the Jacobian are at most `ε/3d` each if the smoothness is at least `3d`.
//! 3. These are `m Σᵢ Σ_{j≥i} hⱼ` events, each with probability at most `η` for
//!    [`projections`]`(15εᵢ/16, η)` random signs. The last 16th is for rounding the inner products.
//! 4. Scaling a layer does not change what is predicted, so weights have Frobenius norm 1. A layer's inner products have
//!    `⌈16 hᵢ hᵢ₋₁ √kᵢ⌉ + 1` values each: the class for given `k₁ … k_d` is finite. A union over all `kᵢ` with parts
//!    `6/(π²kᵢ²)` and Hoeffding's inequality finish the proof.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::clopper_pearson::ClopperPearson;
use super::dziugaite_roy::union_nats;
use super::hypothesis::{Violation, count, log_inverse};
use crate::capacity::cushions::Cushions;
use crate::capacity::margins::Margins;
use crate::capacity::matrix_project::{matrix_project, projections, rounding};
use crate::quantity::{Confidence, Margin, Risk, SampleSize};

/// How a network is compressed, so that it errs on the sample at most where its margin is small.
#[derive(Debug, Clone, PartialEq)]
pub struct Compression {
    gamma: Margin,
    projections: Vec<u64>,
    failure: Confidence,
    shapes: Vec<(usize, usize)>,
    examples: SampleSize,
}

impl Compression {
    /// The numbers of projections for a margin `gamma`, so many that with the network's cushions the compression is
    /// accurate enough but for probability `failure`.
    ///
    /// # Formula
    /// [`projections`]`(15 ε μᵢ μ_{i→} / 96cd, failure / (m Σᵢ Σ_{j≥i} hⱼ))` with `ε = min(1, γ/(√2 max‖f(x)‖))`
    ///
    /// # Errors
    /// When `gamma` is not positive and finite, `failure` not in `(0, 1)`, or a cushion so small that the projections cannot
    /// be counted.
    ///
    /// # Reference
    /// Arora, Ge, Neyshabur, Zhang, ICML 2018, the proof of theorem 4.1, with the derivation [above](self).
    pub fn new(cushions: &Cushions, gamma: f64, failure: f64) -> Result<Self, Violation> {
        let (gamma, failure) = (Margin::new(gamma)?, Confidence::new(failure)?);
        let examples = SampleSize::new(cushions.examples() as u64)?;
        let shapes = cushions.shapes().to_vec();
        let ratio = Down::div(gamma.get(), Up::mul(Up::sqrt(2.0), cushions.largest_output()));
        let epsilon = ratio.min(1.0);
        let depth = shapes.len() as f64;
        // Each width counts once for every layer up to its own.
        let rows = shapes.iter().zip(1u64..).fold(0.0, |sum, (shape, layers)| {
            Up::add(sum, Up::mul(count::<Up>(shape.0 as u64), count::<Up>(layers)))
        });
        let eta = Down::div(failure.delta(), Up::mul(rows, count::<Up>(examples.get())));
        let scale = Down::div(epsilon, Up::mul(Up::mul(6.0, cushions.contraction().high()), depth));
        let accuracy = |(layer, interlayer): (f64, f64)| {
            Down::mul(0.9375, Down::mul(scale, Down::mul(layer.max(0.0), interlayer.max(0.0))))
        };
        let pairs = cushions.layer().iter().zip(cushions.interlayer());
        let projections = pairs.map(|(a, b)| projections(accuracy((a.low(), b.low())), eta));
        let projections = projections.collect::<Result<_, _>>()?;
        Ok(Self { gamma, projections, failure, shapes, examples })
    }

    /// The number of projections of each layer: the parameters of the compressed network.
    pub fn projections(&self) -> &[u64] {
        &self.projections
    }

    /// Minus the logarithm of the part that these numbers of projections have of the failure probability, rounded up.
    fn union_nats(&self) -> f64 {
        self.projections.iter().fold(0.0, |sum, &k| Up::add(sum, union_nats(k)))
    }

    /// The weights of a compressed network: each matrix is scaled to Frobenius norm 1, projected, rounded, and scaled back.
    /// The signs are those of a generator that knows nothing of the data. It costs as many products as there are
    /// weights, for each projection.
    ///
    /// # Errors
    /// When the weights have other shapes than the network whose cushions were measured, or one is zero or not finite.
    pub fn compress(
        &self,
        weights: &[DMatrix<f64>],
        mut sign: impl FnMut() -> bool,
    ) -> Result<Vec<DMatrix<f64>>, Violation> {
        if weights.len() != self.shapes.len() {
            return Err(Violation::Length { expected: self.shapes.len(), found: weights.len() });
        }
        let layers = weights.iter().zip(&self.shapes).zip(&self.projections).enumerate();
        layers
            .map(|(layer, ((weights, &(rows, columns)), &k))| {
                if weights.shape() != (rows, columns) {
                    return Err(Violation::Length { expected: rows * columns, found: weights.len() });
                }
                let norm = weights.norm();
                if norm == 0.0 {
                    return Err(Violation::ZeroLayer(layer));
                }
                let (_, spacing) = rounding(rows, columns, k);
                Ok(matrix_project(&(weights / norm), k, spacing, &mut sign)? * norm)
            })
            .collect()
    }
}

/// How smooth the network is between its layers: `ρ`, and with which probability compression finds it less smooth.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothness {
    rho: f64,
    ledger: Ledger,
}

impl Smoothness {
    /// A smoothness that is known, but for probability `failure`.
    ///
    /// # Errors
    /// When `rho` is NaN or below 3, which no depth allows, or `failure` is not in `(0, 1)`.
    pub fn assumed(rho: f64, failure: f64) -> Result<Self, Violation> {
        require_smooth(rho, 3.0)?;
        let expense = Expense::new("interlayer smoothness", Confidence::new(failure)?, 1);
        Ok(Self { rho, ledger: Ledger::of(expense) })
    }

    /// The smoothness `rho`, with the failure probability that independent `draws` of
    /// [`interlayer_smoothness`](crate::capacity::cushions::interlayer_smoothness) bound with confidence `1 − delta`. Each
    /// draw is that of a network of its own from [`Compression::compress`].
    ///
    /// # Errors
    /// When `rho` is NaN or below 3, which no depth allows, there is no draw, one is negative or NaN, or `delta` is not in
    /// `(0, 1)`.
    pub fn of_draws(rho: f64, draws: &[f64], delta: f64) -> Result<Self, Violation> {
        require_smooth(rho, 3.0)?;
        draws.iter().try_for_each(|&draw| require_smooth(draw, 0.0))?;
        let rough = draws.iter().filter(|&&draw| draw < rho).count() as u64;
        let draws = ClopperPearson::new(rough, draws.len() as u64, delta)?.evaluate();
        // A probability of 1 leaves no confidence, which the theorem refuses.
        let failure = Confidence::new(draws.value().min(1.0f64.next_down()))?;
        let ledger = draws.ledger().clone().with(Expense::new("interlayer smoothness", failure, 1));
        Ok(Self { rho, ledger })
    }
}

/// Refuses what is below the need, and what is no number.
fn require_smooth(found: f64, needed: f64) -> Result<(), Violation> {
    if found >= needed { Ok(()) } else { Err(Violation::Smoothness { found, needed }) }
}

/// The risk of a compressed network.
#[derive(Debug, Clone, PartialEq)]
pub struct AroraCompression {
    observed: Risk,
    compression: Compression,
    delta: Confidence,
    ledger: Ledger,
}

/// A bound of the risk of the compressed network, and of no other.
#[derive(Debug, Clone, PartialEq)]
pub struct CompressedCertificate {
    certificate: Certificate,
    parameters: u64,
}

impl CompressedCertificate {
    /// The bound of the network that was compressed, not of the one that was trained.
    pub fn of_the_compressed_network(&self) -> &Certificate {
        &self.certificate
    }

    /// The number of parameters of the compressed network. It may be larger than that of the original.
    pub fn parameters(&self) -> u64 {
        self.parameters
    }
}

impl AroraCompression {
    /// A compression, the margins of the original network on the sample that its cushions were measured on, and its
    /// interlayer smoothness.
    ///
    /// # Errors
    /// When the margins are of another sample, the smoothness is below three times the depth, `delta` is not in `(0, 1)`, or
    /// all failure probabilities together leave no confidence.
    pub fn new(
        compression: Compression,
        margins: &Margins,
        smoothness: &Smoothness,
        delta: f64,
    ) -> Result<Self, Violation> {
        let delta = Confidence::new(delta)?;
        let inputs = compression.examples.get() as usize;
        if margins.count() != inputs {
            return Err(Violation::Samples { inputs, margins: margins.count() });
        }
        let needed = 3.0 * compression.shapes.len() as f64;
        require_smooth(smoothness.rho, needed)?;
        let ledger = (smoothness.ledger.clone())
            .with(Expense::new("the projections", compression.failure, 1))
            .with(Expense::new("the sample", delta, 1).weighted(compression.union_nats()))
            .solvent()?;
        let observed = margins.loss(compression.gamma);
        Ok(Self { observed, compression, delta, ledger })
    }

    /// The bound.
    ///
    /// # Formula
    /// `L̂_γ(f) + √((Σ kᵢ ln⌈16 hᵢ hᵢ₋₁ √kᵢ + 1⌉ + Σ ln(π²kᵢ²/6) + ln(1/δ)) / 2m)`, proven [above](self)
    ///
    /// # Reference
    /// Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018,
    /// theorem 4.1, with constants and the corrected number of projections.
    pub fn evaluate(&self) -> CompressedCertificate {
        let (observed, ks) = (self.observed.get(), &self.compression.projections);
        let description = ks.iter().zip(&self.compression.shapes).fold(0.0, |sum, (&k, &(rows, columns))| {
            let (values, _) = rounding(rows, columns, k);
            Up::add(sum, Up::mul(count::<Up>(k), Up::ln(values)))
        });
        let numbers = Up::add(description, self.compression.union_nats());
        let all = Up::add(numbers, log_inverse(self.delta));
        let twice = Down::mul(2.0, count::<Down>(self.compression.examples.get()));
        let bound = |logarithm| Up::add(observed, Up::sqrt(Up::div(logarithm, twice)));
        let levels =
            [("parameters", bound(description)), ("their number", bound(numbers)), ("confidence", bound(all))];
        let ledger = self.ledger.clone();
        let certificate =
            Certificate::new("Arora et al., compressed network", ledger, ("margin risk", observed), &levels);
        CompressedCertificate { certificate, parameters: ks.iter().fold(0, |sum, &k| sum.saturating_add(k)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saddlepoint_rigor::IntervalMatrix;

    use super::*;
    use crate::capacity::norms::Layers;
    use crate::quantity::QuantityError;

    fn cushions(examples: usize) -> Cushions {
        let layer = || IntervalMatrix::from_rows(2, 2, vec![1.0, 0.0, 0.0, 1.0]).unwrap();
        let network = Layers::new(vec![layer(), layer()]).unwrap();
        Cushions::new(&network, &vec![vec![1.0, 1.0]; examples]).unwrap()
    }

    fn margins(examples: usize) -> Margins {
        let outputs = (0..examples).flat_map(|_| [1.0, 1.0]).collect();
        Margins::of_classes(&IntervalMatrix::from_rows(examples, 2, outputs).unwrap(), &vec![0; examples])
            .unwrap()
    }

    /// Against the formula, at large samples where numbers of projections do not matter to the last digit.
    #[test]
    fn the_bound_is_the_formula() {
        let compression = Compression::new(&cushions(500), 1.0, 0.01).unwrap();
        // μ = 1/√2 for both layers, μ→ = 1/√2, c = 1, ε = 1/2, 500 · (2 + 4) events.
        let accuracy: f64 = 0.9375 * 0.5 * 0.5 / 12.0;
        let k = 4.0 * (1.0 + accuracy) * (2.0 * 3000.0 / 0.01f64).ln() / (accuracy * accuracy);
        for &found in compression.projections() {
            assert!((found as f64 / k - 1.0).abs() < 1e-3, "{found} {k}");
        }
        let smoothness = Smoothness::assumed(6.0, 0.02).unwrap();
        let bound =
            AroraCompression::new(compression.clone(), &margins(500), &smoothness, 0.02).unwrap().evaluate();
        let logarithm: f64 = compression
            .projections()
            .iter()
            .map(|&k| {
                let k = k as f64;
                k * ((64.0 * k.sqrt()).ceil() + 1.0).ln() + (std::f64::consts::PI.powi(2) * k * k / 6.0).ln()
            })
            .sum();
        let value = 1.0 + ((logarithm + 50f64.ln()) / 1000.0).sqrt();
        let certificate = bound.of_the_compressed_network();
        assert!((certificate.value() / value - 1.0).abs() < 1e-12, "{certificate} {value}");
        assert!((certificate.ledger().total() - 0.05).abs() < 1e-15);
        assert_eq!(bound.parameters(), compression.projections().iter().sum::<u64>());
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let compression = || Compression::new(&cushions(5), 1.0, 0.01).unwrap();
        let smooth = |rho| Smoothness::assumed(rho, 0.01).unwrap();
        let refused = |margins: &Margins, rho, delta| {
            AroraCompression::new(compression(), margins, &smooth(rho), delta).unwrap_err()
        };
        assert_eq!(refused(&margins(5), 5.9, 0.05), Violation::Smoothness { found: 5.9, needed: 6.0 });
        for rho in [f64::NAN, -1.0, 2.9] {
            assert!(matches!(Smoothness::assumed(rho, 0.01), Err(Violation::Smoothness { .. })), "{rho}");
            assert!(
                matches!(Smoothness::of_draws(rho, &[9.0; 9], 0.01), Err(Violation::Smoothness { .. })),
                "{rho}"
            );
        }
        assert_eq!(refused(&margins(4), 6.0, 0.05), Violation::Samples { inputs: 5, margins: 4 });
        assert_eq!(refused(&margins(5), 6.0, 0.0), QuantityError::Confidence(0.0).into());
        assert!(matches!(refused(&margins(5), 6.0, 0.99), Violation::Overspent(_)));
        assert!(Compression::new(&cushions(5), 0.0, 0.01).is_err());
        assert!(Compression::new(&cushions(5), 1.0, 2.0).is_err());
        assert!(Compression::new(&cushions(5), 1e-300, 0.1).is_err());
        assert!(Smoothness::of_draws(6.0, &[], 0.1).is_err());
        assert!(Smoothness::of_draws(6.0, &[f64::NAN], 0.1).is_err());
        // Rough draws leave no confidence.
        let rough = Smoothness::of_draws(6.0, &[1.0; 50], 0.01).unwrap();
        assert!(AroraCompression::new(compression(), &margins(5), &rough, 0.05).is_err());
        let zero = vec![DMatrix::zeros(2, 2); 2];
        assert_eq!(compression().compress(&zero, || true).unwrap_err(), Violation::ZeroLayer(0));
        assert!(compression().compress(&zero[..1], || true).is_err());
        assert!(compression().compress(&[zero[0].clone(), DMatrix::zeros(1, 2)], || true).is_err());
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [gamma, failure, rho, delta] = bits.map(f64::from_bits);
            let (Ok(compression), Ok(smoothness)) = (Compression::new(&cushions(3), gamma, 0.1), Smoothness::assumed(rho, failure))
            else { return Ok(()) };
            if let Ok(theorem) = AroraCompression::new(compression, &margins(3), &smoothness, delta) {
                prop_assert!(theorem.evaluate().of_the_compressed_network().value() >= 1.0);
            }
            let _ = Smoothness::of_draws(rho, &[gamma, delta], 0.1);
        }
    }
}
