//! Gaussian predictors: a posterior with a standard deviation for each weight, a prior with one variance for all.

use saddlepoint_rigor::{Down, Rounding, Up};

use super::hypothesis::{Violation, require_finite, require_scale};
use crate::quantity::Divergence;

/// Independent normal weights, by mean and **standard deviation** of each.
///
/// # Example
/// ```
/// use saddlepoint_theory::bounds::gaussian::{DiagonalGaussian, IsotropicGaussian};
///
/// let posterior = DiagonalGaussian::new(vec![1.0, 0.0], vec![0.5, 1.0])?;
/// let prior = IsotropicGaussian::new(vec![0.0, 0.0], 1.0)?;
/// let exact = (1.25 - 1.0 - 0.25f64.ln()) / 2.0;
/// assert!((posterior.divergence(&prior)?.get() - exact).abs() < 1e-15);
/// assert_eq!(posterior.draw(&[2.0, -1.0])?, [2.0, -1.0]);
/// # Ok::<(), saddlepoint_theory::bounds::hypothesis::Violation>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DiagonalGaussian {
    means: Vec<f64>,
    deviations: Vec<f64>,
}

/// Independent normal weights with one **variance**.
#[derive(Debug, Clone, PartialEq)]
pub struct IsotropicGaussian {
    means: Vec<f64>,
    variance: f64,
}

/// A derivative in the parameters of a [`DiagonalGaussian`].
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianGradient {
    /// In the means.
    pub means: Vec<f64>,
    /// In the logarithms of the standard deviations.
    pub log_deviations: Vec<f64>,
}

impl GaussianGradient {
    /// The same, if nothing has overflowed.
    fn finite(self) -> Result<Self, Violation> {
        require_finite(&self.means, self.means.len())?;
        require_finite(&self.log_deviations, self.log_deviations.len())?;
        Ok(self)
    }
}

impl IsotropicGaussian {
    /// Means and a variance.
    ///
    /// # Errors
    /// When there is no mean, one is not finite, or the variance is not positive and finite.
    pub fn new(means: Vec<f64>, variance: f64) -> Result<Self, Violation> {
        require_finite(&means, means.len())?;
        Ok(Self { means, variance: require_scale(variance)? })
    }
}

impl DiagonalGaussian {
    /// Means and standard deviations.
    ///
    /// # Errors
    /// When their numbers differ, there is none, a mean is not finite, or a deviation is not positive and finite.
    pub fn new(means: Vec<f64>, deviations: Vec<f64>) -> Result<Self, Violation> {
        require_finite(&means, means.len())?;
        require_finite(&deviations, means.len())?;
        for &deviation in &deviations {
            require_scale(deviation)?;
        }
        Ok(Self { means, deviations })
    }

