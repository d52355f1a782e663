//! Random features: a layer of ReLU units that is drawn and not trained, and least squares on top.

use nalgebra::DMatrix;

use super::minimum_norm::{MinimumNormError, with_rank};

/// The fit of least norm on ReLU features `relu(w_j·x)`.
///
/// # Shapes
/// Inputs are `n × m`, one sample a row; directions `p × m`; targets `n × k`.
///
/// # Reference
/// Rahimi and Recht, Random features for large-scale kernel machines, NeurIPS 2007, for the idea; Belkin, Hsu, Ma, Mandal,
/// Reconciling modern machine-learning practice and the classical bias-variance trade-off, PNAS 116, 2019, section 2, for the
/// fit of least norm.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::random_features::RandomFeatures;
///
/// // |x| from the rays x and −x.
/// let inputs = dmatrix![-2.0; -1.0; 3.0];
/// let fit = RandomFeatures::fit(dmatrix![1.0; -1.0], &inputs, &inputs.abs())?;
/// assert!((fit.predict(&dmatrix![-5.0])? - dmatrix![5.0]).norm() < 1e-12);
/// # Ok::<(), saddlepoint_theory::estimation::minimum_norm::MinimumNormError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomFeatures {
    directions: DMatrix<f64>,
    coefficients: DMatrix<f64>,
    rank: usize,
}

impl RandomFeatures {
    /// Fits targets on the features of these directions.
    ///
    /// # Errors
    /// When shapes do not match or a number is not finite.
    pub fn fit(
        directions: DMatrix<f64>,
        inputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<Self, MinimumNormError> {
        let (coefficients, rank) = with_rank(&relu(&directions, inputs)?, targets)?;
        Ok(Self { directions, coefficients, rank })
    }

    /// What it says of other inputs.
    ///
    /// # Errors
    /// When they have not as many columns, or one is not finite.
    pub fn predict(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, MinimumNormError> {
        Ok(relu(&self.directions, inputs)? * &self.coefficients)
    }

    /// How many features are independent on the samples: those that are 0 on all of them do not count, nor do two that see the same
    /// single sample. Where it is the number of samples, the fit interpolates.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// `‖B‖_F`, the norm of the coefficients.
    pub fn norm(&self) -> f64 {
        self.coefficients.norm()
    }
}

fn relu(directions: &DMatrix<f64>, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, MinimumNormError> {
    let (found, expected) = (directions.ncols(), inputs.ncols());
    if found != expected {
        return Err(MinimumNormError::Dimension { found, expected });
    }
    // `max` turns NaN into 0.
    if !directions.iter().chain(inputs).all(|x| x.is_finite()) {
        return Err(MinimumNormError::NotFinite);
    }
    Ok((inputs * directions.transpose()).map(|x| x.max(0.0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bits_are_refused_or_predict(bits in prop::collection::vec(any::<u64>(), 8), width in 0usize..3) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let directions = DMatrix::from_fn(2, width, |i, j| numbers[2 * i + j]);
            let (inputs, targets) = (DMatrix::from_fn(1, 1, |_, _| numbers[4]), DMatrix::from_fn(1, 1, |_, _| numbers[5]));
            if let Ok(fit) = RandomFeatures::fit(directions, &inputs, &targets) {
                prop_assert!(fit.norm() >= 0.0 && fit.predict(&inputs).is_ok());
            }
        }
    }

    #[test]
    fn as_many_features_as_samples_interpolate() {
        let inputs = DMatrix::from_fn(4, 2, |i, j| (i * 3 + j * 5 % 4) as f64 - 3.5);
        let targets = DMatrix::from_fn(4, 1, |i, _| (i * i) as f64);
        let directions = DMatrix::from_fn(9, 2, |i, j| ((7 * i + 3 * j) % 11) as f64 - 5.0);
        let fit = RandomFeatures::fit(directions, &inputs, &targets).unwrap();
        assert!((fit.predict(&inputs).unwrap() - targets).norm() < 1e-9);
        assert!(matches!(fit.predict(&DMatrix::zeros(1, 3)), Err(MinimumNormError::Dimension { .. })));
        // Directions that see no sample change nothing.
        let far = inputs.map(f64::abs);
        let fit = |directions| RandomFeatures::fit(directions, &far, &far.columns(0, 1).into_owned()).unwrap();
        let (one, two) = (fit(DMatrix::identity(2, 2)), fit(DMatrix::identity(2, 2).insert_row(2, -1.0)));
        assert_eq!((one.rank(), two.rank()), (2, 2));
        assert!((one.norm() - two.norm()).abs() < 1e-14);
    }
}
