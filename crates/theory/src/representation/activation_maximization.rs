//! The input that a unit answers to most, for its cost.

use nalgebra::{DMatrix, DVector};

/// Why there is no such input.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MaximizationError {
    /// A penalty that is not positive and finite.
    #[error("a penalty λ = {0}: it must be positive and finite")]
    Penalty(f64),
    /// Weights, a bias or a start that is not finite, or sizes that do not fit.
    #[error("weights of {0} and {1} entries: they must fit each other and be finite")]
    Weights(usize, usize),
    /// A prior whose matrix is not symmetric positive definite.
    #[error("the prior's matrix is not positive definite")]
    Prior,
}

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

fn penalty(lambda: f64) -> Result<f64, MaximizationError> {
    if lambda > 0.0 && lambda.is_finite() { Ok(lambda) } else { Err(MaximizationError::Penalty(lambda)) }
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
    /// When `lambda` is not positive and finite.
    pub fn maximizer(&self, lambda: f64) -> Result<Maximizer, MaximizationError> {
        let worth = 0.5 * self.weights.norm_squared() / penalty(lambda)? + self.bias;
        Ok(if worth > 0.0 { Maximizer::Pattern(&self.weights / lambda) } else { Maximizer::Origin })
    }

    /// Where gradient ascent with steps of `1/(2λ)` from `start` ends after `steps` of them.
    ///
    /// # Errors
    /// When `lambda` is not positive and finite or the start does not fit.
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
        Ok(x)
    }
}

/// A unit of the second layer without biases, with a quadratic image prior.
///
/// # Formula
/// $g(x)=\sum_i v_i\,\mathrm{relu}(\langle w_i,x\rangle)$ is linear on each activation region, with slope $W^\top\operatorname{diag}(v)\,1_{Wx>0}$,
/// so that a stationary point of $g(x)-\tfrac12x^\top Qx$ inside a region is $Q^{-1}$ times its slope. With $Q=\lambda I$ that is a sum
/// of the first layer's patterns; with a $Q$ that charges roughness more, a smooth version of it.
///
/// # Reference
/// Mahendran and Vedaldi, Visualizing deep convolutional neural networks using natural pre-images, IJCV 120, 2016, for priors.
#[derive(Debug, Clone)]
pub struct SecondLayerUnit {
    first: DMatrix<f64>,
    second: DVector<f64>,
}

impl SecondLayerUnit {
    /// The unit with weights `second` on the rectified outputs of the rows of `first`.
    ///
    /// # Errors
    /// When sizes do not fit or an entry is not finite.
    pub fn new(first: DMatrix<f64>, second: DVector<f64>) -> Result<Self, MaximizationError> {
        let finite = first.iter().chain(second.iter()).all(|w| w.is_finite());
        if finite && first.nrows() == second.len() {
            Ok(Self { first, second })
        } else {
            Err(MaximizationError::Weights(first.nrows(), second.len()))
        }
    }

    /// The activation at `x`.
    pub fn activation(&self, x: &DVector<f64>) -> f64 {
        self.slope(x).dot(x)
    }

    /// The gradient of the activation at `x`, with that of the ReLU at 0 taken as 0.
    pub fn slope(&self, x: &DVector<f64>) -> DVector<f64> {
        let hidden = &self.first * x;
        self.first.tr_mul(&self.second.zip_map(&hidden, |v, h| if h > 0.0 { v } else { 0.0 }))
    }

