//! Noise in the inputs of a linear model is a ridge penalty, exactly.

use nalgebra::DMatrix;

use super::weighted_ridge::WeightedRidge;
use super::{RegularizationError, not_negative};

/// Least squares whose inputs are blurred by independent noise of variance `s²`, averaged over the noise.
///
/// # Formula
/// $$\mathbb E\,\tfrac12\lVert y-(X+N)w\rVert^2=\tfrac12\lVert y-Xw\rVert^2+\tfrac12ns^2\lVert w\rVert^2,\qquad
/// \mathbb E N=0,\ \mathbb E N_{ij}^2=s^2.$$
/// The law of the noise does not matter beyond that. For networks it is the leading term as $s\to0$.
///
/// # Errors
/// When sizes do not fit, or a number is not finite or the variance negative.
///
/// # Reference
/// Bishop 1995, *Training with noise is equivalent to Tikhonov regularization*.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::regularization::noise_injection::blurred_least_squares;
///
/// let blurred = blurred_least_squares(&dmatrix![1.0, 0.0; 0.0, 1.0], &[2.0, 4.0], 0.5)?;
/// assert_eq!(blurred.penalties(), [1.0, 1.0]);
/// assert!((blurred.minimizer()?[1] - 2.0).abs() < 1e-15);
/// # Ok::<(), saddlepoint_theory::regularization::RegularizationError>(())
/// ```
pub fn blurred_least_squares(
    design: &DMatrix<f64>,
    labels: &[f64],
    variance: f64,
) -> Result<WeightedRidge, RegularizationError> {
    let penalty = not_negative("the variance of the noise", variance)? * design.nrows() as f64;
    WeightedRidge::new(design, labels, vec![penalty; design.ncols()])
}

#[cfg(test)]
mod tests {
    use nalgebra::{DVector, dmatrix};

    use super::*;

    /// Signs are noise of variance 1: the average over all of them is the formula.
    #[test]
    fn all_signs_average_to_the_formula() {
        let (design, labels, weights) = (dmatrix![1.0, -0.5; 2.0, 0.25], [0.5, 1.5], [0.75, -1.25]);
        let exact = blurred_least_squares(&design, &labels, 0.09).unwrap().value(&weights).unwrap();
        let mut sum = 0.0;
        for mask in 0..16u32 {
            let noise = DMatrix::from_fn(2, 2, |i, j| if mask >> (2 * i + j) & 1 == 1 { 0.3 } else { -0.3 });
            let residual =
                DVector::from_row_slice(&labels) - (&design + noise) * DVector::from_row_slice(&weights);
            sum += 0.5 * residual.norm_squared() / 16.0;
        }
        assert!((sum - exact).abs() < 1e-14, "{sum} {exact}");
    }

    #[test]
    fn a_negative_variance_is_refused() {
        assert!(blurred_least_squares(&dmatrix![1.0], &[1.0], -0.1).is_err());
        assert!(blurred_least_squares(&dmatrix![1.0], &[1.0], f64::NAN).is_err());
    }
}
