//! The density of the spectrum by stochastic Lanczos quadrature, its nodes and weights kept.

mod process;
mod smoothing;

pub use process::Reorthogonalization;

use super::estimate::Estimate;
use super::{SpectrumError, between, count};
use crate::operator::SymmetricOperator;

/// The quadrature of one probe: nodes increasing, weights positive with sum one.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Ritz values.
    pub nodes: Vec<f64>,
    /// Squared first components of the Ritz vectors.
    pub weights: Vec<f64>,
    /// Whether the Krylov space was invariant: the rule then is the probe's whole spectral measure.
    pub exact: bool,
}

/// Gauss quadratures of the spectral measures of random probes.
///
/// # Formula
/// A unit probe $v$ sees the eigenvalues of $A = U\Lambda U^\top$ with weights $(u_i\cdot v)^2$, each $1/n$ in the mean. After
/// $m$ Lanczos steps from $v$ the matrix $T = S\Theta S^\top$ gives the $m$-point Gauss rule of that measure: nodes
/// $\theta_j$, weights $S_{1j}^2$ (the first components only). For every $f$
/// $$\tfrac1n\operatorname{tr}f(A) \approx \frac1k\sum_{i\le k}\sum_j w_{ij}f(\theta_{ij}),$$
/// exact in the mean where $f$ is a polynomial of degree below $2m$. All that follows is computed from nodes and weights:
/// another bandwidth or function costs no product.
///
/// # Reference
/// Golub and Meurant, Matrices, Moments and Quadrature (2010), chapters 6 and 7; Ubaru, Chen and Saad, SIAM J. Matrix
/// Anal. Appl. 38 (2017), 1075-1099; Lin, Saad and Yang, SIAM Review 58 (2016), 34-65.
///
/// # Example
/// ```
/// use nalgebra::{DMatrix, dvector};
/// use saddlepoint_landscape::operator::Dense;
/// use saddlepoint_landscape::spectrum::density::{Density, Reorthogonalization};
///
/// let a = Dense::new(DMatrix::from_diagonal(&dvector![1.0, 1.0, 4.0, 4.0]))?;
/// let mut flip = -1.0;
/// let density = Density::of(&a, 3, 10, Reorthogonalization::Full, &mut || { flip = -flip; flip })?;
/// assert!((density.log_determinant()?.value - 16f64.ln()).abs() < 1e-12);
/// assert!((density.cumulative(2.0, 0.95)?.value - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
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
    /// Runs `steps` of Lanczos from each of `probes` random unit vectors, all probes side by side in blocks.
    ///
    /// # Errors
    /// When there are fewer than two probes (one alone has no error), no step, the operator fails, or the generator gives
    /// no usable vector.
    pub fn of(
        operator: &dyn SymmetricOperator,
        probes: usize,
        steps: usize,
        reorthogonalization: Reorthogonalization,
        normal: &mut dyn FnMut() -> f64,
    ) -> Result<Self, SpectrumError> {
        count("the number of probes", probes, 2, usize::MAX)?;
        count("the number of steps", steps, 1, usize::MAX)?;
        let dimension = operator.dimension();
        count("the dimension", dimension, 1, usize::MAX)?;
        let (rules, products) =
            process::rules(operator, probes, steps.min(dimension), reorthogonalization, normal)?;
        Ok(Self { dimension, rules, products })
    }

    /// The smallest and the largest node.
    pub fn range(&self) -> (f64, f64) {
        let nodes = || self.rules.iter().flat_map(|rule| &rule.nodes).copied();
        (nodes().fold(f64::INFINITY, f64::min), nodes().fold(f64::NEG_INFINITY, f64::max))
    }

    /// An estimate of `tr f(A)`.
    ///
    /// The standard error is that of the probes. The quadrature's own error decays geometrically with the steps where
    /// `f` is analytic around the spectrum (Ubaru, Chen and Saad 2017, theorem 4.1), and is not part of it.
    ///
    /// # Errors
    /// When `f` is not finite at a node.
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> Result<Estimate, SpectrumError> {
        let n = self.dimension as f64;
        let mut samples = Vec::with_capacity(self.rules.len());
        for rule in &self.rules {
            let mut sum = 0.0;
            for (&node, &weight) in rule.nodes.iter().zip(&rule.weights) {
                let value = f(node);
                if !value.is_finite() {
                    return Err(SpectrumError::Undefined { node });
                }
                sum += weight * value;
            }
            samples.push(n * sum);
        }
        Estimate::of(&samples)
    }

    /// The log-determinant `tr ln A` of a positive definite operator.
    ///
    /// # Errors
    /// When a node is not positive.
    pub fn log_determinant(&self) -> Result<Estimate, SpectrumError> {
        self.trace_of(|node| if node > 0.0 { node.ln() } else { f64::NAN })
    }

    /// The effective dimension `Σ λ / (λ + ridge)` of a positive semidefinite operator.
    ///
    /// Nodes that rounding has pushed below zero, by no more than the ridge, count as what the formula gives.
    ///
    /// # Errors
    /// When the ridge is not positive, or a node is at or below minus the ridge.
    ///
    /// # Reference
    /// MacKay, Neural Computation 4 (1992), 415-447.
    pub fn effective_dimension(&self, ridge: f64) -> Result<Estimate, SpectrumError> {
        between("the ridge", ridge, 0.0, f64::INFINITY)?;
        self.trace_of(|node| if node > -ridge { node / (node + ridge) } else { f64::NAN })
    }

    /// The share of eigenvalues at or below `at`, with a band that holds there at the given confidence.
    ///
    /// # Formula
    /// For $\theta_j \le x < \theta_{j+1}$ the measure of one probe obeys the inequality of Chebyshev, Markov and Stieltjes
    /// $$\sum_{i<j} w_i \le \mu(-\infty, x] \le \sum_{i\le j+1} w_i .$$
    /// Both sides are averaged over probes, and Student's half-width is added on each side at half the error
    /// probability: the band covers the truncation at $m$ steps and the randomness of the probes. It holds at each $x$,
    /// not at all of them at once. A rule that is exact needs no such brackets.
    ///
    /// # Errors
    /// When `at` is not a number, or the confidence is not in `(0, 1)`.
    ///
    /// # Reference
    /// Szego, Orthogonal Polynomials (1939), theorem 3.41.1.
    pub fn cumulative(&self, at: f64, confidence: f64) -> Result<Cumulative, SpectrumError> {
        if at.is_nan() {
            return Err(SpectrumError::Parameter {
                what: "the place",
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
                found: at,
            });
        }
        let (smallest, largest) = self.range();
        // Exact rules have nodes that are eigenvalues up to rounding.
        let rounding = 8.0 * (self.dimension as f64).sqrt() * f64::EPSILON * smallest.abs().max(largest.abs());
        let (mut values, mut lows, mut highs) = (Vec::new(), Vec::new(), Vec::new());
        for rule in &self.rules {
            let up_to =
                |count: usize| rule.weights[..count.min(rule.weights.len())].iter().sum::<f64>().min(1.0);
            let below = |x: f64| rule.nodes.partition_point(|node| *node <= x);
            let j = below(at);
            values.push(up_to(j));
            lows.push(up_to(if rule.exact { below(at - rounding) } else { j.saturating_sub(1) }));
            highs.push(up_to(if rule.exact { below(at + rounding) } else { j + 1 }));
        }
        let low = Estimate::of(&lows)?.interval(confidence)?.0.max(0.0);
        let high = Estimate::of(&highs)?.interval(confidence)?.1.min(1.0);
        Ok(Cumulative { value: Estimate::of(&values)?.value, low, high })
    }
}

#[cfg(test)]
mod tests;
