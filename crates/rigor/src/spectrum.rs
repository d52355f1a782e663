//! Enclosures of all singular values or eigenvalues, from an approximate decomposition.
//!
//! Nothing is assumed of the decomposition: how far it misses the matrix, and how far its factors are from
//! orthonormal columns, is measured with every rounding counted. A bad one gives wide intervals, never wrong ones.

use crate::interval::{Interval, IntervalError};
use crate::matrix::{IntervalMatrix, MatrixError};
use crate::rounding::{Down, Rounding, Up};

/// Why a decomposition proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SpectrumError {
    /// Shapes that do not fit together, or a number that is not finite.
    #[error("the factors make no decomposition: {0}")]
    Factors(#[from] MatrixError),
    /// There are fewer values than singular values or eigenvalues.
    #[error("{given} values, but {needed} are to be enclosed")]
    Incomplete {
        /// How many were given.
        given: usize,
        /// How many there are.
        needed: usize,
    },
    /// Columns too far from orthonormal.
    #[error("the columns are not orthonormal: ‖I − VᵀV‖ may be {0}, and must be below 1")]
    Orthonormality(f64),
    /// A matrix that is not symmetric.
    #[error("entries ({row}, {column}) and ({column}, {row}) differ: the matrix is not symmetric")]
    Asymmetric {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
    },
    /// An interval without ends.
    #[error(transparent)]
    Interval(#[from] IntervalError),
}

/// Enclosures of all singular values of every matrix inside `A` (`m × n`), the largest first, from approximate
/// factors `A ≈ U diag(s) Vᵀ`.
///
/// # Formula
/// With `α = ‖I − UᵀU‖ < 1`, `β = ‖I − VᵀV‖ < 1`, `ρ = ‖A − U diag(s) Vᵀ‖`, and `|s|` sorted,
/// $$ s_i\sqrt{(1-\alpha)(1-\beta)} - \rho\ \le\ \sigma_i(A)\ \le\ s_i\sqrt{(1+\alpha)(1+\beta)} + \rho. $$
/// A factor with singular values in `[√(1−α), √(1+α)]` changes singular values by factors in that interval; the rest
/// is Weyl's inequality.
///
/// # Shapes
/// `k = min(m, n)`: `U` is `m × k`, `s` has `k` entries, `V` is `n × k`.
///
/// # Errors
/// When the shapes differ from these, a value is not finite, or `α` or `β` cannot be shown to be below 1.
///
/// # Reference
/// Horn and Johnson, *Topics in Matrix Analysis*, 1991, theorems 3.3.16 (c) and (d); Rump, Verified bounds for
/// singular values, BIT 51, 2011, section 2.
pub fn singular_values(
    a: &IntervalMatrix,
    u: &IntervalMatrix,
    s: &[f64],
    v: &IntervalMatrix,
) -> Result<Vec<Interval>, SpectrumError> {
    let (m, n) = a.shape();
    if s.len() < m.min(n) {
        return Err(SpectrumError::Incomplete { given: s.len(), needed: m.min(n) });
    }
    let (alpha, beta) = (defect(u)?, defect(v)?);
    let residual = residual(a, u, s, v, beta)?;
    let shrink = Down::sqrt(Down::mul(Down::sub(1.0, alpha), Down::sub(1.0, beta)));
    let stretch = Up::sqrt(Up::mul(Up::add(1.0, alpha), Up::add(1.0, beta)));
    let mut sorted: Vec<f64> = s.iter().map(|s| s.abs()).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let enclose = |s: f64| {
        let low = Down::sub(Down::mul(s, shrink), residual).max(0.0);
        Interval::between(low, Up::add(Up::mul(s, stretch), residual))
    };
    Ok(sorted.into_iter().map(enclose).collect())
}

/// Enclosures of all eigenvalues of every symmetric matrix inside `A` (`n × n`), the largest first, from approximate
/// factors `A ≈ V diag(d) Vᵀ`.
///
/// # Formula
/// With `β = ‖I − VᵀV‖ < 1` and `ρ = ‖A − V diag(d) Vᵀ‖`: `λᵢ(A) ∈ dᵢ [1 − β, 1 + β] + [−ρ, ρ]` for sorted `d`, by
/// Ostrowski's theorem for the congruence and Weyl's inequality for the rest.
///
/// # Errors
/// When `A` is not symmetric in midpoints and radii, the shapes differ, a value is not finite, or `β` cannot be
/// shown to be below 1.
///
/// # Reference
/// Horn and Johnson, *Matrix Analysis*, 2nd edition 2013, theorems 4.5.9 (Ostrowski) and 4.3.1 (Weyl).
pub fn symmetric_eigenvalues(
    a: &IntervalMatrix,
    d: &[f64],
    v: &IntervalMatrix,
) -> Result<Vec<Interval>, SpectrumError> {
    let n = require_symmetric(a)?;
    if d.len() < n {
        return Err(SpectrumError::Incomplete { given: d.len(), needed: n });
    }
    let beta = defect(v)?;
    let residual = residual(a, v, d, v, beta)?;
    let factor = Interval::new(Down::sub(1.0, beta), Up::add(1.0, beta))?;
    let shift = Interval::new(-residual, residual)?;
    let mut sorted = d.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    sorted.into_iter().map(|d| Ok(Interval::point(d)? * factor + shift)).collect()
}

/// The size of a matrix that is symmetric in midpoints and radii.
///
/// # Errors
/// When it is not.
pub fn require_symmetric(a: &IntervalMatrix) -> Result<usize, SpectrumError> {
    let (rows, columns) = a.shape();
    if rows != columns {
        let shapes =
            MatrixError::Shapes { operation: "symmetry", left: (rows, columns), right: (columns, rows) };
        return Err(shapes.into());
    }
    for row in 0..rows {
        for column in 0..row {
            let (i, j) = (row * columns + column, column * columns + row);
            if a.midpoints()[i] != a.midpoints()[j] || a.radii()[i] != a.radii()[j] {
                return Err(SpectrumError::Asymmetric { row, column });
            }
        }
    }
    Ok(rows)
}

/// An upper bound of `‖I − VᵀV‖` that is below 1.
fn defect(v: &IntervalMatrix) -> Result<f64, SpectrumError> {
    let columns = v.shape().1;
    let identity = (0..columns * columns).map(|i| f64::from(i % (columns + 1) == 0)).collect();
    let gram = v.transpose().times(v)?;
    let defect = gram.minus(&IntervalMatrix::from_rows(columns, columns, identity)?)?.spectral_norm_bound();
    if defect < 1.0 { Ok(defect) } else { Err(SpectrumError::Orthonormality(defect)) }
}

/// An upper bound of `‖A − U diag(s) Vᵀ‖`, given `‖I − VᵀV‖ ≤ β`. What rounding adds to `U diag(s)` is bounded
/// apart, by its norm times `‖V‖ ≤ √(1 + β)`: so the product is one of exact matrices.
fn residual(
    a: &IntervalMatrix,
    u: &IntervalMatrix,
    s: &[f64],
    v: &IntervalMatrix,
    beta: f64,
) -> Result<f64, SpectrumError> {
    let (scaled, rest) = u.scale_columns(s)?.into_point();
    let missed = a.minus(&scaled.times(&v.transpose())?)?.spectral_norm_bound();
    Ok(Up::add(missed, Up::mul(rest, Up::sqrt(Up::add(1.0, beta)))))
}
