//! Neyshabur, Bhojanapalli and Srebro's PAC-Bayes bound by spectral norms.
//!
//! # The proof, with its constants
//! Scale the layers of `f/γ` so that all have the spectral norm `β = (∏‖Wᵢ‖/γ)^(1/d)`: the function is the same, since the
//! activation is positive homogeneous, and its margin is 1 where that of `f` is `γ`. Prior and posterior are Gaussian
//! with standard deviation `σ` for each weight, around 0 and around the scaled weights.
//!
//! 1. With probability ½ or more, all perturbations have `‖Uᵢ‖ ≤ σ √(2h ln 4dh)` (Gaussian series, `h` the largest
//!    dimension). By the [perturbation lemma](super::perturbation) the outputs then move by at most ¼ on all inputs in the ball of
//!    radius `B`, if `1/σ ≥ 4√2 e d B β^(d−1) √(h ln 4dh)`.
//! 2. The lemma needs `‖Uᵢ‖ ≤ β/d`. Where this `σ` allows more, `4e B β^d < 1`: then no margin reaches `γ`, and the bound is 1.
//! 3. `σ` is chosen by the data, so `1/σ` is rounded up to the [grid], by a factor below `2^(1/8)`, and its price is
//!    added. Nothing else is chosen: the margin has been divided out.
//! 4. `KL = Σ ‖W̃ᵢ‖_F² / 2σ²`, and a margin of 1 leaves room for outputs that move by ¼.
//!
//! The paper covers `β` instead, loses `e` twice, and has the constant `42² e²/2` where this proof has `16 e² 2^(1/4)`: a
//! forty-sixth part.

use saddlepoint_rigor::{Down, Interval, Rounding, Up};

use super::certificate::{Certificate, Expense, Ledger};
use super::grid;
use super::hypothesis::{Violation, count, log_inverse, require_radius};
use super::inputs::Sample;
use super::network::Network;
use super::perturbation::E_UP;
use crate::capacity::spectral_complexity::times;
use crate::quantity::{Confidence, Divergence, Margin, Risk, SampleSize};

/// The misclassification risk of a network as training found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NeyshaburPacBayes {
    observed: Risk,
    divergence: f64,
    nats: f64,
    n: SampleSize,
    delta: Confidence,
}

impl NeyshaburPacBayes {
    /// A network with its sample at the margin `gamma`, both as the data had them chosen. All inputs that can ever
    /// be drawn have a norm of at most `radius`, which is known before the data: the largest that was observed is no
    /// such radius.
    ///
    /// # Errors
    /// When the activation is not 1-Lipschitz and positive homogeneous, the sample does not fit the network or
    /// leaves the ball, a layer may be zero, `gamma` is not positive and finite, or `delta` is not in `(0, 1)`.
    pub fn new(
        network: &Network,
        radius: f64,
        sample: Sample<'_>,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        network.activation().require_homogeneous()?;
        network.require_fits(&sample)?;
        let (gamma, delta) = (Margin::new(gamma)?, Confidence::new(delta)?);
        require_radius(radius)?;
        let norm = sample.inputs().largest_norm().high();
        if norm > radius {
            return Err(Violation::OutsideDomain { norm, radius });
        }
        let spectral = network.spectral_norms()?;
        if let Some(layer) = spectral.iter().position(|norm| norm.low() <= 0.0) {
            return Err(Violation::ZeroLayer(layer));
        }
        let shape = Shape { depth: network.depth() as u64, width: network.width() as u64, radius };
        let divergence = shape.divergence(&spectral, &network.frobenius_norms(), gamma);
        let nats = grid::round_up(shape.inverse_deviation(&spectral, gamma)).nats;
        Ok(Self { observed: sample.margins().loss(gamma), divergence, nats, n: sample.size(), delta })
    }

    /// The divergence `K` of the posterior from the prior, rounded up.
    ///
    /// # Formula
    /// `2^(1/4) 16 e² B² d² h ln(4dh) ∏‖Wᵢ‖² Σ ‖Wᵢ‖_F²/‖Wᵢ‖² / γ²`
    ///
    /// # Reference
    /// Neyshabur, Bhojanapalli, Srebro, ICLR 2018, the proof of theorem 1, with the derivation [above](self).
    pub fn divergence(&self) -> f64 {
        self.divergence
    }

