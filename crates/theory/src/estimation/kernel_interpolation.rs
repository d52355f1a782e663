//! Kernel interpolation: of all functions in the space of a kernel that pass through the samples, the one of least norm.
//!
//! To nearest; [`crate::bounds::kernel`] encloses the norm where a bound needs it.

use nalgebra::{Cholesky, DMatrix, Dyn};

/// Why there is no interpolant.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum KernelError {
    /// A width that is not positive and finite.
    #[error("a kernel of width {0}: it must be positive and finite")]
    Width(f64),
    /// No samples, or no coordinates.
    #[error("{samples} samples with {coordinates} coordinates: at least one of each is needed")]
    Empty {
        /// Rows.
        samples: usize,
        /// Columns.
        coordinates: usize,
    },
    /// Inputs or values of another shape.
    #[error("{what}: {found} where {expected} are needed")]
    Shape {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
    /// A NaN or an infinity.
    #[error("inputs and values must be finite")]
    NotFinite,
    /// A matrix that is not positive definite to working precision: two inputs are nearly equal.
    #[error("the kernel matrix is not positive definite")]
    NotPositiveDefinite,
}

/// A positive definite kernel of the distance alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kernel {
    shape: Shape,
    width: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Laplace,
    Gaussian,
}

impl Kernel {
    /// `exp(−‖x − z‖ / width)`.
    ///
    /// # Errors
    /// When the width is not positive and finite.
    pub fn laplace(width: f64) -> Result<Self, KernelError> {
        Self::new(Shape::Laplace, width)
    }

    /// `exp(−‖x − z‖² / 2 width²)`.
    ///
    /// # Errors
    /// When the width is not positive and finite.
    pub fn gaussian(width: f64) -> Result<Self, KernelError> {
        Self::new(Shape::Gaussian, width)
    }

    fn new(shape: Shape, width: f64) -> Result<Self, KernelError> {
        if width > 0.0 && width.is_finite() {
            Ok(Self { shape, width })
        } else {
            Err(KernelError::Width(width))
        }
    }

    fn at(self, squared_distance: f64) -> f64 {
        match self.shape {
            Shape::Laplace => libm::exp(-squared_distance.sqrt() / self.width),
            Shape::Gaussian => libm::exp(-squared_distance / (2.0 * self.width * self.width)),
        }
    }

    /// `k(xᵢ, zⱼ)`, for inputs in the rows of two matrices.
    ///
    /// # Errors
    /// When they have no entry, another number of columns, or one that is not finite.
    pub fn matrix(self, x: &DMatrix<f64>, z: &DMatrix<f64>) -> Result<DMatrix<f64>, KernelError> {
        require(x)?;
        require(z)?;
        let (found, expected) = (z.ncols(), x.ncols());
        if found != expected {
            return Err(KernelError::Shape { what: "coordinates", found, expected });
        }
        // Columns are contiguous.
        let (x, z) = (x.transpose(), z.transpose());
        Ok(DMatrix::from_fn(x.ncols(), z.ncols(), |i, j| self.at((x.column(i) - z.column(j)).norm_squared())))
    }
}

fn require(inputs: &DMatrix<f64>) -> Result<(), KernelError> {
    let (samples, coordinates) = inputs.shape();
    if samples == 0 || coordinates == 0 {
        return Err(KernelError::Empty { samples, coordinates });
    }
    if inputs.iter().all(|x| x.is_finite()) { Ok(()) } else { Err(KernelError::NotFinite) }
}

