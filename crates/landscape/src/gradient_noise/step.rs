//! What a step along a minibatch's gradient gains where the loss is quadratic.

use super::{NoiseError, SampleGradients, dot};
use crate::operator::SymmetricOperator;

/// The expected gain of one step of stochastic gradient descent, to second order in the step.
///
/// # Formula
/// For $b$ samples drawn with replacement, their mean gradient $\bar g_B$, the full gradient $\bar g$, the Hessian $H$ of the
/// mean loss $L$ and the covariance $S$ of the samples' gradients,
/// $$\mathbb E\bigl[L(\theta) - L(\theta - \eta \bar g_B)\bigr]
///   = \eta\,|\bar g|^2 - \tfrac12 \eta^2 \Bigl(\bar g^\top H \bar g + \frac{\operatorname{tr}(HS)}{b}\Bigr),$$
/// exactly if $L$ is quadratic. The best rate is $\eta_b = \eta_\infty / (1 + \mathcal B / b)$ and gains
/// $\Delta_b = \Delta_\infty / (1 + \mathcal B / b)$, with the noise scale
/// $$\mathcal B = \frac{\operatorname{tr}(HS)}{\bar g^\top H \bar g}, \qquad
///   \eta_\infty = \frac{|\bar g|^2}{\bar g^\top H \bar g}, \qquad \Delta_\infty = \tfrac12 \eta_\infty |\bar g|^2.$$
/// Where $H$ is a multiple of the identity, $\mathcal B$ is the simple noise scale $\operatorname{tr} S / |\bar g|^2$.
///
/// # Reference
/// McCandlish, Kaplan, Amodei, and the OpenAI Dota team, An empirical model of large-batch training, 2018, equations 2.5 to
/// 2.8.
///
/// # Example
/// ```
/// use nalgebra::DMatrix;
/// use saddlepoint_landscape::gradient_noise::{NoisyStep, SampleGradients};
/// use saddlepoint_landscape::operator::Dense;
///
/// // Squared distances, halved, to −1 and −3, seen from 0: the mean loss is (θ + 2)²/2 + 1/2.
/// let gradients = SampleGradients::new(vec![1.0, 3.0], 1)?;
/// let step = NoisyStep::new(&gradients, &Dense::new(DMatrix::identity(1, 1))?)?;
/// assert_eq!((step.noise_scale(), step.best_rate(1), step.best_gain(1)), (0.25, 0.8, 1.6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NoisyStep {
    squared_gradient: f64,
    curvature: f64,
    noise: f64,
}

impl NoisyStep {
    /// The step at the point of the gradients, with the Hessian of the mean loss there: one product for each sample.
    ///
    /// # Errors
    /// [`NoiseError::Curvature`] where the quadratic gains without end along some batch's gradient on average, and the
    /// Hessian's own.
    pub fn new(gradients: &SampleGradients, hessian: &impl SymmetricOperator) -> Result<Self, NoiseError> {
        let mut product = vec![0.0; gradients.mean.len()];
        let mut form = |vector: &[f64]| -> Result<f64, NoiseError> {
            hessian.apply(vector, &mut product)?;
            Ok(dot(vector, &product))
        };
        let curvature = form(&gradients.mean)?;
        let mut noise = 0.0;
        for row in gradients.centred.chunks_exact(gradients.mean.len()) {
            noise += form(row)?;
        }
        noise /= gradients.samples() as f64;
        let squared_gradient = dot(&gradients.mean, &gradients.mean);
        // A batch of one sees all of the noise, a batch of all samples next to none.
        let convex = curvature > 0.0 && curvature + noise > 0.0 && curvature + noise < f64::INFINITY;
        if !convex {
            return Err(NoiseError::Curvature { gradient: curvature, noise });
        }
        Ok(Self { squared_gradient, curvature, noise })
    }

    /// The noise scale: with batches of this size the best step gains half of what it gains without noise.
    pub fn noise_scale(&self) -> f64 {
        self.noise / self.curvature
    }

    /// The expected gain of a step at this rate with batches of this size; none counts as one.
    pub fn gain(&self, rate: f64, batch: usize) -> f64 {
        rate * self.squared_gradient - 0.5 * rate * rate * self.curvature_seen(batch)
    }

    /// The rate that gains most with batches of this size; none counts as one.
    pub fn best_rate(&self, batch: usize) -> f64 {
        self.squared_gradient / self.curvature_seen(batch)
    }

    /// What it gains.
    pub fn best_gain(&self, batch: usize) -> f64 {
        0.5 * self.best_rate(batch) * self.squared_gradient
    }

    fn curvature_seen(&self, batch: usize) -> f64 {
        self.curvature + self.noise / batch.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;

    use super::*;
    use crate::operator::Dense;

    fn dense(entries: &[f64]) -> Dense {
        let n = entries.len().isqrt();
        Dense::new(DMatrix::from_row_slice(n, n, entries)).unwrap()
    }

    #[test]
    fn the_simple_scale_is_that_of_an_identity() {
        let gradients = SampleGradients::new(vec![3.0, 0.0, 1.0, 2.0, 2.0, 1.0], 2).unwrap();
        let simple = gradients.trace() / dot(gradients.mean(), gradients.mean());
        let scale = |entries: &[f64]| NoisyStep::new(&gradients, &dense(entries)).unwrap().noise_scale();
        assert!((scale(&[7.0, 0.0, 0.0, 7.0]) - simple).abs() < 1e-15);
        assert!((scale(&[1.0, 0.0, 0.0, 9.0]) - simple).abs() > 0.1);
    }

    #[test]
    fn no_step_is_better_than_the_best() {
        let gradients = SampleGradients::new(vec![3.0, 0.0, 1.0, 2.0, 2.0, 1.0], 2).unwrap();
        let step = NoisyStep::new(&gradients, &dense(&[2.0, 1.0, 1.0, 3.0])).unwrap();
        for batch in [1, 2, 10, usize::MAX] {
            let (rate, best) = (step.best_rate(batch), step.best_gain(batch));
            assert!((step.gain(rate, batch) - best).abs() < 1e-14);
            assert!(step.gain(0.9 * rate, batch) < best && step.gain(1.1 * rate, batch) < best);
        }
        assert_eq!(step.best_rate(0), step.best_rate(1));
    }

    #[test]
    fn a_saddle_has_no_best_step() {
        let gradients = SampleGradients::new(vec![3.0, 0.0, 1.0, 0.5], 2).unwrap();
        for entries in [[-1.0, 0.0, 0.0, -1.0], [1.0, 0.0, 0.0, -100.0], [0.0; 4]] {
            assert!(matches!(NoisyStep::new(&gradients, &dense(&entries)), Err(NoiseError::Curvature { .. })));
        }
        let other = Dense::new(DMatrix::identity(3, 3)).unwrap();
        assert!(matches!(NoisyStep::new(&gradients, &other), Err(NoiseError::Operator(_))));
    }
}
