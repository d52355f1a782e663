//! Ridge regression in the space of a kernel; with ridge 0, the interpolant of least norm.

use nalgebra::DMatrix;

use super::neighbours::{column, squared_distance};

/// A positive definite kernel of two points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kernel {
    /// `exp(−‖x − z‖² / 2w²)`.
    Gaussian {
        /// `w`.
        width: f64,
    },
    /// `exp(−‖x − z‖ / w)`.
    Laplacian {
        /// `w`.
        width: f64,
    },
}

impl Kernel {
    /// The kernel of two points.
    pub fn value(self, x: &[f64], z: &[f64]) -> f64 {
        let squared = squared_distance(x, z);
        match self {
            Self::Gaussian { width } => libm::exp(-squared / (2.0 * width * width)),
            Self::Laplacian { width } => libm::exp(-squared.sqrt() / width),
        }
    }

    /// The matrix `k(xᵢ, zⱼ)`.
    ///
    /// # Shapes
    /// One point a column of both; a row for each of the first, a column for each of the second.
    pub fn matrix(self, x: &DMatrix<f64>, z: &DMatrix<f64>) -> DMatrix<f64> {
        DMatrix::from_fn(x.ncols(), z.ncols(), |i, j| self.value(column(x, i), column(z, j)))
    }

    /// `w`.
    pub fn width(self) -> f64 {
        match self {
            Self::Gaussian { width } | Self::Laplacian { width } => width,
        }
    }
}

/// The minimizer of a regularized sum of squares in the space of a kernel.
///
/// # Formula
/// $$f = \arg\min_f \sum_i \lVert f(x_i)-y_i\rVert^2 + \lambda\lVert f\rVert_K^2 = \sum_i \alpha_i\, k(\cdot, x_i),\qquad
/// \alpha = (K+\lambda I)^{-1}y.$$
///
/// # Reference
/// Schölkopf, Herbrich, Smola, A generalized representer theorem, COLT 2001; for $\lambda = 0$ Belkin, Ma, Mandal, To
/// understand deep learning we need to understand kernel learning, ICML 2018.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::kernel_machine::{Kernel, KernelMachine};
///
/// let points = dmatrix![0.0, 1.0, 3.0];
/// let machine = KernelMachine::fit(Kernel::Laplacian { width: 1.0 }, points.clone(), &dmatrix![1.0, -1.0, 2.0], 0.0)?;
/// assert!((machine.outputs(&points) - dmatrix![1.0, -1.0, 2.0]).amax() < 1e-14);
/// # Ok::<(), saddlepoint_theory::estimation::kernel_machine::KernelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KernelMachine {
    kernel: Kernel,
    points: DMatrix<f64>,
    /// One column an output.
    coefficients: DMatrix<f64>,
    squared_norm: f64,
}

/// Why there is no minimizer.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum KernelError {
    /// As many targets as points are needed, and one at least.
    #[error("{targets} targets for {points} points: as many are needed, and at least one")]
    Targets {
        /// How many targets there are.
        targets: usize,
        /// How many points.
        points: usize,
    },
    /// A NaN or an infinity.
    #[error("coordinates and targets must be finite")]
    NotFinite,
    /// A width that makes no kernel.
    #[error("the width of a kernel must be positive and finite, not {0}")]
    Width(f64),
    /// A penalty that is none.
    #[error("the ridge must be finite and not negative, but is {0}")]
    Ridge(f64),
    /// To working precision the matrix is singular: points coincide or nearly do.
    #[error("the kernel matrix is not positive definite to working precision: give a ridge")]
    Singular,
}

