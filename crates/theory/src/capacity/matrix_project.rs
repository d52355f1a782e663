//! Matrix-Project: a matrix, compressed to its inner products with random sign matrices.
//!
//! # The number of projections
//! Arora et al. print `k = ⌈ln(1/η)/ε²⌉`. That is too few: for `A = u vᵀ` the failure probability is more than ten times
//! `η` (the law of this module measures it). What suffices is [`projections`]:
//!
//! Let `a = A/‖A‖_F` and `b = u vᵀ` with unit `u`, `v`, as vectors, `s` the random signs, and
//! `X = ⟨a,s⟩⟨b,s⟩ − ⟨a,b⟩ = sᵀCs` with `C = ½(abᵀ + baᵀ)` without its diagonal.
//! 1. `X` is linear in each sign, so replacing signs by standard normals `g`, one after the other, only increases
//!    `E e^{λX}`, because `cosh t ≤ e^{t²/2}`.
//! 2. `‖C‖_F² ≤ (1 + ⟨a,b⟩²)/2 ≤ 1`. With `p = a + b` and `q = a − b` the largest eigenvalue of `C` is that of
//!    `¼(ppᵀ − diag p²) − ¼(qqᵀ − diag q²)`, at most `¼(‖p‖² + max q²) ≤ ¼(‖p‖² + ‖q‖²) = 1`; with `−b` for `b`, the
//!    smallest is at least −1.
//! 3. `ln E e^{λ gᵀCg} = −½ Σ ln(1 − 2λμ) ≤ λ²‖C‖_F²/(1 − 2|λ|) ≤ λ²/(1 − 2|λ|)` over the eigenvalues `μ`, whose sum is 0.
//! 4. By Bernstein's optimization, the mean of `k` copies leaves `[−ε, ε]` with probability at most
//!    `2 exp(−kε²/(4(1 + ε)))`.

use nalgebra::DMatrix;
use saddlepoint_rigor::{Down, MatrixError, Rounding, Up};

use crate::quantity::{Confidence, QuantityError};

/// Why a matrix cannot be projected.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ProjectionError {
    /// An accuracy that is not positive and finite.
    #[error("an accuracy of {0}: it must be positive and finite")]
    Accuracy(f64),
    /// A failure probability outside the open unit interval.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// So many projections that they cannot be counted.
    #[error("{0} projections are more than can be counted")]
    TooMany(f64),
    /// So many random signs that they are not drawn.
    #[error("{projections} projections of a matrix of {entries} entries: at most 2³⁶ signs are drawn")]
    TooManySigns {
        /// The projections.
        projections: u64,
        /// The entries of the matrix, each of which takes a sign.
        entries: usize,
    },
    /// A vector with an entry that is NaN or infinite.
    #[error("entry {index} of a vector is {value}: every entry must be finite")]
    NotFinite {
        /// Its place, from 0.
        index: usize,
        /// The entry.
        value: f64,
    },
    /// A result that is no float.
    #[error("a projection or its variance overflows")]
    Overflow,
    /// No projection.
    #[error("the mean of 0 projections: at least one is needed")]
    None,
    /// A distance of values that is negative, infinite or NaN.
    #[error("values {0} apart: the distance must be positive and finite, or 0 for no rounding")]
    Spacing(f64),
    /// Vectors that do not fit the matrix.
    #[error("vectors of {left} and {right} entries for a matrix of shape {rows} × {columns}")]
    Vectors {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
        /// The entries of the left vector.
        left: usize,
        /// The entries of the right vector.
        right: usize,
    },
    /// A matrix without entries, or with one that is not finite.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}

