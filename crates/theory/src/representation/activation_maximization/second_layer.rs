//! A unit of the second layer, and the prior against differences between neighbouring pixels.

use nalgebra::{DMatrix, DVector};

use super::{MOST_PIXELS, MaximizationError, finite, penalty};

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
    /// When `prior` is not symmetric positive definite, sizes do not fit, or a step overflows.
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
        finite(x)
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
    if side > MOST_PIXELS {
        return Err(MaximizationError::Side(side));
    }
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
    if side.checked_mul(side) != Some(image.len()) {
        return Err(MaximizationError::Weights(side, image.len()));
    }
    let energy = |x: &DMatrix<f64>| image.dot(&(x * image));
    Ok(energy(&smooth_prior(side, 1.0, 1.0)?) / image.norm_squared() - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
