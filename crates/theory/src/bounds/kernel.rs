//! Kernel machines by their norm, and how much of it random labels take.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use saddlepoint_rigor::{Down, Interval, IntervalMatrix, IntervalVector, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count};
use super::norm_margin::NormMargin;
use crate::capacity::margins::Margins;
use crate::capacity::norms::NormError;
use crate::capacity::spectrum::symmetric_eigenvalues;

/// The matrix of a kernel at the inputs of a sample, certified to be positive definite.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::bounds::kernel::KernelMatrix;
///
/// let kernel = KernelMatrix::new(IntervalMatrix::from_rows(2, 2, vec![2.0, 1.0, 1.0, 2.0])?)?;
/// // yᵀK⁻¹y for y = (1, −1): the inverse has 2/3 and −1/3.
/// let norm = kernel.squared_interpolant_norm(&[1.0, -1.0])?;
/// assert!(norm.contains(2.0) && norm.width() < 1e-13);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct KernelMatrix {
    matrix: IntervalMatrix,
    eigenvalues: Vec<Interval>,
    factor: Option<Cholesky<f64, Dyn>>,
}

impl KernelMatrix {
    /// The matrix `k(xᵢ, xⱼ)`.
    ///
    /// # Errors
    /// When it is not symmetric, its eigenvalues cannot be enclosed, or the smallest may not be positive.
    pub fn new(matrix: IntervalMatrix) -> Result<Self, Violation> {
        let eigenvalues = symmetric_eigenvalues(&matrix).map_err(NormError::from)?;
        match eigenvalues.last() {
            Some(smallest) if smallest.low() > 0.0 => (),
            smallest => return Err(Violation::NotPositiveDefinite(smallest.map_or(0.0, |s| s.low()))),
        }
        let (n, _) = matrix.shape();
        let factor = Cholesky::new(DMatrix::from_row_slice(n, n, matrix.midpoints()));
        Ok(Self { matrix, eigenvalues, factor })
    }

    /// The number of inputs.
    pub fn size(&self) -> usize {
        self.matrix.shape().0
    }

    /// The eigenvalues, the largest first.
    pub fn eigenvalues(&self) -> &[Interval] {
        &self.eigenvalues
    }

    /// `tr K`.
    pub fn trace(&self) -> Interval {
        let zero = Interval::between(0.0, 0.0);
        (0..self.size()).filter_map(|i| self.matrix.get(i, i)).fold(zero, |sum, entry| sum + entry)
    }

    /// The squared norm of the function of least norm with these values at the inputs; for several outputs, the sum
    /// over them.
    ///
    /// # Formula
    /// `yᵀ K⁻¹ y = αᵀ(y + r) + rᵀ K⁻¹ r` for any `α` and `r = y − Kα`, where the last term is between 0 and `‖r‖² / λ_min`
    ///
    /// # Errors
    /// When there is not one value for each input, or one is not finite.
    ///
    /// # Reference
    /// Belkin, Ma, Mandal, To understand deep learning we need to understand kernel learning, ICML 2018, section 4.
    pub fn squared_interpolant_norm(&self, values: &[f64]) -> Result<Interval, Violation> {
        let y = IntervalVector::new(values.to_vec())?;
        let right = DVector::from_column_slice(values);
        // The coefficients prove nothing; where they are no numbers, zero bounds the norm as well.
        let solution = self.factor.as_ref().filter(|_| values.len() == self.size()).map(|f| f.solve(&right));
        let solution = solution.map(|alpha| alpha.as_slice().to_vec());
        let alpha = match solution.map(IntervalVector::new) {
            Some(Ok(alpha)) => alpha,
            _ => IntervalVector::new(vec![0.0; values.len()])?,
        };
        let r = y.minus(&self.matrix.times_vector(&alpha)?)?;
        let smallest = self.eigenvalues.last().map_or(0.0, |smallest| smallest.low());
        let rest = Up::div(r.norm().square().high(), smallest);
        let sum = alpha.dot(&y.plus(&r)?)? + Interval::between(0.0, rest);
        Ok(sum.intersection(Interval::between(0.0, f64::INFINITY)).unwrap_or(sum))
    }
}

/// The empirical Rademacher complexity of the functions of at most this norm in the space of a kernel, whose matrix
/// on `n` inputs has this trace: rounded up.
///
/// # Formula
/// `‖f‖ √(tr K) / n`
///
/// # Reference
/// Bartlett and Mendelson, Rademacher and Gaussian complexities, JMLR 3, 2002, lemma 22.
pub fn complexity(norm: Interval, trace: Interval, n: u64) -> f64 {
    let root = Up::sqrt(trace.high().max(0.0));
    if root == 0.0 { 0.0 } else { Up::div(Up::mul(norm.high().max(0.0), root), count::<Down>(n)) }
}

/// The misclassification risk of a function of the space of a kernel, by its norm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelMargin(NormMargin);

impl KernelMargin {
    /// A function of this norm, with its margins on inputs where the matrix of the kernel has this trace, at the
    /// margin `gamma`. The kernel is fixed before the data.
    ///
    /// # Errors
    /// When the margins are not those of one output, `gamma` is not positive and finite, or `delta` is not in
    /// `(0, 1)`.
    pub fn new(
        norm: Interval,
        trace: Interval,
        margins: &Margins,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        let unit = complexity(Interval::between(1.0, 1.0), trace, margins.count() as u64);
        Ok(Self(NormMargin::new("kernel norm", norm, unit, margins, gamma, delta)?))
    }

    /// The bound.
    ///
    /// # Formula
    /// [`NormMargin::evaluate`] with the norm of the function and the [`complexity`] at norm 1
    ///
    /// # Reference
    /// As [`complexity`].
    pub fn evaluate(&self) -> Certificate {
        self.0.evaluate()
    }
}

/// The excess capacity of a way to learn: by which factor a measure of its result is larger after random labels than
/// after true ones. A bound by a measure whose factor is near 1 cannot tell learning from memorizing.
///
/// # Errors
/// When the measure on true labels may not be positive.
///
/// # Reference
/// Zhang, Bengio, Hardt, Recht, Vinyals, Understanding deep learning requires rethinking generalization, ICLR 2017,
/// section 2; Belkin, Ma, Mandal 2018, section 4, for norms of kernel machines.
pub fn excess_capacity(on_true_labels: Interval, on_random_labels: Interval) -> Result<Interval, Violation> {
    if on_true_labels.low() <= 0.0 {
        return Err(Violation::Radius(on_true_labels.low()));
    }
    on_random_labels.checked_div(on_true_labels).map_err(|_| Violation::Radius(on_true_labels.low()))
}
