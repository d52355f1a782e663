//! The quadrature of one vector, and what it proves about the vector's spectral measure.

use saddlepoint_rigor::Interval;
use serde::{Deserialize, Serialize};

use super::{Jacobi, Reorthogonalization, process};
use crate::operator::SymmetricOperator;
use crate::spectrum::SpectrumError;

/// The Gauss rule of one probe: nodes increasing, weights not negative with sum one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Ritz values.
    pub nodes: Vec<f64>,
    /// Squared first components of the Ritz vectors.
    pub weights: Vec<f64>,
    /// Whether the Krylov space was invariant: the rule then is the probe's whole spectral measure.
    pub exact: bool,
    /// The recurrence that the rule comes from.
    pub jacobi: Jacobi,
    /// How far rounding may have moved a node: `8 √n ε` times the largest magnitude, the size at which the process takes a
    /// residual for rounding.
    pub rounding: f64,
}

impl Rule {
    /// The rule of `v·f(A)v / v·v` for a given vector, after at most `steps` products.
    ///
    /// # Errors
    /// When the operator fails, there is no step, or the vector is zero or has another number of entries.
    ///
    /// # Example
    /// ```
    /// use nalgebra::{DMatrix, dvector};
    /// use saddlepoint_landscape::operator::Dense;
    /// use saddlepoint_landscape::spectrum::density::{Reorthogonalization, Rule};
    ///
    /// let a = Dense::new(DMatrix::from_diagonal(&dvector![1.0, 2.0, 4.0, 8.0]))?;
    /// let rule = Rule::of(&a, &[1.0; 4], 2, Reorthogonalization::None)?;
    /// let inverse = rule.bracket(|x| 1.0 / x, (0.5, 10.0))?;
    /// assert!(inverse.contains((1.0 + 0.5 + 0.25 + 0.125) / 4.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(
        operator: &dyn SymmetricOperator,
        vector: &[f64],
        steps: usize,
        reorthogonalization: Reorthogonalization,
    ) -> Result<Self, SpectrumError> {
        process::rule_of(operator, vector, steps, reorthogonalization)
    }

    pub(super) fn from_jacobi(jacobi: Jacobi, dimension: usize, exact: bool) -> Result<Self, SpectrumError> {
        let (nodes, weights) = jacobi.gauss()?;
        let largest = nodes.iter().fold(0.0, |largest: f64, node| largest.max(node.abs()));
        let rounding = 8.0 * (dimension as f64).sqrt() * f64::EPSILON * largest;
        Ok(Self { nodes, weights, exact, jacobi, rounding })
    }

    /// `Σ wⱼ f(θⱼ)`, the estimate of `v·f(A)v` for the unit vector of the rule.
    ///
    /// # Errors
    /// When `f` is not finite at a node.
    pub fn integral(&self, f: impl Fn(f64) -> f64) -> Result<f64, SpectrumError> {
        weighted(&self.nodes, &self.weights, f)
    }

    /// Between which numbers `v·f(A)v` lies, for the unit vector of the rule and a function whose derivatives of odd order
    /// from three on have one sign on `[a, b]`: a logarithm, a power, an exponential, `1/(x + λ)`, `x/(x + λ)`.
    ///
    /// # Formula
    /// Let the spectrum lie in $[a, b]$ and $f^{(2m+1)} \ge 0$ there. The rules $R_a$ and $R_b$ of Gauss and Radau, with one
    /// node fixed at an end, obey
    /// $$R_a f \le v\cdot f(A)v \le R_b f,$$
    /// for the error is $\frac{f^{(2m+1)}(\xi)}{(2m+1)!}\int(x - a)\prod_j(x - \theta_j)^2\,d\mu$, and negative with $b$. The
    /// two change places where $f^{(2m+1)} \le 0$. Where the rule is exact there is nothing to bracket.
    ///
    /// For rounding, the ends are moved outward by [`rounding`](Self::rounding) $= \delta$, and what $f$ changes over $\delta$
    /// at either end is added: the rule is that of a matrix as near as $\delta$ to `A`, and a function with derivatives of
    /// one sign changes fastest at an end. That the spectrum lies in `[a, b]` is a hypothesis of the caller.
    ///
    /// # Errors
    /// When an end lies inside the range of the nodes (it then is no end of the spectrum), or `f` is not finite.
    ///
    /// # Reference
    /// Golub and Meurant, Matrices, Moments and Quadrature (2010), theorem 6.4; Golub and Strakoš, Numer. Algorithms 8
    /// (1994), 241-268, for the recurrence in finite precision.
    pub fn bracket(&self, f: impl Fn(f64) -> f64, (a, b): (f64, f64)) -> Result<Interval, SpectrumError> {
        let (bottom, top) = (a - self.rounding, b + self.rounding);
        let (lowest, highest) = (self.nodes.first(), self.nodes.last());
        for (end, node, outside) in [
            (a, lowest, lowest.is_some_and(|node| bottom <= *node)),
            (b, highest, highest.is_some_and(|node| *node <= top)),
        ] {
            if !(outside && node.is_some()) {
                return Err(SpectrumError::Inside { end });
            }
        }
        let value = |x: f64| {
            let value = f(x);
            if value.is_finite() { Ok(value) } else { Err(SpectrumError::Undefined { node: x }) }
        };
        let steps = [(bottom, a + self.rounding), (b - self.rounding, top)];
        let mut slack = 0.0;
        for (left, right) in steps {
            slack = f64::max(slack, (value(right)? - value(left)?).abs());
        }
        let fixed = |end: f64| {
            if self.exact {
                return self.integral(&f);
            }
            let (nodes, weights) = self.jacobi.radau(end)?;
            weighted(&nodes, &weights, &f)
        };
        let (left, right) = (fixed(bottom)?, fixed(top)?);
        // The sums of `m + 1` positive weights times values round by less than this.
        let values = self.integral(|x| f(x).abs())?;
        let sums = (self.nodes.len() as f64 + 2.0) * f64::EPSILON * values;
        let (low, high) = (left.min(right) - slack - sums, left.max(right) + slack + sums);
        Interval::new(low.next_down(), high.next_up()).map_err(|_| SpectrumError::Undefined { node: a })
    }

    /// Between which numbers the measure of `(−∞, x]` lies.
    ///
    /// # Formula
    /// For $\theta_j \le x < \theta_{j+1}$ the inequality of Chebyshev, Markov and Stieltjes says
    /// $$\sum_{i<j} w_i \le \mu(-\infty, x] \le \sum_{i\le j+1} w_i .$$
    /// A node within [`rounding`](Self::rounding) of $x$ counts as on either side of it. Where the rule is exact, the measure
    /// is its own up to that.
    ///
    /// # Reference
    /// Szegő, Orthogonal Polynomials (1939), theorem 3.41.1.
    pub fn mass_up_to(&self, x: f64) -> (f64, f64) {
        let up_to = |count: usize| self.weights[..count.min(self.weights.len())].iter().sum::<f64>().min(1.0);
        let below = |x: f64| self.nodes.partition_point(|node| *node <= x);
        let (fewest, most) = (below(x - self.rounding), below(x + self.rounding));
        if self.exact {
            (up_to(fewest), up_to(most))
        } else {
            (up_to(fewest.saturating_sub(1)), up_to(most + 1))
        }
    }
}

fn weighted(nodes: &[f64], weights: &[f64], f: impl Fn(f64) -> f64) -> Result<f64, SpectrumError> {
    nodes.iter().zip(weights).try_fold(0.0, |sum, (&node, &weight)| {
        let value = f(node);
        if value.is_finite() { Ok(sum + weight * value) } else { Err(SpectrumError::Undefined { node }) }
    })
}