/// The median of the distances of all pairs of rows, a usual width.
///
/// # Errors
/// When there are fewer than two rows, or an entry is not finite.
pub fn median_distance(inputs: &DMatrix<f64>) -> Result<f64, KernelError> {
    require(inputs)?;
    let columns = inputs.transpose();
    let n = columns.ncols();
    let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    let mut distances: Vec<f64> = pairs.map(|(i, j)| (columns.column(i) - columns.column(j)).norm()).collect();
    if distances.is_empty() {
        return Err(KernelError::Shape { what: "samples", found: n, expected: 2 });
    }
    let (count, middle) = (distances.len(), distances.len() / 2);
    let (below, &mut upper, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
    if count % 2 == 1 {
        return Ok(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    Ok(f64::midpoint(lower, upper))
}

/// The matrix of a kernel at the inputs of a sample, factored.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::kernel_interpolation::{Kernel, KernelInterpolation};
///
/// let inputs = dmatrix![0.0; 1.0];
/// let machine = KernelInterpolation::new(Kernel::laplace(1.0)?, inputs.clone())?;
/// let through = machine.fit(&dmatrix![1.0; -1.0])?;
/// assert!((machine.predict(&through, &inputs)? - dmatrix![1.0; -1.0]).norm() < 1e-14);
/// // yᵀK⁻¹y with 1 and 1/e in K.
/// assert!((through.squared_norm() - 2.0 / (1.0 - (-1.0f64).exp())).abs() < 1e-14);
/// # Ok::<(), saddlepoint_theory::estimation::kernel_interpolation::KernelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KernelInterpolation {
    kernel: Kernel,
    inputs: DMatrix<f64>,
    matrix: DMatrix<f64>,
    factor: Cholesky<f64, Dyn>,
}

/// A function `x ↦ Σ αᵢ k(xᵢ, x)`, with several outputs as several columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Interpolant {
    coefficients: DMatrix<f64>,
    squared_norm: f64,
}

impl Interpolant {
    /// The squared norm in the space of the kernel, summed over the outputs.
    pub fn squared_norm(&self) -> f64 {
        self.squared_norm
    }
}

impl KernelInterpolation {
    /// Factors `K = LLᵀ`.
    ///
    /// # Errors
    /// When there are no inputs, one is not finite, or the matrix is not positive definite.
    pub fn new(kernel: Kernel, inputs: DMatrix<f64>) -> Result<Self, KernelError> {
        let matrix = kernel.matrix(&inputs, &inputs)?;
        let factor = Cholesky::new(matrix.clone()).ok_or(KernelError::NotPositiveDefinite)?;
        Ok(Self { kernel, inputs, matrix, factor })
    }

    /// The function of least norm with these values at the inputs, a column for each output.
    ///
    /// # Formula
    /// `α = K⁻¹y`, and the squared norm `yᵀK⁻¹y = ‖L⁻¹y‖²`
    ///
    /// # Errors
    /// When there is not one row of finite values for each input.
    ///
    /// # Reference
    /// Schölkopf, Herbrich, Smola, A generalized representer theorem, COLT 2001, theorem 1.
    pub fn fit(&self, values: &DMatrix<f64>) -> Result<Interpolant, KernelError> {
        let (found, expected) = (values.nrows(), self.inputs.nrows());
        if found != expected {
            return Err(KernelError::Shape { what: "rows of values", found, expected });
        }
        if !values.iter().all(|x| x.is_finite()) {
            return Err(KernelError::NotFinite);
        }
        let mut half = values.clone();
        if !self.factor.l_dirty().solve_lower_triangular_mut(&mut half) {
            return Err(KernelError::NotPositiveDefinite);
        }
        let squared_norm = half.norm_squared();
        Ok(Interpolant { coefficients: self.factor.solve(values), squared_norm })
    }

    /// The values of an interpolant at other inputs.
    ///
    /// # Errors
    /// When the inputs have other columns, or the interpolant was fitted to another number of samples.
    pub fn predict(
        &self,
        interpolant: &Interpolant,
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, KernelError> {
        let (found, expected) = (interpolant.coefficients.nrows(), self.inputs.nrows());
        if found != expected {
            return Err(KernelError::Shape { what: "coefficients", found, expected });
        }
        Ok(self.kernel.matrix(inputs, &self.inputs)? * &interpolant.coefficients)
    }

    /// The smallest and the largest eigenvalue of the matrix.
    pub fn extremes(&self) -> (f64, f64) {
        let eigenvalues = self.matrix.symmetric_eigenvalues();
        (eigenvalues.min(), eigenvalues.max())
    }

    /// `tr K`.
    pub fn trace(&self) -> f64 {
        self.matrix.trace()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_of_all_pairs() {
        let points = |values: &[f64]| DMatrix::from_column_slice(values.len(), 1, values);
        // Distances 1, 3, 2, and 1, 3, 7, 2, 6, 4.
        assert_eq!(median_distance(&points(&[0.0, 1.0, 3.0])).unwrap(), 2.0);
        assert_eq!(median_distance(&points(&[0.0, 1.0, 3.0, 7.0])).unwrap(), 3.5);
        assert!(matches!(median_distance(&points(&[0.0])), Err(KernelError::Shape { .. })));
    }

    #[test]
    fn bad_input_is_refused_by_name() {
        let (kernel, twice) = (Kernel::gaussian(1.0).unwrap(), DMatrix::from_element(2, 1, 0.5));
        assert!(matches!(KernelInterpolation::new(kernel, twice), Err(KernelError::NotPositiveDefinite)));
        assert!(matches!(
            KernelInterpolation::new(kernel, DMatrix::zeros(0, 1)),
            Err(KernelError::Empty { .. })
        ));
        assert!(matches!(
            kernel.matrix(&DMatrix::zeros(1, 1), &DMatrix::zeros(1, 2)),
            Err(KernelError::Shape { .. })
        ));
        let machine = KernelInterpolation::new(kernel, DMatrix::zeros(1, 1)).unwrap();
        assert!(matches!(machine.fit(&DMatrix::zeros(2, 1)), Err(KernelError::Shape { .. })));
        assert!(matches!(machine.fit(&DMatrix::from_element(1, 1, f64::NAN)), Err(KernelError::NotFinite)));
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Kernel::laplace(width), Err(KernelError::Width(_))));
        }
    }

    proptest! {
        #[test]
        fn any_bits_are_refused_or_fitted(bits in prop::collection::vec(any::<u64>(), 6), width in any::<u64>()) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let inputs = DMatrix::from_column_slice(3, 1, &numbers[..3]);
            if let Ok(kernel) = Kernel::laplace(f64::from_bits(width)) {
                if let Ok(machine) = KernelInterpolation::new(kernel, inputs.clone()) {
                    let fitted = machine.fit(&DMatrix::from_column_slice(3, 1, &numbers[3..]));
                    let _ = fitted.and_then(|fitted| machine.predict(&fitted, &inputs));
                }
                let _ = median_distance(&inputs);
            }
        }
    }
}
