//! A unit of the first layer: its maximizer in closed form.

use nalgebra::DVector;

use super::{MaximizationError, finite, penalty};

/// Where a rectified unit less a quadratic cost is largest.
#[derive(Debug, Clone, PartialEq)]
pub enum Maximizer {
    /// At the unit's own weights, scaled: `w / λ`.
    Pattern(DVector<f64>),
    /// At 0, where the unit may be silent: exciting it costs more than it gives.
    Origin,
}

/// A rectified unit of the first layer, `relu(⟨w, x⟩ + b)`.
///
/// # Formula
/// $\max_x\ \mathrm{relu}(\langle w,x\rangle+b)-\tfrac\lambda2\lVert x\rVert^2$. Where the unit is active the objective is concave with its
/// stationary point at $w/\lambda$, of value $\lVert w\rVert^2/2\lambda+b$; where it is silent, 0 is best. So $w/\lambda$ is a local
/// maximum if $\lVert w\rVert^2/\lambda+b>0$, and the global one if $\lVert w\rVert^2/2\lambda+b>0$. Between the two, ascent from an
/// active input shows a pattern that is not worth its cost.
///
/// # Reference
/// Erhan, Bengio, Courville and Vincent, Visualizing higher-layer features of a deep network, 2009; Simonyan, Vedaldi and
/// Zisserman, arXiv:1312.6034, equation 1.
///
/// # Example
/// ```
/// use nalgebra::DVector;
/// use saddlepoint_theory::representation::activation_maximization::{FirstLayerUnit, Maximizer};
///
/// let unit = FirstLayerUnit::new(DVector::from_vec(vec![3.0, 4.0]), -1.0)?;
/// assert_eq!(unit.maximizer(2.0)?, Maximizer::Pattern(DVector::from_vec(vec![1.5, 2.0])));
/// assert_eq!(unit.maximizer(20.0)?, Maximizer::Origin);
/// # Ok::<(), saddlepoint_theory::representation::activation_maximization::MaximizationError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FirstLayerUnit {
    weights: DVector<f64>,
    bias: f64,
}

impl FirstLayerUnit {
    /// The unit with these weights and bias.
    ///
    /// # Errors
    /// When one is not finite.
    pub fn new(weights: DVector<f64>, bias: f64) -> Result<Self, MaximizationError> {
        if weights.iter().all(|w| w.is_finite()) && bias.is_finite() {
            Ok(Self { weights, bias })
        } else {
            Err(MaximizationError::Weights(weights.len(), 1))
        }
    }

    /// Its weights.
    pub fn weights(&self) -> &DVector<f64> {
        &self.weights
    }

    /// `relu(⟨w, x⟩ + b)`.
    pub fn activation(&self, x: &DVector<f64>) -> f64 {
        (self.weights.dot(x) + self.bias).max(0.0)
    }

    /// The activation less the cost of the input.
    pub fn objective(&self, x: &DVector<f64>, lambda: f64) -> f64 {
        self.activation(x) - 0.5 * lambda * x.norm_squared()
    }

    /// Where the objective is largest.
    ///
    /// # Errors
    /// When `lambda` is not positive and finite, or so small that the pattern overflows.
    pub fn maximizer(&self, lambda: f64) -> Result<Maximizer, MaximizationError> {
        let worth = 0.5 * self.weights.norm_squared() / penalty(lambda)? + self.bias;
        Ok(if worth > 0.0 { Maximizer::Pattern(finite(&self.weights / lambda)?) } else { Maximizer::Origin })
    }

    /// Where gradient ascent with steps of `1/(2λ)` from `start` ends after `steps` of them.
    ///
    /// # Errors
    /// When `lambda` is not positive and finite, the start does not fit, or a step overflows.
    pub fn ascend(
        &self,
        start: &DVector<f64>,
        lambda: f64,
        steps: usize,
    ) -> Result<DVector<f64>, MaximizationError> {
        let lambda = penalty(lambda)?;
        if start.len() != self.weights.len() {
            return Err(MaximizationError::Weights(self.weights.len(), start.len()));
        }
        let mut x = start.clone();
        for _ in 0..steps {
            x *= 0.5;
            if 2.0 * self.weights.dot(&x) + self.bias > 0.0 {
                x.axpy(0.5 / lambda, &self.weights, 1.0);
            }
        }
        finite(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_is_not_worth_its_cost() {
        let unit = FirstLayerUnit::new(DVector::from_vec(vec![2.0, 0.0]), -3.0).unwrap();
        // ‖w‖²/λ + b = 1 > 0, but ‖w‖²/2λ + b = −1 < 0: a local maximum below the value 0 at the origin.
        let end = unit.ascend(&DVector::from_vec(vec![3.0, 1.0]), 1.0, 80).unwrap();
        assert!((end - unit.weights()).norm() < 1e-12);
        assert_eq!(unit.maximizer(1.0), Ok(Maximizer::Origin));
        assert!(unit.objective(unit.weights(), 1.0) < unit.objective(&DVector::zeros(2), 1.0));
    }
}