/// So many projections that `|uᵀ(Â − A)v| ≤ ε ‖A‖_F ‖u‖‖v‖` for fixed `u`, `v` with probability at least `1 − η`.
///
/// # Formula
/// `⌈4(1 + ε) ln(2/η)/ε²⌉`, proven [above](self)
///
/// # Errors
/// When `epsilon` is not positive and finite, `eta` not in `(0, 1)`, or the number exceeds 2⁶³.
///
/// # Reference
/// In the place of the number in Arora, Ge, Neyshabur, Zhang, ICML 2018, algorithm 1.
pub fn projections(epsilon: f64, eta: f64) -> Result<u64, ProjectionError> {
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(ProjectionError::Accuracy(epsilon));
    }
    let eta = Confidence::new(eta)?.delta();
    let numerator = Up::mul(Up::mul(4.0, Up::add(1.0, epsilon)), Up::ln(Up::div(2.0, eta)));
    let k = Up::div(Up::div(numerator, epsilon), epsilon).ceil();
    // The negated comparison refuses NaN.
    if k < (1u64 << 63) as f64 { Ok(k as u64) } else { Err(ProjectionError::TooMany(k)) }
}

/// The number of projections that the paper prints: too few, as its failure rates show.
///
/// # Formula
/// `⌈ln(1/η)/ε²⌉`
///
/// # Errors
/// As [`projections`].
///
/// # Reference
/// Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018,
/// algorithm 1.
pub fn printed_projections(epsilon: f64, eta: f64) -> Result<u64, ProjectionError> {
    // The corrected number is larger, so that what it refuses is refused.
    projections(epsilon, eta)?;
    Ok(((1.0 / eta).ln() / (epsilon * epsilon)).ceil() as u64)
}

/// An upper bound of the probability that `k` projections are off by more than `ε ‖A‖_F ‖u‖‖v‖`, rounded up.
///
/// # Formula
/// `2 exp(−kε²/(4(1 + ε)))`, proven [above](self)
///
/// # Errors
/// When `epsilon` is not positive and finite.
///
/// # Reference
/// This project's.
pub fn failure_at_most(epsilon: f64, k: u64) -> Result<f64, ProjectionError> {
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(ProjectionError::Accuracy(epsilon));
    }
    let exponent = Down::mul(Down::mul(epsilon, epsilon), crate::quantity::count::<Down>(k));
    Ok(2.0 * Up::exp(-Down::div(exponent, Up::mul(4.0, Up::add(1.0, epsilon)))))
}

/// So many random signs are drawn at most.
const MOST_SIGNS: u64 = 1 << 36;

/// Algorithm 1: the mean of `k` matrices `⟨A, M⟩ M` with independent random signs as entries of `M`, drawn row by row
/// from `sign`. Each inner product is rounded to a multiple of `spacing`, or not at all if that is 0.
///
/// Without rounding the mean is unbiased. It is computed to nearest.
///
/// # Errors
/// When `A` is empty or not finite, `k` is 0, more than 2³⁶ signs would have to be drawn (minutes), `spacing` is
/// negative or not finite, or the result overflows.
///
/// # Reference
/// Arora, Ge, Neyshabur, Zhang, Stronger generalization bounds for deep nets via a compression approach, ICML 2018,
/// algorithm 1.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::capacity::matrix_project::{matrix_project, projections};
///
/// let mut state = 7u32;
/// let sign = || {
///     state = state.wrapping_mul(1664525).wrapping_add(1013904223);
///     state >> 31 == 1
/// };
/// let a = dmatrix![3.0, 0.0; 0.0, 4.0];
/// let projected = matrix_project(&a, projections(0.1, 0.01)?, 0.0, sign)?;
/// assert!((projected - a).norm() < 1.0);
/// # Ok::<(), saddlepoint_theory::capacity::matrix_project::ProjectionError>(())
/// ```
pub fn matrix_project(
    a: &DMatrix<f64>,
    k: u64,
    spacing: f64,
    mut sign: impl FnMut() -> bool,
) -> Result<DMatrix<f64>, ProjectionError> {
    crate::capacity::spectrum::exact(a)?;
    if k == 0 {
        return Err(ProjectionError::None);
    }
    if !(spacing >= 0.0 && spacing.is_finite()) {
        return Err(ProjectionError::Spacing(spacing));
    }
    if k.checked_mul(a.len() as u64).is_none_or(|signs| signs > MOST_SIGNS) {
        return Err(ProjectionError::TooManySigns { projections: k, entries: a.len() });
    }
    let entries: Vec<f64> = a.transpose().iter().copied().collect();
    let (mut sum, mut signs) = (vec![0.0; entries.len()], vec![0.0; entries.len()]);
    for _ in 0..k {
        let mut product = 0.0;
        for (s, x) in signs.iter_mut().zip(&entries) {
            *s = if sign() { 1.0 } else { -1.0 };
            product += *s * x;
        }
        if spacing > 0.0 {
            product = (product / spacing).round() * spacing;
        }
        sum.iter_mut().zip(&signs).for_each(|(sum, s)| *sum += product * s);
    }
    if sum.iter().any(|x| !x.is_finite()) {
        return Err(ProjectionError::Overflow);
    }
    Ok(DMatrix::from_row_slice(a.nrows(), a.ncols(), &sum) / k as f64)
}

