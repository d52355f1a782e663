//! Norms that are computed from the entries alone.

use saddlepoint_rigor::{Down, Interval, IntervalMatrix, Rounding, Up, euclidean_norm};

/// The Frobenius norm.
///
/// # Formula
/// `‖A‖_F = √Σ aᵢⱼ²`
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
    use proptest::prelude::*;

    use super::*;
    use crate::capacity::norms::testing::{assert_digits, network};
    use crate::capacity::spectrum::exact;

    #[test]
    fn the_catalogues_norms() {
        let two_one = [7.34206444507, 6.09818815298, 2.62967503635];
        let entrywise = [2.83248523983, 2.54281786188, 1.53606849277];
        for (i, layer) in network().iter().enumerate() {
            assert_digits(two_one_over_rows(layer), two_one[i], 1e-11);
            assert_digits(frobenius(layer), entrywise[i], 1e-11);
        }
    }

    #[test]
    fn the_two_one_norm_sums_the_norms_of_rows() {
        let rows = exact(&nalgebra::dmatrix![3.0, 4.0; 0.0, 0.0]).unwrap();
        assert!(two_one_over_rows(&rows).contains(5.0) && !two_one_over_rows(&rows).contains(7.0));
    }

    fn matrix() -> impl Strategy<Value = IntervalMatrix> {
        (1usize..5, 1usize..5).prop_flat_map(|(m, n)| {
            let entries = prop::collection::vec(-1e3..1e3f64, m * n);
            entries.prop_map(move |x| IntervalMatrix::from_rows(m, n, x).unwrap())
        })
    }

    proptest! {
        #[test]
        fn norms_are_ordered_and_nest(a in matrix(), r in 0.0..10.0f64) {
            let (m, n) = a.shape();
            let wide = IntervalMatrix::with_radii(m, n, a.midpoints().to_vec(), vec![r; m * n]).unwrap();
            for norm in [frobenius, two_one_over_rows] {
                prop_assert!(norm(&a).is_subset_of(norm(&wide)));
                prop_assert!(norm(&a).width() <= 1e-14 * norm(&a).high());
            }
            prop_assert!(frobenius(&a).low() <= two_one_over_rows(&a).high());
            let root = Interval::point(m as f64).unwrap().sqrt().unwrap();
            prop_assert!(two_one_over_rows(&a).low() <= (root * frobenius(&a)).high());
        }

        /// The distance to a reference obeys the triangle inequality, and is zero at the reference alone.
        #[test]
        fn distances_are_distances(a in matrix(), seed in 0usize..100) {
            let (m, n) = a.shape();
            let moved = (0..m * n).map(|i| ((i * 7 + seed) % 11) as f64 - 5.0).collect();
            let reference = IntervalMatrix::from_rows(m, n, moved).unwrap();
            for norm in [frobenius, two_one_over_rows] {
                let distance = norm(&a.minus(&reference).unwrap());
                prop_assert!(distance.high() >= (norm(&a) - norm(&reference)).low());
                prop_assert!(distance.low() <= (norm(&a) + norm(&reference)).high());
                let none = norm(&a.minus(&a).unwrap());
                prop_assert_eq!((none.low(), none.high()), (0.0, 0.0));
            }
        }
    }
}
