//! The density smoothed by a Gaussian, and the width that the number of steps and probes supports.

use super::Density;
use crate::spectrum::estimate::Estimate;
use crate::spectrum::{SpectrumError, between, count};

impl Density {
    /// The smoothed density at `at`, per unit length, with the standard error over probes: no new product.
    ///
    /// # Formula
    /// $\frac1k\sum_i\sum_j w_{ij}\,\varphi_\sigma(x - \theta_{ij})$ with the normal density $\varphi_\sigma$.
    ///
    /// # Errors
    /// When the width is not positive, or `at` not finite.
    pub fn smoothed(&self, at: f64, width: f64) -> Result<Estimate, SpectrumError> {
        between("the width", width, 0.0, f64::INFINITY)?;
        between("the place", at, f64::NEG_INFINITY, f64::INFINITY)?;
        let height = 1.0 / (width * std::f64::consts::TAU.sqrt());
        let samples: Vec<f64> = self
            .rules
            .iter()
            .map(|rule| {
                let kernel = |node: &f64| (-0.5 * ((at - node) / width).powi(2)).exp();
                height
                    * rule
                        .nodes
                        .iter()
                        .zip(&rule.weights)
                        .map(|(node, weight)| weight * kernel(node))
                        .sum::<f64>()
            })
            .collect();
        Estimate::of(&samples)
    }

    /// The smoothed density at `points` places spread evenly over the nodes and three widths beyond: a plot.
    ///
    /// # Errors
    /// When there are fewer than two points, or the width is not positive.
    pub fn curve(&self, points: usize, width: f64) -> Result<Vec<(f64, Estimate)>, SpectrumError> {
        count("the number of points", points, 2, usize::MAX)?;
        let (low, high) = self.range();
        let (low, high) = (low - 3.0 * width, high + 3.0 * width);
        (0..points)
            .map(|i| {
                let at = low + (high - low) * (i as f64 / (points - 1) as f64);
                Ok((at, self.smoothed(at, width)?))
            })
            .collect()
    }

    /// A bound of the quadrature's error in [`smoothed`](Self::smoothed), relative to the height of the kernel.
    ///
    /// # Formula
    /// A Gauss rule of $m$ points errs by at most $2E_{2m-1}$, twice the error of best approximation of degree
    /// $2m - 1$. On the Bernstein ellipse $\rho = e^\eta$ around a spectrum of half-width $R$ the kernel is at most
    /// $\exp(R^2\sinh^2\eta/2\sigma^2)$, so for every $\eta > 0$
    /// $$2E_{2m-1} \le \frac{4\rho}{\rho - 1}\exp\Big(\frac{R^2\sinh^2\eta}{2\sigma^2} - 2m\eta\Big);$$
    /// the smallest over $\eta$ is searched. $R$ is half of the range of the nodes, whose ends converge first.
    ///
    /// # Errors
    /// When the width is not positive.
    ///
    /// # Reference
    /// Trefethen, Approximation Theory and Approximation Practice (2013), theorems 8.2 and 19.3.
    pub fn smoothing_error(&self, width: f64) -> Result<f64, SpectrumError> {
        between("the width", width, 0.0, f64::INFINITY)?;
        let (low, high) = self.range();
        let ratio = 0.5 * (high - low) / width;
        let Some(points) = self.rules.iter().filter(|rule| !rule.exact).map(|rule| rule.nodes.len()).min()
        else {
            return Ok(0.0);
        };
        let steps = points as f64;
        let exponent = |eta: f64| 0.5 * (ratio * eta.sinh()).powi(2) - 2.0 * steps * eta;
        // Any η gives a bound; the exponent is convex, so a ternary search finds about the best.
        let (mut left, mut right) = (0.0, 20.0);
        for _ in 0..100 {
            let (a, b) = (left + (right - left) / 3.0, right - (right - left) / 3.0);
            if exponent(a) < exponent(b) { right = b } else { left = a }
        }
        let eta = 0.5 * (left + right);
        Ok((4.0 / -(-eta).exp_m1() * exponent(eta).exp()).min(1.0))
    }

    /// The smallest width at which the quadrature's error is below the randomness of the probes.
    ///
    /// # Formula
    /// The kernel relative to its height lies in $[0, 1]$, so its mean over $k$ spherical probes has standard error
    /// at most $\big(2(n+2)k\big)^{-1/2}$ (the variance of $v\cdot f(A)v$ is $\frac{2}{n+2}$ times that of the
    /// eigenvalues of $f(A)$, which is at most $\frac14$). The width is where [`smoothing_error`](Self::smoothing_error)
    /// equals that. Zero where every rule is exact: there is then nothing to smooth away.
    ///
    /// # Errors
    /// Never for a density that this module made.
    pub fn default_width(&self) -> Result<f64, SpectrumError> {
        let (bottom, top) = self.range();
        let half = 0.5 * (top - bottom);
        if half <= 0.0 || self.rules.iter().all(|rule| rule.exact) {
            return Ok(0.0);
        }
        let target = 1.0 / (2.0 * (self.dimension as f64 + 2.0) * self.rules.len() as f64).sqrt();
        // At 1e-9 of the range nothing is resolved; at 1e3 times it the kernel is flat.
        let (mut low, mut high) = ((half * 1e-9).ln(), (half * 1e3).ln());
        for _ in 0..100 {
            let middle = 0.5 * (low + high);
            if self.smoothing_error(middle.exp())? > target { low = middle } else { high = middle }
        }
        Ok(high.exp())
    }
}
