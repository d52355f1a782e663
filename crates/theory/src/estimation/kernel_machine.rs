//! Kernel machines: of all functions in the space of a kernel that pass through the samples, the one of least norm; with a
//! ridge, the one that pays least for its norm and its residuals together.
//!
//! To nearest; [`crate::bounds::kernel`] encloses the norm where a bound needs it.

use nalgebra::{Cholesky, DMatrix, Dyn};
use saddlepoint_rigor::decomposition::{DecompositionError, eigenvalues};

use super::neighbours::{column, squared_distance};

/// Why there is no such function.
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
    /// A ridge that is none.
    #[error("the ridge must be finite and not negative, but is {0}")]
    Ridge(f64),
    /// A matrix that is not positive definite to working precision: two inputs are nearly equal.
    #[error("the kernel matrix is not positive definite to working precision: give a ridge")]
    NotPositiveDefinite,
    /// The matrix's eigenvalues are not found.
    #[error(transparent)]
    Decomposition(#[from] DecompositionError),
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
        let entry = |i, j| self.at(squared_distance(column(&x, i), column(&z, j)));
        Ok(DMatrix::from_fn(x.ncols(), z.ncols(), entry))
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
    let distance = |(i, j)| squared_distance(column(&columns, i), column(&columns, j)).sqrt();
    let mut distances: Vec<f64> = pairs.map(distance).collect();
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

/// The matrix of a kernel at the inputs of a sample, factored, with a ridge on its diagonal or without.
///
/// # Formula
/// $$f = \arg\min_f \sum_i \lVert f(x_i)-y_i\rVert^2 + \lambda\lVert f\rVert_K^2 = \sum_i \alpha_i\, k(\cdot, x_i),\qquad
/// \alpha = (K+\lambda I)^{-1}y;$$
/// for $\lambda = 0$ the function of least norm through all samples.
///
/// # Reference
/// Schölkopf, Herbrich, Smola, A generalized representer theorem, COLT 2001, theorem 1; for $\lambda = 0$ Belkin, Ma, Mandal, To
/// understand deep learning we need to understand kernel learning, ICML 2018.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine};
///
/// let inputs = dmatrix![0.0; 1.0];
/// let machine = KernelMachine::new(Kernel::laplace(1.0)?, inputs.clone())?;
/// let through = machine.fit(&dmatrix![1.0; -1.0])?;
/// assert!((through.values(&machine.kernels(&inputs)?)? - dmatrix![1.0; -1.0]).norm() < 1e-14);
/// // yᵀK⁻¹y with 1 and 1/e in K.
/// assert!((through.squared_norm() - 2.0 / (1.0 - (-1.0f64).exp())).abs() < 1e-14);
/// # Ok::<(), saddlepoint_theory::estimation::kernel_machine::KernelError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KernelMachine {
    kernel: Kernel,
    inputs: DMatrix<f64>,
    /// Without the ridge.
    matrix: DMatrix<f64>,
    ridge: f64,
    factor: Cholesky<f64, Dyn>,
}

/// A function `x ↦ Σ αᵢ k(xᵢ, x)`, with several outputs as several columns.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelFunction {
    coefficients: DMatrix<f64>,
    squared_norm: f64,
}

impl KernelFunction {
    /// The squared norm in the space of the kernel, summed over the outputs.
    pub fn squared_norm(&self) -> f64 {
        self.squared_norm
    }

    /// Its values, from the kernels of the points with the inputs: see [`KernelMachine::kernels`].
    ///
    /// # Errors
    /// When there are other inputs than it was fitted to.
    pub fn values(&self, kernels: &DMatrix<f64>) -> Result<DMatrix<f64>, KernelError> {
        let (found, expected) = (kernels.ncols(), self.coefficients.nrows());
        if found != expected {
            return Err(KernelError::Shape { what: "kernels of each point", found, expected });
        }
        Ok(kernels * &self.coefficients)
    }
}

impl KernelMachine {
    /// Factors `K = LLᵀ`.
    ///
    /// # Errors
    /// When there are no inputs, one is not finite, or the matrix is not positive definite.
    pub fn new(kernel: Kernel, inputs: DMatrix<f64>) -> Result<Self, KernelError> {
        Self::with_ridge(kernel, inputs, 0.0)
    }

