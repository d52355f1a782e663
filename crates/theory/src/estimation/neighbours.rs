//! Classification by the nearest examples, and the distances that it and kernels need.

use nalgebra::DMatrix;

/// `‖a − b‖²`, in eight interleaved sums: no cancellation between equal points, and fast.
pub fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (mut left, mut right) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    let rest = left.remainder().iter().zip(right.remainder());
    sums.iter().sum::<f64>() + rest.map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
}

/// A column as a slice: matrices are stored by columns.
pub(super) fn column(points: &DMatrix<f64>, i: usize) -> &[f64] {
    let d = points.nrows();
    &points.as_slice()[i * d..(i + 1) * d]
}

/// The vote of the `k` examples that are nearest to a point in Euclidean distance.
///
/// Among equally near examples the first ones vote; among classes with as many votes the one of the nearest voter wins.
///
/// # Reference
/// Cover and Hart, Nearest neighbor pattern classification, IEEE Transactions on Information Theory 13, 1967.
///
/// # Example
/// ```
/// use nalgebra::dmatrix;
/// use saddlepoint_theory::estimation::neighbours::NearestNeighbours;
///
/// let line = NearestNeighbours::new(dmatrix![0.0, 1.0, 5.0], vec![0, 1, 1], 1)?;
/// assert_eq!([line.class(&[0.4]), line.class(&[0.6])], [0, 1]);
/// # Ok::<(), saddlepoint_theory::estimation::neighbours::NeighbourError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NearestNeighbours {
    points: DMatrix<f64>,
    labels: Vec<usize>,
    k: usize,
}

/// Why nobody votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NeighbourError {
    /// More voters than examples, or none.
    #[error("{k} neighbours cannot be found among {examples} examples")]
    Voters {
        /// How many are to vote.
        k: usize,
        /// How many there are.
        examples: usize,
    },
    /// As many labels as examples are needed.
    #[error("{labels} labels for {examples} examples")]
    Labels {
        /// How many labels there are.
        labels: usize,
        /// How many examples.
        examples: usize,
    },
    /// A NaN or an infinity.
    #[error("coordinates must be finite")]
    NotFinite,
}

impl NearestNeighbours {
    /// Examples with their labels, and how many of them vote.
    ///
    /// # Shapes
    /// One example a column.
    ///
    /// # Errors
    /// When `k` is 0 or larger than the number of examples, labels do not fit, or a coordinate is not finite.
    pub fn new(points: DMatrix<f64>, labels: Vec<usize>, k: usize) -> Result<Self, NeighbourError> {
        let examples = points.ncols();
        if k == 0 || k > examples {
            return Err(NeighbourError::Voters { k, examples });
        }
        if labels.len() != examples {
            return Err(NeighbourError::Labels { labels: labels.len(), examples });
        }
        if points.iter().any(|x| !x.is_finite()) {
            return Err(NeighbourError::NotFinite);
        }
        Ok(Self { points, labels, k })
    }

    /// The class of a point, with as many coordinates as the examples.
    pub fn class(&self, point: &[f64]) -> usize {
        let distance = |i| (squared_distance(point, column(&self.points, i)), i);
        let mut all: Vec<(f64, usize)> = (0..self.labels.len()).map(distance).collect();
        let nearer = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        all.select_nth_unstable_by(self.k - 1, nearer);
        all.truncate(self.k);
        all.sort_by(nearer);
        let votes = |label| all.iter().filter(|(_, i)| self.labels[*i] == label).count();
        let mut winner = (0, self.labels[all[0].1]);
        for &(_, i) in &all {
            let label = self.labels[i];
            if votes(label) > winner.0 {
                winner = (votes(label), label);
            }
        }
        winner.1
    }
}

#[cfg(test)]
mod tests {
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cannot_vote_is_refused() {
        let points = dmatrix![0.0, 1.0];
        let refused = |points: DMatrix<f64>, labels: &[usize], k| {
            NearestNeighbours::new(points, labels.to_vec(), k).unwrap_err()
        };
        assert_eq!(refused(points.clone(), &[0, 1], 0), NeighbourError::Voters { k: 0, examples: 2 });
        assert_eq!(refused(points.clone(), &[0, 1], 3), NeighbourError::Voters { k: 3, examples: 2 });
        assert_eq!(refused(points.clone(), &[0], 1), NeighbourError::Labels { labels: 1, examples: 2 });
        assert_eq!(refused(points * f64::NAN, &[0, 1], 1), NeighbourError::NotFinite);
    }

    #[test]
    fn ties_go_to_the_nearest_voter() {
        let line = |k| NearestNeighbours::new(dmatrix![1.0, -2.0, 3.0, -4.0], vec![7, 5, 5, 7], k).unwrap();
        assert_eq!([1, 2, 3, 4].map(|k| line(k).class(&[0.0])), [7, 7, 5, 7]);
        // At equal distances the first example is nearer.
        let twins = NearestNeighbours::new(dmatrix![1.0, -1.0], vec![3, 2], 1).unwrap();
        assert_eq!(twins.class(&[0.0]), 3);
    }

    proptest! {
        #[test]
        fn distances_are_those_of_the_plain_sum(a in prop::collection::vec(-9.0f64..9.0, 0..30), shift in -3.0f64..3.0) {
            let b: Vec<f64> = a.iter().map(|x| x * shift).collect();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
            prop_assert!((squared_distance(&a, &b) - plain).abs() <= 1e-13 * plain);
            prop_assert_eq!(squared_distance(&a, &a), 0.0);
        }

        #[test]
        fn any_bits_have_a_class_or_are_refused(bits in prop::collection::vec(any::<u64>(), 6), point in any::<u64>()) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            if let Ok(found) = NearestNeighbours::new(DMatrix::from_row_slice(1, 6, &numbers), vec![0, 1, 2, 0, 1, 2], 3) {
                prop_assert!(found.class(&[f64::from_bits(point)]) < 3);
            }
        }
    }
}