impl KernelMachine {
    /// Fits by Cholesky's decomposition: `n³/3` multiplications.
    ///
    /// # Shapes
    /// One example a column of `points` and of `targets`, one row of `targets` an output.
    ///
    /// # Errors
    /// When shapes do not match, a number is not finite, the width is not positive, the ridge is negative, or the matrix is
    /// singular to working precision.
    pub fn fit(
        kernel: Kernel,
        points: DMatrix<f64>,
        targets: &DMatrix<f64>,
        ridge: f64,
    ) -> Result<Self, KernelError> {
        if targets.ncols() != points.ncols() || points.ncols() == 0 {
            return Err(KernelError::Targets { targets: targets.ncols(), points: points.ncols() });
        }
        if !(kernel.width() > 0.0 && kernel.width().is_finite()) {
            return Err(KernelError::Width(kernel.width()));
        }
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(KernelError::Ridge(ridge));
        }
        if !points.iter().chain(targets.iter()).all(|x| x.is_finite()) {
            return Err(KernelError::NotFinite);
        }
        let mut matrix = kernel.matrix(&points, &points);
        for i in 0..points.ncols() {
            matrix[(i, i)] += ridge;
        }
        let factor = matrix.cholesky().ok_or(KernelError::Singular)?;
        let coefficients = factor.solve(&targets.transpose());
        // yᵀ(K + λI)⁻¹y − λ‖α‖² = αᵀKα.
        let squared_norm =
            coefficients.tr_mul(&targets.transpose()).trace() - ridge * coefficients.norm_squared();
        if !(coefficients.iter().all(|x| x.is_finite()) && squared_norm.is_finite()) {
            return Err(KernelError::Singular);
        }
        Ok(Self { kernel, points, coefficients, squared_norm })
    }

    /// The outputs at points.
    ///
    /// # Shapes
    /// One point a column, one output a row.
    pub fn outputs(&self, points: &DMatrix<f64>) -> DMatrix<f64> {
        self.coefficients.tr_mul(&self.kernel.matrix(&self.points, points))
    }

    /// `αᵀKα`: the squared norm of the function, added up over its outputs.
    pub fn squared_norm(&self) -> f64 {
        self.squared_norm
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    const KERNEL: Kernel = Kernel::Laplacian { width: 2.0 };

    #[test]
    fn what_has_no_minimizer_is_refused() {
        let (points, targets) = (dmatrix![0.0, 1.0], dmatrix![1.0, 2.0]);
        let fit = |kernel, points: &DMatrix<f64>, targets: &DMatrix<f64>, ridge| {
            KernelMachine::fit(kernel, points.clone(), targets, ridge).unwrap_err()
        };
        assert_eq!(fit(KERNEL, &points, &dmatrix![1.0], 0.0), KernelError::Targets { targets: 1, points: 2 });
        assert_eq!(fit(Kernel::Gaussian { width: 0.0 }, &points, &targets, 0.0), KernelError::Width(0.0));
        assert_eq!(fit(KERNEL, &points, &targets, -1.0), KernelError::Ridge(-1.0));
        assert_eq!(fit(KERNEL, &(points * f64::NAN), &targets, 0.0), KernelError::NotFinite);
        assert_eq!(fit(KERNEL, &dmatrix![1.0, 1.0], &targets, 0.0), KernelError::Singular);
    }

    #[test]
    fn one_point_has_a_closed_form() {
        // f = y k(·, x) / (1 + λ).
        let machine = KernelMachine::fit(KERNEL, dmatrix![1.0], &dmatrix![3.0], 0.5).unwrap();
        let found = machine.outputs(&dmatrix![1.0, 3.0]);
        assert!((found[0] - 2.0).abs() < 1e-15 && (found[1] - 2.0 * (-1f64).exp()).abs() < 1e-15);
        assert!((machine.squared_norm() - 4.0).abs() < 1e-14);
    }

    proptest! {
        #[test]
        fn any_bits_are_fitted_or_refused(bits in prop::collection::vec(any::<u64>(), 8)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let (points, targets) = (DMatrix::from_row_slice(1, 3, &numbers[..3]), DMatrix::from_row_slice(1, 3, &numbers[3..6]));
            let kernel = Kernel::Gaussian { width: numbers[6] };
            if let Ok(machine) = KernelMachine::fit(kernel, points, &targets, numbers[7]) {
                prop_assert!(machine.outputs(&dmatrix![0.5]).len() == 1);
            }
        }
    }
}