    /// Iterates `x ← Q⁻¹ slope(x)` from `start`, halving the way while it gains nothing, up to `steps` times.
    ///
    /// # Errors
    /// When `prior` is not symmetric positive definite or sizes do not fit.
    pub fn ascend(
        &self,
        start: &DVector<f64>,
        prior: &DMatrix<f64>,
        steps: usize,
    ) -> Result<DVector<f64>, MaximizationError> {
        let inputs = self.first.ncols();
        if start.len() != inputs || prior.shape() != (inputs, inputs) {
            return Err(MaximizationError::Weights(inputs, start.len()));
        }
        let cholesky = prior.clone().cholesky().ok_or(MaximizationError::Prior)?;
        let objective = |x: &DVector<f64>| self.activation(x) - 0.5 * x.dot(&(prior * x));
        let (mut x, mut value) = (start.clone(), objective(start));
        for _ in 0..steps {
            let way = cholesky.solve(&self.slope(&x)) - &x;
            let better = (0..30)
                .map(|halvings| &x + &way * 0.5f64.powi(halvings))
                .map(|y| (objective(&y), y))
                .find(|(gained, _)| *gained > value);
            let Some((gained, next)) = better else { break };
            (value, x) = (gained, next);
        }
        Ok(x)
    }
}

/// The prior `λ I + κ L` of square images of `side` pixels a side, with the Laplacian `L` of neighbouring pixels.
///
/// # Formula
/// $x^\top Qx=\lambda\lVert x\rVert^2+\kappa\sum_{i\sim j}(x_i-x_j)^2$
///
/// # Errors
/// When `lambda` is not positive and finite or `kappa` is negative or not finite.
pub fn smooth_prior(side: usize, lambda: f64, kappa: f64) -> Result<DMatrix<f64>, MaximizationError> {
    if !(kappa >= 0.0 && kappa.is_finite()) {
        return Err(MaximizationError::Penalty(kappa));
    }
    let mut prior = DMatrix::identity(side * side, side * side) * penalty(lambda)?;
    for i in 0..side {
        for j in 0..side {
            let here = i * side + j;
            let right = (j + 1 < side).then_some(here + 1);
            let below = (i + 1 < side).then_some(here + side);
            for there in right.into_iter().chain(below) {
                prior[(here, here)] += kappa;
                prior[(there, there)] += kappa;
                prior[(here, there)] -= kappa;
                prior[(there, here)] -= kappa;
            }
        }
    }
    Ok(prior)
}

/// The energy of differences of neighbouring pixels over the energy of a square image.
///
/// # Formula
/// $\sum_{i\sim j}(x_i-x_j)^2/\lVert x\rVert^2$
///
/// # Errors
/// When the image is not of `side` by `side` pixels.
pub fn roughness(side: usize, image: &DVector<f64>) -> Result<f64, MaximizationError> {
    if image.len() != side * side {
        return Err(MaximizationError::Weights(side * side, image.len()));
    }
    let energy = |x: &DMatrix<f64>| image.dot(&(x * image));
    Ok(energy(&smooth_prior(side, 1.0, 1.0)?) / image.norm_squared() - 1.0)
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

    #[test]
    fn a_deeper_unit_ends_at_a_stationary_point() {
        let first = DMatrix::from_fn(12, 9, |i, j| ((i * 7 + j * 5 + i * j) % 11) as f64 / 5.0 - 1.0);
        let second = DVector::from_fn(12, |i, _| (i % 3) as f64 - 0.5);
        let unit = SecondLayerUnit::new(first, second).unwrap();
        let prior = smooth_prior(3, 1.0, 2.0).unwrap();
        let end = unit.ascend(&DVector::from_fn(9, |i, _| i as f64 / 4.0 - 1.0), &prior, 200).unwrap();
        assert!((&prior * &end - unit.slope(&end)).norm() < 1e-9 * (1.0 + end.norm()));
        assert_eq!(roughness(2, &DVector::from_vec(vec![1.0, -1.0, -1.0, 1.0])), Ok(4.0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(FirstLayerUnit::new(DVector::from_vec(vec![f64::NAN]), 0.0).is_err());
        let unit = FirstLayerUnit::new(DVector::from_vec(vec![1.0]), 0.0).unwrap();
        assert!(unit.maximizer(0.0).is_err() && unit.ascend(&DVector::zeros(2), 1.0, 1).is_err());
        assert!(SecondLayerUnit::new(DMatrix::zeros(2, 2), DVector::zeros(3)).is_err());
        assert!(smooth_prior(2, 1.0, -1.0).is_err() && roughness(2, &DVector::zeros(3)).is_err());
    }
}
