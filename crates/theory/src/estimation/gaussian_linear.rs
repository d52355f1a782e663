//! Least squares on Gaussian features: the risk in closed form on both sides of interpolation.

use nalgebra::{DMatrix, DVector};

use super::minimum_norm::minimum_norm;

/// `y = ⟨β, x⟩ + σξ` with `x` and `ξ` standard normal, fitted on the first `d` of `D` features with `n` samples: by least
/// squares, and by the interpolant of least norm where `d > n`.
///
/// # Formula
/// With $s = \lVert\beta_{>d}\rVert^2+\sigma^2$, the expected risk $\mathbb E(y-\langle\hat\beta,x\rangle)^2$ is
/// $$\begin{cases} s\,\bigl(1+\tfrac{d}{n-d-1}\bigr) & d\le n-2\\ \infty & \lvert n-d\rvert\le 1\\
/// \lVert\beta_{\le d}\rVert^2\,(1-\tfrac nd) + s\,\bigl(1+\tfrac{n}{d-n-1}\bigr) & d\ge n+2\end{cases}$$
/// and the expected training error is $s\,(1-d/n)$ for $d\le n$, else zero. The first line is finite since the inverse of a
/// Wishart matrix has a mean; the peak at $d=n$ is double descent.
///
/// # Reference
/// Breiman and Freedman, *How many variables should be entered in a regression equation?* (1983); Belkin, Hsu and Xu, *Two
/// models of double descent for weak features* (2020), theorem 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::estimation::gaussian_linear::GaussianLinear;
///
/// let model = GaussianLinear::new(vec![1.0; 8], 0.5, 4)?;
/// assert_eq!(model.risk(4)?, f64::INFINITY);
/// assert!(model.risk(8)? < model.risk(6)?);
/// # Ok::<(), saddlepoint_theory::estimation::gaussian_linear::GaussianLinearError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianLinear {
    coefficients: Vec<f64>,
    noise: f64,
    samples: usize,
}

/// The hypothesis that is not met.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum GaussianLinearError {
    /// No sample or no feature.
    #[error("a sample of {samples} with {features} features: at least one of each is needed")]
    Empty {
        /// `n`.
        samples: usize,
        /// `D`.
        features: usize,
    },
    /// A coefficient or the noise is none.
    #[error("coefficients must be finite, and the noise finite and not negative")]
    NotFinite,
    /// More features fitted than there are.
    #[error("{fitted} features are fitted, of {features}")]
    Features {
        /// `d`.
        fitted: usize,
        /// `D`.
        features: usize,
    },
    /// The drawn features were dependent.
    #[error("the features that were drawn are linearly dependent")]
    Dependent,
}

impl GaussianLinear {
    /// The model with coefficients `β`, noise `σ` and `n` samples.
    ///
    /// # Errors
    /// When there is no feature or no sample, or a number is not finite.
    pub fn new(coefficients: Vec<f64>, noise: f64, samples: usize) -> Result<Self, GaussianLinearError> {
        if coefficients.is_empty() || samples == 0 {
            return Err(GaussianLinearError::Empty { samples, features: coefficients.len() });
        }
        let squares = coefficients.iter().map(|b| b * b).sum::<f64>() + noise * noise;
        if noise.is_nan() || noise < 0.0 || !squares.is_finite() {
            return Err(GaussianLinearError::NotFinite);
        }
        Ok(Self { coefficients, noise, samples })
    }

    /// `(‖β_{≤d}‖², ‖β_{>d}‖² + σ²)`.
    fn split(&self, fitted: usize) -> Result<(f64, f64), GaussianLinearError> {
        let features = self.coefficients.len();
        let (inside, outside) = self
            .coefficients
            .split_at_checked(fitted)
            .ok_or(GaussianLinearError::Features { fitted, features })?;
        let square = |part: &[f64]| part.iter().map(|b| b * b).sum::<f64>();
        Ok((square(inside), square(outside) + self.noise * self.noise))
    }