/// `uᵀÂv` of one projection `Â` of `A` on `k` random sign matrices, without making `Â`; for many draws of it.
///
/// Eight signs at a time, their sums are looked up: a projection costs two additions for each byte of signs.
///
/// # Formula
/// `(1/k) Σ ⟨A, M⟩ ⟨uvᵀ, M⟩`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedForm {
    /// For each eight entries, the sums of those of `A` and of `uvᵀ`, by a byte whose set bits turn signs.
    sums: Vec<[[f64; 2]; 256]>,
    /// `uᵀAv`.
    exact: f64,
    /// The number of entries of `A`.
    size: usize,
}

impl ProjectedForm {
    /// The form of a matrix at two vectors.
    ///
    /// # Errors
    /// As [`projection_variance`].
    pub fn new(a: &DMatrix<f64>, u: &[f64], v: &[f64]) -> Result<Self, ProjectionError> {
        // It refuses what does not fit and what overflows.
        projection_variance(a, u, v)?;
        let entries = (0..a.nrows()).flat_map(|i| (0..a.ncols()).map(move |j| [a[(i, j)], u[i] * v[j]]));
        let entries: Vec<[f64; 2]> = entries.collect();
        let table = |entries: &[[f64; 2]]| {
            std::array::from_fn(|byte| {
                let signed =
                    |(bit, x): (usize, &[f64; 2])| x.map(|x| if byte >> bit & 1 == 1 { -x } else { x });
                entries.iter().enumerate().map(signed).fold([0.0; 2], |sum, x| [sum[0] + x[0], sum[1] + x[1]])
            })
        };
        let exact = entries.iter().map(|[a, b]| a * b).sum();
        Ok(Self { sums: entries.chunks(8).map(table).collect(), exact, size: a.len() })
    }

    /// `uᵀAv`, to nearest.
    pub fn exact(&self) -> f64 {
        self.exact
    }

    /// One draw of `uᵀÂv`, to nearest; each bit of a word of `words` is a sign.
    ///
    /// # Errors
    /// When `k` is 0, or more than 2³⁶ signs would have to be drawn.
    pub fn draw(&self, k: u64, mut words: impl FnMut() -> u64) -> Result<f64, ProjectionError> {
        if k == 0 {
            return Err(ProjectionError::None);
        }
        if k.checked_mul(self.size as u64).is_none_or(|signs| signs > MOST_SIGNS) {
            return Err(ProjectionError::TooManySigns { projections: k, entries: self.size });
        }
        let mut sum = 0.0;
        for _ in 0..k {
            let (mut of_matrix, mut of_form) = (0.0, 0.0);
            for tables in self.sums.chunks(8) {
                for (table, byte) in tables.iter().zip(words().to_le_bytes()) {
                    let [a, b] = table[usize::from(byte)];
                    of_matrix += a;
                    of_form += b;
                }
            }
            sum += of_matrix * of_form;
        }
        Ok(sum / k as f64)
    }
}

