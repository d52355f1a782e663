//! The excess risk of a fit and the three errors that it is made of.

use nalgebra::{DMatrix, DVector};

use super::least_squares::{LeastSquares, LeastSquaresError};
use super::legendre::{Target, orthonormal};

/// One least-squares fit by polynomials, where every risk has a closed form.
///
/// # Formula
/// For $x$ uniform on $[-1,1]$, $y = f^*(x) + $ noise and polynomials of degree at most $p$ with coefficients $c$ in the
/// orthonormal basis, $E(c) - E(f^*) = \text{approx}_p + \lVert c - c^*\rVert^2$, and with $\hat c$ the minimizer of the
/// empirical risk and $\tilde c$ any point with $E_n(\tilde c) \le E_n(\hat c) + \rho$,
/// $$E(\tilde c) - E(f^*) = \underbrace{E(c^*) - E(f^*)}_{\text{approximation}\ \ge 0} +
/// \underbrace{E(\hat c) - E(c^*)}_{\text{estimation}\ \ge 0} +
/// \underbrace{E(\tilde c) - E(\hat c)}_{\text{optimization}}.$$
/// All three are differences of *expected* risks. The last one may have either sign.
///
/// # Reference
/// Bottou and Bousquet, *The tradeoffs of large scale learning* (2008), equation 2.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    problem: LeastSquares,
    best: DVector<f64>,
    approximation: f64,
}

/// The three errors of a fit that stopped early.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decomposition {
    /// `E(c*) − E(f*)`.
    pub approximation: f64,
    /// `E(ĉ) − E(c*)`.
    pub estimation: f64,
    /// `E(c̃) − E(ĉ)`.
    pub optimization: f64,
    /// `E(c̃) − E(f*)`, computed by itself.
    pub excess: f64,
    /// `E_n(c̃) − E_n(ĉ)`.
    pub gap: f64,
    /// Steps of gradient descent.
    pub steps: usize,
}

impl Fit {
    /// Fits polynomials of degree at most `degree` to `labels` at `abscissae`.
    ///
    /// # Errors
    /// As for [`LeastSquares::new`], and when the target is so large that its norm overflows.
    pub fn new(
        target: &Target,
        degree: usize,
        abscissae: &[f64],
        labels: &[f64],
    ) -> Result<Self, LeastSquaresError> {
        let rows = abscissae.iter().flat_map(|&x| orthonormal(x, degree));
        let features = DMatrix::from_row_iterator(abscissae.len(), degree + 1, rows);
        let problem = LeastSquares::new(&features, &DVector::from_row_slice(labels))?;
        let best = DVector::from_vec(target.coefficients(degree));
        let approximation = target.approximation_error(degree);
        if !approximation.is_finite() || !best.norm_squared().is_finite() {
            return Err(LeastSquaresError::NotFinite);
        }
        Ok(Self { problem, best, approximation })
    }

    /// The empirical problem.
    pub fn problem(&self) -> &LeastSquares {
        &self.problem
    }

    /// `E(c*) − E(f*)`.
    pub fn approximation(&self) -> f64 {
        self.approximation
    }

    /// `E(ĉ) − E(c*) = ‖ĉ − c*‖²`.
    pub fn estimation(&self) -> f64 {
        (self.problem.minimizer() - &self.best).norm_squared()
    }

    /// `E_n(c*)`: the empirical risk of the best member of the class.
    pub fn empirical_risk_of_best(&self) -> f64 {
        self.problem.risk(&self.best)
    }

    /// What gradient descent from zero leaves, stopped at the first iterate within `tolerance` of the least empirical
    /// risk.
    ///
    /// # Errors
    /// As for [`LeastSquares::descend_to`].
    pub fn stopped_at(&self, tolerance: f64) -> Result<Decomposition, LeastSquaresError> {
        let (steps, point) = self.problem.descend_to(tolerance)?;
        let (minimizer, best) = (self.problem.minimizer(), &self.best);
        Ok(Decomposition {
            approximation: self.approximation,
            estimation: self.estimation(),
            // ‖c̃ − c*‖² − ‖ĉ − c*‖², without the cancellation.
            optimization: (&point - minimizer).dot(&(&point + minimizer - best * 2.0)),
            excess: self.approximation + (&point - best).norm_squared(),
            gap: self.problem.gap(&point),
            steps,
        })
    }

    /// The most that the optimization error can be in absolute value after stopping at `tolerance`.
    ///
    /// # Formula
    /// $$\lvert\text{optimization}\rvert \le \frac{\rho}{\lambda_{\min}(\hat G)} + 2\sqrt{\frac{\rho}{\lambda_{\min}(\hat
    /// G)}}\,\sqrt{\text{estimation}}.$$
    /// $\lVert\tilde c-\hat c\rVert^2 \le \rho/\lambda_{\min}$, and $\lVert\tilde c-c^*\rVert^2 - \lVert\hat c-c^*\rVert^2 =
    /// \lVert\tilde c-\hat c\rVert^2 + 2\langle\tilde c-\hat c,\hat c-c^*\rangle$.
    pub fn optimization_bound(&self, tolerance: f64) -> f64 {
        let squared = tolerance / self.problem.extremes().0;
        squared + 2.0 * (squared * self.estimation()).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_without_noise_is_found() {
        let target = Target::Polynomial(vec![1.0, -0.5, 0.25]);
        let abscissae: Vec<f64> = (0..9).map(|i| f64::from(i) / 4.0 - 1.0).collect();
        let labels: Vec<f64> = abscissae.iter().map(|&x| target.value(x)).collect();
        let fit = Fit::new(&target, 3, &abscissae, &labels).unwrap();
        assert!(fit.estimation() < 1e-28 && fit.approximation() == 0.0);
        let errors = fit.stopped_at(1e-6).unwrap();
        assert!(errors.gap <= 1e-6 && errors.steps > 0);
        assert!((errors.excess - errors.optimization).abs() < 1e-14);
        assert!(Fit::new(&target, 9, &abscissae, &labels).is_err());
    }
}
