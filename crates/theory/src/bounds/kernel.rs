//! Kernel machines by their norm, and how much of it random labels take.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use saddlepoint_rigor::{Down, Interval, IntervalMatrix, IntervalVector, Rounding, Up};

use super::certificate::Certificate;
use super::hypothesis::{Violation, count};
use super::norm_margin::NormMargin;
use crate::capacity::margins::Margins;
use crate::capacity::norms::NormError;
use crate::capacity::spectral_complexity::times;
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
    let product = times::<Up>(norm.high().max(0.0), Up::sqrt(trace.high().max(0.0)));
    // Without observations nothing is known.
    if n == 0 { f64::INFINITY } else { Up::div(product, count::<Down>(n)) }
}

/// The misclassification risk of a function of the space of a kernel, by its norm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelMargin(NormMargin);

impl KernelMargin {
    /// A function of this norm, with its margins at the margin `gamma` on the inputs that the matrix of the kernel is one of.
    /// The kernel is fixed before the data.
    ///
    /// # Errors
    /// When the norm is negative, the margins are not those of one output on as many inputs, `gamma` is not positive and
    /// finite, or `delta` is not in `(0, 1)`.
    pub fn new(
        norm: Interval,
        kernel: &KernelMatrix,
        margins: &Margins,
        gamma: f64,
        delta: f64,
    ) -> Result<Self, Violation> {
        if kernel.size() != margins.count() {
            return Err(Violation::Samples { inputs: kernel.size(), margins: margins.count() });
        }
        let unit = complexity(Interval::between(1.0, 1.0), kernel.trace(), margins.count() as u64);
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

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use num_traits::Zero;
    use proptest::prelude::*;

    use super::*;

    fn kernel(n: usize, entries: Vec<f64>) -> Result<KernelMatrix, Violation> {
        KernelMatrix::new(IntervalMatrix::from_rows(n, n, entries)?)
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        assert!(matches!(kernel(2, vec![1.0, 2.0, 2.0, 1.0]), Err(Violation::NotPositiveDefinite(_))));
        assert!(matches!(kernel(2, vec![1.0, 1.0, 1.0, 1.0]), Err(Violation::NotPositiveDefinite(_))));
        assert!(matches!(kernel(2, vec![1.0, 0.5, 0.0, 1.0]), Err(Violation::Norm(_))));
        let good = kernel(2, vec![1.0, 0.5, 0.5, 1.0]).unwrap();
        assert!(good.squared_interpolant_norm(&[1.0]).is_err());
        assert!(good.squared_interpolant_norm(&[1.0, f64::NAN]).is_err());
        assert!(good.trace().contains(2.0) && good.eigenvalues()[0].contains(1.5));
        let one = Interval::between(1.0, 1.0);
        assert!(excess_capacity(one - one, one).is_err());
        assert!(excess_capacity(one + one, one).unwrap().contains(0.5));
    }

    /// `yᵀK⁻¹y` in exact arithmetic, by elimination.
    fn exact(n: usize, entries: &[f64], y: &[f64]) -> BigRational {
        let rational = |x: f64| BigRational::from_float(x).unwrap();
        let mut rows: Vec<Vec<BigRational>> = (0..n)
            .map(|i| entries[i * n..(i + 1) * n].iter().chain([&y[i]]).map(|x| rational(*x)).collect())
            .collect();
        let mut sum = BigRational::zero();
        for k in 0..n {
            let pivot = rows[k].clone();
            sum += &pivot[n] * &pivot[n] / &pivot[k];
            for row in rows.iter_mut().skip(k + 1) {
                let share = &row[k] / &pivot[k];
                row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= &share * p);
            }
        }
        sum
    }

    proptest! {
        #[test]
        fn the_norm_is_enclosed(
            features in prop::collection::vec(-3i32..=3, 12), y in prop::collection::vec(-4i32..=4, 3), r in 0.0..1e-3f64,
        ) {
            let features: Vec<f64> = features.into_iter().map(f64::from).collect();
            let dot = |i: usize, j: usize| -> f64 {
                (0..4).map(|k| features[4 * i + k] * features[4 * j + k]).sum::<f64>() + 0.25 * f64::from(i == j)
            };
            let entries: Vec<f64> = (0..9).map(|at| dot(at / 3, at % 3)).collect();
            let y: Vec<f64> = y.into_iter().map(f64::from).collect();
            let norm = kernel(3, entries.clone()).unwrap().squared_interpolant_norm(&y).unwrap();
            let exact = exact(3, &entries, &y);
            prop_assert!(BigRational::from_float(norm.low()).unwrap() <= exact);
            prop_assert!(BigRational::from_float(norm.high()).unwrap() >= exact);
            // Values of zero have the norm zero, but for the smallest floats.
            let zero = y.iter().all(|y| *y == 0.0);
            prop_assert!(norm.width() <= if zero { 1e-300 } else { 1e-11 * norm.high() }, "{norm}");
            let wide = IntervalMatrix::with_radii(3, 3, entries, vec![r; 9]).unwrap();
            if let Ok(wide) = KernelMatrix::new(wide) {
                prop_assert!(norm.is_subset_of(wide.squared_interpolant_norm(&y).unwrap()));
            }
        }

        #[test]
        fn any_bits_are_bounded_or_refused(bits in any::<[u64; 5]>(), y in any::<[u64; 2]>()) {
            let [a, b, c, gamma, delta] = bits.map(f64::from_bits);
            if let Ok(kernel) = kernel(2, vec![a, b, b, c]) {
                if let Ok(norm) = kernel.squared_interpolant_norm(&y.map(f64::from_bits)) {
                    prop_assert!(norm.high() >= 0.0);
                }
                let outputs = IntervalMatrix::from_rows(2, 1, vec![1.0, -1.0]).unwrap();
                let margins = Margins::of_signs(&outputs, &[true, true]).unwrap();
                let trace = kernel.trace();
                if let Ok(theorem) = KernelMargin::new(trace, &kernel, &margins, gamma, delta) {
                    prop_assert!(theorem.evaluate().value() >= 0.5);
                }
            }
        }
    }
}
