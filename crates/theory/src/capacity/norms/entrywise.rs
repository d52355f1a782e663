//! Norms that are computed from the entries alone.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

/// The Frobenius norm.
///
/// # Formula
/// `‖A‖_F = √Σ aᵢⱼ²`
///
/// # Reference
/// Horn and Johnson, *Matrix Analysis*, 2nd edition 2013, section 5.6.
pub fn frobenius(a: &IntervalMatrix) -> Interval {
    fn bound<R: Rounding>(a: &IntervalMatrix) -> f64 {
        euclidean_norm::<R>(row_norms::<R>(a))
    }
    Interval::between(bound::<Down>(a), bound::<Up>(a))
}

/// The sum of the Euclidean norms of the rows: for a layer `x ↦ A x`, over its outputs, of the norm of the incoming
/// weights.
///
/// # Formula
/// `Σᵢ √Σⱼ aᵢⱼ²`, written `‖Aᵀ‖₂,₁` by Bartlett, Foster and Telgarsky, whose `(2, 1)` norm sums over columns.
///
/// # Reference
/// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, section 1.1
/// and equation 1.2.
///
/// # Example
/// ```
/// use saddlepoint_rigor::IntervalMatrix;
/// use saddlepoint_theory::capacity::norms::two_one_over_rows;
///
/// let one_output = IntervalMatrix::from_rows(1, 2, vec![3.0, 4.0])?;
/// assert!(two_one_over_rows(&one_output).contains(5.0));
/// assert!(two_one_over_rows(&one_output.transpose()).contains(7.0));
/// # Ok::<(), saddlepoint_rigor::MatrixError>(())
/// ```
pub fn two_one_over_rows(a: &IntervalMatrix) -> Interval {
    fn bound<R: Rounding>(a: &IntervalMatrix) -> f64 {
        row_norms::<R>(a).into_iter().fold(0.0, R::add)
    }
    Interval::between(bound::<Down>(a), bound::<Up>(a))
}

fn row_norms<R: Rounding>(a: &IntervalMatrix) -> Vec<f64> {
    a.magnitudes::<R>().map(euclidean_norm::<R>).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capacity::spectrum::exact;

    #[test]
    fn the_two_one_norm_sums_the_norms_of_rows() {
        let rows = exact(&nalgebra::dmatrix![3.0, 4.0; 0.0, 0.0]).unwrap();
        assert!(two_one_over_rows(&rows).contains(5.0) && !two_one_over_rows(&rows).contains(7.0));
    }
}
