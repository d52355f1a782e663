//! The density of the spectrum by stochastic Lanczos quadrature, its nodes and weights kept.

mod functions;
mod jacobi;
mod process;
mod rule;
mod smoothing;

use serde::{Deserialize, Serialize};

pub use functions::Bracket;
pub use jacobi::Jacobi;
pub use process::{Reorthogonalization, State, StochasticLanczos};
pub use rule::Rule;

use super::SpectrumError;
use super::estimate::Estimate;

/// Gauss quadratures of the spectral measures of random probes, made by [`StochasticLanczos`].
///
/// # Formula
/// A unit probe $v$ sees the eigenvalues of $A = U\Lambda U^\top$ with weights $(u_i\cdot v)^2$, each $1/n$ in the mean. After
/// $m$ Lanczos steps from $v$ the matrix $T = S\Theta S^\top$ gives the $m$-point Gauss rule of that measure: nodes
/// $\theta_j$, weights $S_{1j}^2$ (the first components only). For every $f$
/// $$\tfrac1n\operatorname{tr}f(A) \approx \frac1k\sum_{i\le k}\sum_j w_{ij}f(\theta_{ij}),$$
/// exact in the mean where $f$ is a polynomial of degree below $2m$. All that follows is computed from nodes and weights:
/// another bandwidth or function costs no product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Density {
    /// Rows of the operator.
    pub dimension: usize,
    /// One rule a probe.
    pub rules: Vec<Rule>,
    /// Products spent.
    pub products: usize,
}

/// The share of eigenvalues at or below a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cumulative {
    /// The estimate, in `[0, 1]`.
    pub value: f64,
    /// Lower end of the band.
    pub low: f64,
    /// Upper end of the band.
    pub high: f64,
}

impl Density {
    /// The smallest and the largest node.
    pub fn range(&self) -> (f64, f64) {
        let nodes = || self.rules.iter().flat_map(|rule| &rule.nodes).copied();
        (nodes().fold(f64::INFINITY, f64::min), nodes().fold(f64::NEG_INFINITY, f64::max))
    }

    /// The share of eigenvalues at or below `at`, with a band that holds there at the given confidence.
    ///
    /// # Formula
    /// The bracket of each probe's measure, [`Rule::mass_up_to`], is averaged over probes below and above, and Student's
    /// half-width is added on each side at half the error probability: the band covers the truncation at $m$ steps and
    /// the randomness of the probes. It holds at each $x$, not at all of them at once.
    ///
    /// # Errors
    /// When `at` is not a number, or the confidence is not in `(0, 1)`.
    pub fn cumulative(&self, at: f64, confidence: f64) -> Result<Cumulative, SpectrumError> {
        if at.is_nan() {
            return Err(SpectrumError::Parameter {
                what: "the place",
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
                found: at,
            });
        }
        let (mut values, mut lows, mut highs) = (Vec::new(), Vec::new(), Vec::new());
        for rule in &self.rules {
            let (low, high) = rule.mass_up_to(at);
            let mass = rule.weights.iter().zip(&rule.nodes).filter(|(_, node)| **node <= at);
            values.push(mass.map(|(weight, _)| weight).sum::<f64>().min(1.0));
            lows.push(low);
            highs.push(high);
        }
        let low = Estimate::of(&lows)?.interval(confidence)?.0.max(0.0);
        let high = Estimate::of(&highs)?.interval(confidence)?.1.min(1.0);
        Ok(Cumulative { value: Estimate::of(&values)?.value, low, high })
    }
}

#[cfg(test)]
mod tests;