    /// The bound.
    ///
    /// # Formula
    /// `L̂_γ + 4 √((K + ln(6n/δ) + ln(π coth π (1 + k²))) / (n − 1))` with the [`divergence`](Self::divergence) `K`, and `2^(k/8)`
    /// the inverse standard deviation of the prior
    ///
    /// # Reference
    /// Neyshabur, Bhojanapalli, Srebro, A PAC-Bayesian approach to spectrally-normalized margin bounds for neural
    /// networks, ICLR 2018, theorem 1 and lemma 1, with the derivation [above](self).
    pub fn evaluate(&self) -> Certificate {
        let observed = self.observed.get();
        let rest = Down::sub(count::<Down>(self.n.get()), 1.0);
        let level = |nats: f64| Up::add(observed, Up::mul(4.0, Up::sqrt(Up::div(nats, rest.max(0.0)))));
        let confidence = Up::add(Up::ln(Up::mul(6.0, count::<Up>(self.n.get()))), log_inverse(self.delta));
        let confident = Up::add(self.divergence, confidence);
        let levels = [
            ("divergence from the prior", level(self.divergence)),
            ("confidence", level(confident)),
            ("grid", level(Up::add(confident, self.nats))),
        ];
        let ledger = Ledger::of(Expense::new("the theorem", self.delta, 1).weighted(self.nats));
        Certificate::new("Neyshabur-Bhojanapalli-Srebro", ledger, ("margin loss", observed), &levels)
    }
}

/// A [`divergence`](NeyshaburPacBayes::divergence) with the constant of the paper in the place of this proof's, rounded up.
///
/// # Formula
/// `K (42² e²/2) / (2^(1/4) 16 e²)`
///
/// # Reference
/// Neyshabur, Bhojanapalli, Srebro, ICLR 2018, the proof of theorem 1: the divergence of the posterior from the prior.
pub fn with_papers_constant(divergence: Divergence) -> f64 {
    let eighth = Down::exp(Down::div(Down::ln(2.0), 8.0));
    let own = Down::mul(16.0, Down::mul(eighth, eighth));
    Up::mul(divergence.get(), Up::div(882.0, own))
}

/// What is known of the networks before the data.
struct Shape {
    depth: u64,
    width: u64,
    radius: f64,
}

impl Shape {
    /// `2^(1/4) 16 e² B² d² h ln(4dh) Σ (‖Wᵢ‖_F ∏_{j≠i} ‖Wⱼ‖ / γ)²`, rounded up.
    fn divergence(&self, spectral: &[Interval], frobenius: &[Interval], gamma: Margin) -> f64 {
        let parts = frobenius.iter().enumerate().map(|(i, own)| {
            let others = spectral.iter().enumerate().filter(|(j, _)| *j != i);
            let product = others.fold(own.high(), |product, (_, norm)| times::<Up>(product, norm.high()));
            let part = Up::div(product, gamma.get());
            times::<Up>(part, part)
        });
        let factor = times::<Up>(Up::mul(4.0, E_UP), times::<Up>(count::<Up>(self.depth), self.radius));
        let step = Up::mul(grid::STEP, grid::STEP);
        let constant = Up::mul(times::<Up>(step, self.dimensions::<Up>()), times::<Up>(factor, factor));
        times::<Up>(constant, parts.fold(0.0, Up::add))
    }

    /// `4√2 e d B β^(d−1) √(h ln 4dh)` with `β^d = ∏‖Wᵢ‖/γ`, which is positive or not finite.
    fn inverse_deviation(&self, spectral: &[Interval], gamma: Margin) -> Interval {
        let everything = Interval::between(0.0, f64::INFINITY);
        let depth = self.depth as f64;
        let log = |x: Interval| x.ln().ok();
        // Logarithms of the product never overflow; that of a quotient with γ neither.
        let sum = spectral.iter().try_fold(Interval::between(0.0, 0.0), |sum, &norm| Some(sum + log(norm)?));
        let exponent = Interval::between(Down::div(depth - 1.0, depth), Up::div(depth - 1.0, depth));
        let power = sum.zip(log(Interval::between(gamma.get(), gamma.get())));
        let Some(power) = power.map(|(sum, margin)| (exponent * (sum - margin)).exp()) else {
            return everything;
        };
        let e = Interval::between(std::f64::consts::E, E_UP);
        let scale = Interval::between(Down::mul(4.0 * depth, self.radius), Up::mul(4.0 * depth, self.radius));
        let root = Interval::between(
            Down::sqrt(2.0 * self.dimensions::<Down>()),
            Up::sqrt(2.0 * self.dimensions::<Up>()),
        );
        let value = e * scale * root * power;
        // Where it underflows, the grid may round it up by more than a step: then nothing is said.
        if value.low() >= f64::MIN_POSITIVE { value } else { everything }
    }