    /// Means and the logarithms of standard deviations, which is how they are trained.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_logarithms(means: Vec<f64>, log_deviations: &[f64]) -> Result<Self, Violation> {
        Self::new(means, log_deviations.iter().map(|&log| libm::exp(log)).collect())
    }

    /// The means.
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// The standard deviations.
    pub fn deviations(&self) -> &[f64] {
        &self.deviations
    }

    /// The predictor that standard normal `noise` draws.
    ///
    /// # Formula
    /// `wᵢ = meanᵢ + deviationᵢ · noiseᵢ`
    ///
    /// # Errors
    /// When there is not one finite number for each weight, or a weight overflows.
    ///
    /// # Reference
    /// Kingma, Welling, Auto-encoding variational Bayes, ICLR 2014, section 2.4 (the reparameterization).
    pub fn draw(&self, noise: &[f64]) -> Result<Vec<f64>, Violation> {
        require_finite(noise, self.means.len())?;
        let weights = self.means.iter().zip(&self.deviations).zip(noise);
        let drawn: Vec<f64> = weights.map(|((mean, deviation), z)| mean + deviation * z).collect();
        require_finite(&drawn, drawn.len())?;
        Ok(drawn)
    }

    /// The derivative of a function of the drawn weights: with its `gradient` in these, `g`, it is `g` in the means
    /// and `gᵢ deviationᵢ noiseᵢ` in the logarithms of the deviations.
    ///
    /// # Errors
    /// When there are not as many finite numbers as weights, or a derivative overflows.
    pub fn pull_back(&self, gradient: &[f64], noise: &[f64]) -> Result<GaussianGradient, Violation> {
        require_finite(gradient, self.means.len())?;
        require_finite(noise, self.means.len())?;
        let scaled = gradient.iter().zip(&self.deviations).zip(noise);
        let log_deviations = scaled.map(|((g, deviation), z)| g * deviation * z).collect();
        GaussianGradient { means: gradient.to_vec(), log_deviations }.finite()
    }

    /// `KL(self‖prior)`, rounded up.
    ///
    /// # Formula
    /// `½ Σᵢ (sᵢ²/v + (mᵢ − pᵢ)²/v − 1 − ln(sᵢ²/v))` with deviations `s`, means `m`, the prior's means `p` and its
    /// variance `v`
    ///
    /// # Errors
    /// When the prior has another number of weights, or the divergence overflows.
    ///
    /// # Reference
    /// Rasmussen and Williams, *Gaussian Processes for Machine Learning*, 2006, equation A.23, for diagonal
    /// covariances.
    pub fn divergence(&self, prior: &IsotropicGaussian) -> Result<Divergence, Violation> {
        require_finite(&prior.means, self.means.len())?;
        let log_variance = Up::ln(prior.variance);
        let twice = self.weights(prior).fold(0.0, |sum, (m, s, p)| {
            let shift = Up::sub(m, p).abs().max(Down::sub(m, p).abs());
            let squares = Up::div(Up::add(Up::mul(s, s), Up::mul(shift, shift)), prior.variance);
            let logarithm = Down::sub(Down::mul(2.0, Down::ln(s)), log_variance);
            Up::add(sum, Up::sub(Up::sub(squares, 1.0), logarithm))
        });
        // A sum of terms that are at least 0 is a number or overflows.
        Ok(Divergence::new((twice / 2.0).next_up().max(0.0))?)
    }

    /// The derivatives of `KL(self‖prior)`: in the parameters of the posterior, and in the logarithm of the prior's
    /// standard deviation.
    ///
    /// # Formula
    /// `(mᵢ − pᵢ)/v`, `sᵢ²/v − 1`, and `Σᵢ (1 − (sᵢ² + (mᵢ − pᵢ)²)/v)`
    ///
    /// # Errors
    /// When the prior has another number of weights, or a derivative overflows.
    ///
    /// # Reference
    /// The derivatives of the formula of [`divergence`](Self::divergence).
    pub fn divergence_gradient(&self, prior: &IsotropicGaussian) -> Result<(GaussianGradient, f64), Violation> {
        require_finite(&prior.means, self.means.len())?;
        let v = prior.variance;
        let means = self.weights(prior).map(|(m, _, p)| (m - p) / v).collect();
        let log_deviations = self.weights(prior).map(|(_, s, _)| s * s / v - 1.0).collect();
        let scale = self.weights(prior).map(|(m, s, p)| 1.0 - (s * s + (m - p) * (m - p)) / v).sum();
        require_finite(&[scale], 1)?;
        Ok((GaussianGradient { means, log_deviations }.finite()?, scale))
    }

    /// Mean, deviation and the prior's mean of each weight.
    fn weights(&self, prior: &IsotropicGaussian) -> impl Iterator<Item = (f64, f64, f64)> {
        self.means.iter().zip(&self.deviations).zip(&prior.means).map(|((&m, &s), &p)| (m, s, p))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(m: &[f64], s: &[f64], p: &[f64], v: f64) -> f64 {
        let term = |i: usize| {
            let t = s[i] * s[i] / v;
            0.5 * (t - 1.0 - t.ln() + (m[i] - p[i]) * (m[i] - p[i]) / v)
        };
        (0..m.len()).map(term).sum()
    }

    proptest! {
        #[test]
        fn the_divergence_is_above_the_formula_and_vanishes_at_the_prior(
            m in prop::array::uniform4(-3.0..3.0f64), p in prop::array::uniform4(-3.0..3.0f64),
            s in prop::array::uniform4(1e-3..3.0f64), v in 1e-3..3.0f64,
        ) {
            let prior = IsotropicGaussian::new(p.to_vec(), v).unwrap();
            let kl = DiagonalGaussian::new(m.to_vec(), s.to_vec()).unwrap().divergence(&prior).unwrap().get();
            let exact = naive(&m, &s, &p, v);
            prop_assert!(kl >= exact * (1.0 - 1e-14) - 1e-14 && kl <= exact * (1.0 + 1e-13) + 1e-13);
            let same = DiagonalGaussian::new(p.to_vec(), vec![v.sqrt(); 4]).unwrap();
            prop_assert!(same.divergence(&prior).unwrap().get() < 1e-13);
        }

        #[test]
        fn gradients_are_those_of_differences(
            m in prop::array::uniform3(-1.0..1.0f64), log_s in prop::array::uniform3(-1.0..1.0f64), log_l in -1.0..1.0f64,
        ) {
            let p = [0.3, -0.2, 0.1];
            let kl = |m: &[f64], log_s: &[f64], log_l: f64| {
                let s: Vec<f64> = log_s.iter().map(|x| x.exp()).collect();
                naive(m, &s, &p, (2.0 * log_l).exp())
            };
            let posterior = DiagonalGaussian::of_logarithms(m.to_vec(), &log_s).unwrap();
            let prior = IsotropicGaussian::new(p.to_vec(), (2.0 * log_l).exp()).unwrap();
            let (gradient, scale) = posterior.divergence_gradient(&prior).unwrap();
            let h = 1e-5;
            let moved = |x: &[f64; 3], i: usize, h: f64| { let mut x = *x; x[i] += h; x };
            for i in 0..3 {
                let by_mean = (kl(&moved(&m, i, h), &log_s, log_l) - kl(&moved(&m, i, -h), &log_s, log_l)) / (2.0 * h);
                let by_log = (kl(&m, &moved(&log_s, i, h), log_l) - kl(&m, &moved(&log_s, i, -h), log_l)) / (2.0 * h);
                prop_assert!((by_mean - gradient.means[i]).abs() < 1e-7 * (1.0 + by_mean.abs()));
                prop_assert!((by_log - gradient.log_deviations[i]).abs() < 1e-7 * (1.0 + by_log.abs()));
            }
            let by_scale = (kl(&m, &log_s, log_l + h) - kl(&m, &log_s, log_l - h)) / (2.0 * h);
            prop_assert!((by_scale - scale).abs() < 1e-6 * (1.0 + by_scale.abs()));
        }

        #[test]
        fn any_bits_are_a_divergence_or_refused(bits in prop::array::uniform4(any::<u64>())) {
            let [m, s, p, v] = bits.map(f64::from_bits);
            let (Ok(posterior), Ok(prior)) = (DiagonalGaussian::new(vec![m], vec![s]), IsotropicGaussian::new(vec![p], v))
            else { return Ok(()) };
            if let Ok(kl) = posterior.divergence(&prior) {
                prop_assert!(kl.get() >= 0.0 && kl.get().is_finite());
            }
        }
    }

    #[test]
    fn what_is_no_gaussian_is_refused() {
        let refused = |means: &[f64], deviations: &[f64]| {
            DiagonalGaussian::new(means.to_vec(), deviations.to_vec()).unwrap_err()
        };
        assert_eq!(refused(&[], &[]), Violation::Length { expected: 1, found: 0 });
        assert_eq!(refused(&[1.0], &[1.0, 2.0]), Violation::Length { expected: 1, found: 2 });
        assert_eq!(refused(&[1.0, 2.0], &[1.0, 0.0]), Violation::Scale(0.0));
        assert_eq!(
            refused(&[1.0, f64::INFINITY], &[1.0, 1.0]),
            Violation::NotFinite { index: 1, value: f64::INFINITY }
        );
        assert_eq!(IsotropicGaussian::new(vec![0.0], -1.0), Err(Violation::Scale(-1.0)));
        let one = DiagonalGaussian::new(vec![0.0], vec![1.0]).unwrap();
        let two = IsotropicGaussian::new(vec![0.0; 2], 1.0).unwrap();
        assert_eq!(one.divergence(&two), Err(Violation::Length { expected: 1, found: 2 }));
        assert!(one.draw(&[f64::NAN]).is_err() && one.pull_back(&[1.0], &[]).is_err());
    }
}