    /// The expected risk with the first `d` features; infinite for `n − 1 ≤ d ≤ n + 1`.
    ///
    /// # Errors
    /// When `d` exceeds the number of features.
    pub fn risk(&self, fitted: usize) -> Result<f64, GaussianLinearError> {
        let (inside, outside) = self.split(fitted)?;
        let (n, d) = (self.samples as f64, fitted as f64);
        Ok(if fitted + 2 <= self.samples {
            outside * (1.0 + d / (n - d - 1.0))
        } else if fitted >= self.samples + 2 {
            inside * (1.0 - n / d) + outside * (1.0 + n / (d - n - 1.0))
        } else {
            f64::INFINITY
        })
    }

    /// The expected training error with the first `d` features.
    ///
    /// # Errors
    /// When `d` exceeds the number of features.
    pub fn training_error(&self, fitted: usize) -> Result<f64, GaussianLinearError> {
        let (_, outside) = self.split(fitted)?;
        Ok(outside * (1.0 - fitted as f64 / self.samples as f64).max(0.0))
    }

    /// Risk and training error of the fit to one sample; `normal` draws standard normal numbers: first the features, row by
    /// row, then the noise.
    ///
    /// # Errors
    /// When `d` exceeds the number of features, or the features that were drawn are dependent.
    pub fn simulate(
        &self,
        fitted: usize,
        mut normal: impl FnMut() -> f64,
    ) -> Result<(f64, f64), GaussianLinearError> {
        let (_, outside) = self.split(fitted)?;
        let (n, features) = (self.samples, self.coefficients.len());
        let design = DMatrix::from_row_iterator(n, features, (0..n * features).map(|_| normal()));
        let noise = DVector::from_fn(n, |_, _| self.noise * normal());
        let truth = DVector::from_column_slice(&self.coefficients);
        let labels = &design * &truth + noise;
        let used = design.columns(0, fitted).into_owned();
        let estimate = if fitted == 0 {
            DVector::zeros(0)
        } else {
            let labels = DMatrix::from_column_slice(n, 1, labels.as_slice());
            let estimate = minimum_norm(&used, &labels).map_err(|_| GaussianLinearError::Dependent)?;
            estimate.column(0).into_owned()
        };
        let training = (&used * &estimate - &labels).norm_squared() / n as f64;
        Ok((outside + (estimate - truth.rows(0, fitted)).norm_squared(), training))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_have_a_risk(bits in prop::collection::vec(any::<u64>(), 0..6), noise in any::<u64>(), n in 0usize..5, d in any::<usize>()) {
            let coefficients: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(model) = GaussianLinear::new(coefficients, f64::from_bits(noise), n)
                && let Ok(risk) = model.risk(d)
            {
                prop_assert!(risk >= 0.0);
            }
        }

        /// What is left out is paid in full, on both sides of the peak.
        #[test]
        fn the_risk_is_at_least_what_is_left_out(coefficients in prop::collection::vec(-2.0f64..2.0, 12), noise in 0.0f64..2.0, d in 0usize..=12) {
            let model = GaussianLinear::new(coefficients, noise, 5).unwrap();
            let (_, outside) = model.split(d).unwrap();
            prop_assert!(model.risk(d).unwrap() >= outside);
            prop_assert!(model.training_error(d).unwrap() <= outside);
        }
    }

    #[test]
    fn without_noise_all_features_are_learned() {
        let model = GaussianLinear::new(vec![1.0, -2.0, 0.5], 0.0, 6).unwrap();
        let mut state = 0.3f64;
        let mut normal = || {
            state = (state * 12.9898 + 0.7).sin() * 3.0;
            state
        };
        let (risk, training) = model.simulate(3, &mut normal).unwrap();
        assert!(risk < 1e-24 && training < 1e-24);
        assert!(matches!(model.risk(4), Err(GaussianLinearError::Features { .. })));
    }
}