/// `k` times the variance of `uᵀÂv`, to nearest.
///
/// # Formula
/// `‖A‖_F²‖u‖²‖v‖² + (uᵀAv)² − 2 Σ A_ij² u_i² v_j²`
///
/// # Errors
/// When the matrix is empty or not finite, the vectors do not fit it or are not finite, or the result
/// overflows.
///
/// # Reference
/// This project's, by the fourth moments of signs.
pub fn projection_variance(a: &DMatrix<f64>, u: &[f64], v: &[f64]) -> Result<f64, ProjectionError> {
    let (rows, columns) = a.shape();
    if (u.len(), v.len()) != (rows, columns) {
        return Err(ProjectionError::Vectors { rows, columns, left: u.len(), right: v.len() });
    }
    crate::capacity::spectrum::exact(a)?;
    for x in [u, v] {
        if let Some(index) = x.iter().position(|x| !x.is_finite()) {
            return Err(ProjectionError::NotFinite { index, value: x[index] });
        }
    }
    let squares = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
    let (mut bilinear, mut diagonal) = (0.0, 0.0);
    for (j, &right) in v.iter().enumerate() {
        for (i, &left) in u.iter().enumerate() {
            let term = a[(i, j)] * left * right;
            bilinear += term;
            diagonal += term * term;
        }
    }
    let variance = a.norm_squared() * squares(u) * squares(v) + bilinear * bilinear - 2.0 * diagonal;
    if variance.is_finite() { Ok(variance) } else { Err(ProjectionError::Overflow) }
}