    /// `h ln 4dh`.
    fn dimensions<R: Rounding>(&self) -> f64 {
        let (depth, width) = (count::<R>(self.depth), count::<R>(self.width));
        R::mul(width, R::ln(4.0 * R::mul(depth, width)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::network::Activation;
    use super::super::testing::{INPUTS, WEIGHTS, with_sample};
    use super::*;
    use crate::quantity::QuantityError;

    fn theorem(gamma: f64, radius: f64, activation: Activation) -> Result<NeyshaburPacBayes, Violation> {
        let theorem = |network: &Network, sample: Sample<'_>| {
            NeyshaburPacBayes::new(network, radius, sample, gamma, 0.05)
        };
        with_sample(&WEIGHTS, 2, activation, &INPUTS, theorem)
    }

    #[test]
    fn what_violates_a_hypothesis_is_refused() {
        let relu = Activation::relu();
        assert!(theorem(1.0, 1.0, relu).is_ok());
        assert!(matches!(theorem(1.0, 0.99, relu), Err(Violation::OutsideDomain { .. })));
        assert_eq!(theorem(1.0, 1.0, Activation::tanh()), Err(Violation::NotHomogeneous("tanh")));
        assert_eq!(theorem(0.0, 1.0, relu), Err(QuantityError::Margin(0.0).into()));
        assert!(matches!(theorem(1.0, f64::NAN, relu), Err(Violation::Radius(_))));
        let zero = [0.0; 8];
        let of_zero = with_sample(&zero, 2, relu, &INPUTS, |network, sample| {
            NeyshaburPacBayes::new(network, 1.0, sample, 1.0, 0.05)
        });
        assert_eq!(of_zero, Err(Violation::ZeroLayer(0)));
    }

    /// The grid's price is that of the inverse deviation, whose formula is evaluated plainly here.
    #[test]
    fn the_inverse_deviation_is_what_the_proof_needs() {
        let spectral = [3.0, 0.5, 2.0].map(|x| Interval::between(x, x));
        let shape = Shape { depth: 3, width: 7, radius: 1.5 };
        let found = shape.inverse_deviation(&spectral, Margin::new(0.25).unwrap());
        let (e, beta) = (std::f64::consts::E, 12f64.cbrt());
        let plain = 4.0 * 2f64.sqrt() * e * 3.0 * 1.5 * beta * beta * (7.0 * 84f64.ln()).sqrt();
        assert!((found.midpoint() / plain - 1.0).abs() < 1e-13 && found.width() < 1e-11 * plain);
        // K is half the squared norm of the scaled weights over the variance, and a step of the grid on each side.
        let frobenius = [4.0, 0.75, 2.5].map(|x| Interval::between(x, x));
        let ratios: f64 = frobenius.iter().zip(&spectral).map(|(f, s)| (f.high() / s.high()).powi(2)).sum();
        let divergence = shape.divergence(&spectral, &frobenius, Margin::new(0.25).unwrap());
        let expected = 0.5 * plain * plain * beta * beta * ratios * 2f64.powf(0.25);
        assert!((divergence / expected - 1.0).abs() < 1e-13);
        let papers = with_papers_constant(Divergence::new(divergence).unwrap());
        let ratio = 42.0 * 42.0 / 32.0 / 2f64.powf(0.25);
        assert!(papers >= divergence * ratio * (1.0 - 1e-15) && papers < divergence * ratio * (1.0 + 1e-13));
    }

    proptest! {
        #[test]
        fn any_bits_are_bounded_or_refused(
            weights in any::<[u64; 8]>(), inputs in any::<[u64; 8]>(), rest in any::<[u64; 3]>(),
        ) {
            let [gamma, delta, radius] = rest.map(f64::from_bits);
            let theorem = |network: &Network, sample: Sample<'_>| {
                NeyshaburPacBayes::new(network, radius, sample, gamma, delta)
            };
            let (weights, inputs) = (weights.map(f64::from_bits), inputs.map(f64::from_bits));
            if let Ok(theorem) = with_sample(&weights, 2, Activation::relu(), &inputs, theorem) {
                prop_assert!(theorem.evaluate().value() >= 0.0);
            }
        }
    }
}
