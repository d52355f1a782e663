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
    let gram = v.transpose().times(v)?;
    let defect = gram.minus(&IntervalMatrix::identity(v.shape().1)?)?.spectral_norm_bound();
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matrix(rows: usize, columns: usize, entries: &[f64]) -> IntervalMatrix {
        IntervalMatrix::from_rows(rows, columns, entries.to_vec()).unwrap()
    }

    fn rotation(angle: f64, scale: f64) -> IntervalMatrix {
        let (s, c) = angle.sin_cos();
        matrix(2, 2, &[c * scale, -s * scale, s * scale, c * scale])
    }

    /// With the diagonal of `UᵀAV` as values, a decomposition is as good as its factors.
    fn values(a: [[f64; 2]; 2], u: &IntervalMatrix, v: &IntervalMatrix) -> [f64; 2] {
        let a = matrix(2, 2, a.as_flattened());
        let b = u.transpose().times(&a).unwrap().times(v).unwrap();
        [b.midpoints()[0], b.midpoints()[3]]
    }

    proptest! {
        /// Any two angles and scales near 1 are a decomposition of sorts, and what it says must be true: here of
        /// `x² + y²` and `|xy|` for the singular values, of the trace and the determinant for the eigenvalues.
        #[test]
        fn bad_decompositions_give_wide_truths(
            [p, q, r] in prop::array::uniform3(-9i32..=9), angles in prop::array::uniform2(-4.0..4.0f64),
            scales in prop::array::uniform2(0.8..1.2f64),
        ) {
            let [p, q, r] = [p, q, r].map(f64::from);
            let a = [[p, q], [q, r]];
            let (u, v) = (rotation(angles[0], scales[0]), rotation(angles[1], scales[1]));
            let enclosed = matrix(2, 2, a.as_flattened());
            let s = singular_values(&enclosed, &u, &values(a, &u, &v), &v).unwrap();
            prop_assert!((s[0].square() + s[1].square()).contains(p * p + 2.0 * q * q + r * r));
            prop_assert!((s[0] * s[1]).contains((p * r - q * q).abs()));
            let d = symmetric_eigenvalues(&enclosed, &values(a, &v, &v), &v).unwrap();
            prop_assert!((d[0] + d[1]).contains(p + r) && (d[0] * d[1]).contains(p * r - q * q));
        }
    }

    /// Teeth: factors that are too long by a thousandth reproduce the matrix, so the residual alone would pass
    /// values that are too small by two thousandths.
    #[test]
    fn long_columns_are_noticed() {
        let a = matrix(2, 2, &[3.0, 0.0, 0.0, -1.0]);
        let (long, share) = (rotation(0.0, 1.001), 1.001f64.powi(-2));
        let s = singular_values(&a, &long, &[3.0 * share, -share], &long).unwrap();
        assert!(residual(&a, &long, &[3.0 * share, -share], &long, 0.01).unwrap() < 1e-14);
        assert!(s[0].contains(3.0) && s[1].contains(1.0) && s[0].width() > 1e-2 && s[0].width() < 2e-2);
        let d = symmetric_eigenvalues(&a, &[-share, 3.0 * share], &long).unwrap();
        assert!(d[0].contains(3.0) && d[1].contains(-1.0) && d[1].width() > 1e-3);
    }

    #[test]
    fn what_proves_nothing_is_refused() {
        let a = matrix(2, 2, &[3.0, 1.0, 1.0, -1.0]);
        let identity = rotation(0.0, 1.0);
        let refused = |u: &IntervalMatrix, s: &[f64]| singular_values(&a, u, s, &identity).unwrap_err();
        assert!(
            matches!(refused(&rotation(0.0, 2.0), &[1.0; 2]), SpectrumError::Orthonormality(d) if d >= 3.0)
        );
        assert_eq!(refused(&identity, &[1.0]), SpectrumError::Incomplete { given: 1, needed: 2 });
        assert!(matches!(refused(&identity, &[f64::NAN, 1.0]), SpectrumError::Factors(_)));
        assert!(matches!(refused(&identity, &[1.0; 3]), SpectrumError::Factors(_)));
        assert!(matches!(refused(&matrix(3, 2, &[0.5; 6]), &[1.0; 2]), SpectrumError::Orthonormality(_)));
        assert!(symmetric_eigenvalues(&a, &[f64::INFINITY, 0.0], &identity).is_err());
        let asymmetric = matrix(2, 2, &[3.0, 1.0, 2.0, -1.0]);
        let error = symmetric_eigenvalues(&asymmetric, &[3.0, -1.0], &identity).unwrap_err();
        assert_eq!(error, SpectrumError::Asymmetric { row: 1, column: 0 });
    }
}