/// The number of values that a rounded projection of a matrix with Frobenius norm 1 can take, and their distance, so
/// that rounding changes `uᵀÂv` by at most `‖u‖‖v‖ / 16√k`.
///
/// A projection is at most `B = √(mn)` in absolute value, and `|uᵀMv| ≤ B‖u‖‖v‖`; so values `1/(8√k B)` apart are
/// enough, of which there are at most `⌈16 mn √k⌉ + 1` between `−B` and `B`.
pub(crate) fn rounding(rows: usize, columns: usize, k: u64) -> (f64, f64) {
    let (size, root) = (rows as f64 * columns as f64, Up::sqrt(crate::quantity::count::<Up>(k)));
    let spacing = Down::div(1.0, Up::mul(8.0, Up::mul(root, Up::sqrt(size))));
    let values = Up::add(Up::mul(16.0, Up::mul(size, root)).ceil(), 1.0);
    (values, spacing)
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_catalogues_numbers_of_projections() {
        for (epsilon, eta, k) in [(0.3, 0.01, 307), (0.3, 0.05, 214), (0.2, 0.05, 443)] {
            assert_eq!(projections(epsilon, eta), Ok(k));
        }
    }

    /// Over all signs at once: the mean over every sign matrix is the matrix, and the variance is the identity's.
    #[test]
    fn the_mean_and_the_variance_over_all_signs() {
        let a = dmatrix![0.5, -1.5, 2.0; 0.25, 3.0, -0.75];
        let (u, v) = ([1.0, -2.0], [0.5, 1.0, -1.5]);
        let (mut mean, mut moments) = (DMatrix::zeros(2, 3), [0.0, 0.0]);
        for code in 0..64u32 {
            let mut bit = 0;
            let sign = || {
                bit += 1;
                code >> (bit - 1) & 1 == 1
            };
            let one = matrix_project(&a, 1, 0.0, sign).unwrap();
            let value = (0..2).flat_map(|i| (0..3).map(move |j| (i, j)));
            let value: f64 = value.map(|(i, j)| u[i] * one[(i, j)] * v[j]).sum();
            moments = [moments[0] + value / 64.0, moments[1] + value * value / 64.0];
            mean += one / 64.0;
        }
        assert!((mean - &a).norm() < 1e-12);
        let variance = moments[1] - moments[0] * moments[0];
        assert!((variance / projection_variance(&a, &u, &v).unwrap() - 1.0).abs() < 1e-12);
    }

    /// The same signs give the same form, with and without the matrix.
    #[test]
    fn the_form_is_that_of_the_projected_matrix() {
        let a = dmatrix![0.5, -1.5, 2.0; 0.25, 3.0, -0.75];
        let (u, v) = ([1.0, -2.0], [0.5, 1.0, -1.5]);
        let word = |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut projection = 0;
        let drawn = ProjectedForm::new(&a, &u, &v).unwrap().draw(5, || {
            projection += 1;
            word(projection)
        });
        // A set bit turns a sign; one word for the six entries of each projection.
        let mut bit = 0;
        let sign = || {
            bit += 1;
            word(1 + (bit - 1) / 6) >> ((bit - 1) % 6) & 1 == 0
        };
        let whole = matrix_project(&a, 5, 0.0, sign).unwrap();
        let entries = (0..2).flat_map(|i| (0..3).map(move |j| (i, j)));
        let form: f64 = entries.map(|(i, j)| u[i] * whole[(i, j)] * v[j]).sum();
        assert!((drawn.unwrap() - form).abs() < 1e-12);
    }

    #[test]
    fn the_printed_number_and_its_bound() {
        for (epsilon, eta, k) in [(0.3, 0.01, 52), (0.3, 0.05, 34), (0.2, 0.05, 75)] {
            assert_eq!(printed_projections(epsilon, eta), Ok(k));
            assert!(failure_at_most(epsilon, k).unwrap() > eta);
            assert!(failure_at_most(epsilon, projections(epsilon, eta).unwrap()).unwrap() <= eta);
        }
        assert!(printed_projections(0.0, 0.1).is_err() && failure_at_most(f64::NAN, 1).is_err());
    }

    #[test]
    fn what_cannot_be_projected_is_refused() {
        use ProjectionError::{Accuracy, None, NotFinite, Spacing, TooMany, TooManySigns, Vectors};
        assert_eq!(projections(0.0, 0.1), Err(Accuracy(0.0)));
        assert_eq!(projections(0.1, 1.0), Err(QuantityError::Confidence(1.0).into()));
        assert!(matches!(projections(1e-12, 0.1), Err(TooMany(_))));
        assert!(matches!(projections(f64::NAN, 0.1), Err(Accuracy(_))));
        let a = dmatrix![1.0];
        assert_eq!(matrix_project(&a, 0, 0.0, || true), Err(None));
        assert_eq!(matrix_project(&a, 1, -1.0, || true), Err(Spacing(-1.0)));
        assert!(matrix_project(&dmatrix![f64::NAN], 1, 0.0, || true).is_err());
        assert!(matrix_project(&DMatrix::zeros(0, 1), 1, 0.0, || true).is_err());
        let misfit = Vectors { rows: 1, columns: 1, left: 2, right: 1 };
        assert_eq!(projection_variance(&a, &[1.0, 2.0], &[1.0]), Err(misfit));
        assert!(matches!(projection_variance(&a, &[f64::NAN], &[1.0]), Err(NotFinite { index: 0, .. })));
        assert!(matches!(projection_variance(&a, &[1.0], &[f64::INFINITY]), Err(NotFinite { index: 0, .. })));
        assert!(projection_variance(&dmatrix![f64::NAN], &[1.0], &[1.0]).is_err());
        assert!(ProjectedForm::new(&a, &[1.0, 2.0], &[1.0]).is_err());
        assert_eq!(ProjectedForm::new(&a, &[1.0], &[1.0]).unwrap().draw(0, || 0), Err(None));
        for k in [(1 << 36) + 1, u64::MAX] {
            let many = TooManySigns { projections: k, entries: 1 };
            assert_eq!(matrix_project(&a, k, 0.0, || true), Err(many));
        }
    }

    proptest! {
        #[test]
        fn rounding_changes_little(entries in prop::collection::vec(-1.0..1.0f64, 6), k in 1u64..40, seed in any::<u64>()) {
            let a = DMatrix::from_row_slice(2, 3, &entries);
            prop_assume!(a.norm() > 1e-3);
            let a = &a / a.norm();
            let stream = |mut state: u64| move || {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                state >> 63 == 1
            };
            let (values, spacing) = rounding(2, 3, k);
            let exact = matrix_project(&a, k, 0.0, stream(seed)).unwrap();
            let rounded = matrix_project(&a, k, spacing, stream(seed)).unwrap();
            prop_assert!((exact - rounded).norm() <= (1.0 + 1e-9) / (16.0 * (k as f64).sqrt()));
            prop_assert!(values * spacing >= 2.0 * 6f64.sqrt());
        }
    }
}