    /// Factors `K + λI = LLᵀ`: `n³/3` multiplications.
    ///
    /// # Errors
    /// As [`KernelMachine::new`], and when the ridge `λ` is negative or not finite.
    pub fn with_ridge(kernel: Kernel, inputs: DMatrix<f64>, ridge: f64) -> Result<Self, KernelError> {
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(KernelError::Ridge(ridge));
        }
        let matrix = kernel.matrix(&inputs, &inputs)?;
        let mut sum = matrix.clone();
        for i in 0..sum.nrows() {
            sum[(i, i)] += ridge;
        }
        let factor = Cholesky::new(sum).ok_or(KernelError::NotPositiveDefinite)?;
        Ok(Self { kernel, inputs, matrix, ridge, factor })
    }

    /// The minimizer for these values at the inputs, a column for each output.
    ///
    /// # Formula
    /// `α = (K + λI)⁻¹y`, and the squared norm `αᵀKα = ‖L⁻¹y‖² − λ‖α‖²`
    ///
    /// # Errors
    /// When there is not one row of finite values for each input, or the coefficients overflow.
    pub fn fit(&self, values: &DMatrix<f64>) -> Result<KernelFunction, KernelError> {
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
        let coefficients = self.factor.solve(values);
        let squared_norm = half.norm_squared() - self.ridge * coefficients.norm_squared();
        if coefficients.iter().all(|x| x.is_finite()) && squared_norm.is_finite() {
            Ok(KernelFunction { coefficients, squared_norm })
        } else {
            Err(KernelError::NotPositiveDefinite)
        }
    }

    /// The kernels of points with the inputs, a row for each point: of use for every function that is fitted.
    ///
    /// # Errors
    /// When the points have other columns than the inputs, or are not finite.
    pub fn kernels(&self, points: &DMatrix<f64>) -> Result<DMatrix<f64>, KernelError> {
        self.kernel.matrix(points, &self.inputs)
    }

    /// The kernels of the inputs with each other: `K`.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }

    /// The smallest and the largest eigenvalue of the matrix.
    ///
    /// # Errors
    /// When they are not found.
    pub fn extremes(&self) -> Result<(f64, f64), KernelError> {
        let eigenvalues = eigenvalues(self.matrix.clone())?;
        Ok((eigenvalues.min(), eigenvalues.max()))
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
        assert!(matches!(KernelMachine::new(kernel, twice), Err(KernelError::NotPositiveDefinite)));
        assert!(matches!(KernelMachine::new(kernel, DMatrix::zeros(0, 1)), Err(KernelError::Empty { .. })));
        assert!(matches!(
            kernel.matrix(&DMatrix::zeros(1, 1), &DMatrix::zeros(1, 2)),
            Err(KernelError::Shape { .. })
        ));
        let machine = KernelMachine::new(kernel, DMatrix::zeros(1, 1)).unwrap();
        assert!(matches!(machine.fit(&DMatrix::zeros(2, 1)), Err(KernelError::Shape { .. })));
        assert!(matches!(machine.fit(&DMatrix::from_element(1, 1, f64::NAN)), Err(KernelError::NotFinite)));
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Kernel::laplace(width), Err(KernelError::Width(_))));
        }
    }

    #[test]
    fn one_point_has_a_closed_form() {
        // f = y k(·, x) / (1 + λ).
        let points = |values: &[f64]| DMatrix::from_column_slice(values.len(), 1, values);
        let machine = KernelMachine::with_ridge(Kernel::laplace(2.0).unwrap(), points(&[1.0]), 0.5).unwrap();
        let function = machine.fit(&points(&[3.0])).unwrap();
        let found = function.values(&machine.kernels(&points(&[1.0, 3.0])).unwrap()).unwrap();
        assert!((found[0] - 2.0).abs() < 1e-15 && (found[1] - 2.0 * (-1f64).exp()).abs() < 1e-15);
        assert!((function.squared_norm() - 4.0).abs() < 1e-14);
        let refused = KernelMachine::with_ridge(Kernel::laplace(2.0).unwrap(), points(&[1.0]), -1.0);
        assert_eq!(refused.map(|_| ()), Err(KernelError::Ridge(-1.0)));
        assert!(matches!(function.values(&DMatrix::zeros(1, 2)), Err(KernelError::Shape { .. })));
    }

    proptest! {
        #[test]
        fn any_bits_are_refused_or_fitted(bits in prop::collection::vec(any::<u64>(), 7), width in any::<u64>()) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let inputs = DMatrix::from_column_slice(3, 1, &numbers[..3]);
            if let Ok(kernel) = Kernel::laplace(f64::from_bits(width)) {
                for machine in [0.0, numbers[6]].map(|ridge| KernelMachine::with_ridge(kernel, inputs.clone(), ridge)).into_iter().flatten() {
                    let fitted = machine.fit(&DMatrix::from_column_slice(3, 1, &numbers[3..6]));
                    let _ = fitted.and_then(|fitted| fitted.values(&machine.kernels(&inputs)?));
                }
                let _ = median_distance(&inputs);
            }
        }
    }
}
