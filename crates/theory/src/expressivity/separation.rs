//! Whether a linear threshold separates finitely many points, decided exactly, with a certificate either way.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// Finitely many points with integer features, each to lie strictly on one side of a hyperplane through the origin.
///
/// # Formula
/// With features $\varphi_x$ and signs $s_x = \pm1$ exactly one holds (Gordan):
/// $$\exists w:\ s_x\langle w, \varphi_x\rangle > 0\ \ \forall x,\qquad\text{or}\qquad
/// \exists\lambda \ge 0,\ \lambda \ne 0:\ \sum_x\lambda_xs_x\varphi_x = 0 .$$
/// A constant feature makes it separation by any hyperplane; then $\lambda$ gives a point that lies in the convex hulls of
/// both sides (Radon). Both are integers here, found by the simplex method in exact arithmetic and checked by
/// themselves.
///
/// # Shapes
/// One row of features a point, all equally long; a side for each point.
///
/// # Reference
/// Gordan, *Über die Auflösung linearer Gleichungen mit reellen Coefficienten* (1873).
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::separation::{Decision, Separation};
///
/// // Exclusive or, with a constant feature: the diagonals of the square cross.
/// let corners = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]].map(Vec::from);
/// let xor = Separation::new(corners.to_vec(), vec![false, true, true, false])?;
/// assert!(matches!(xor.decide(), Decision::Inseparable(weights) if xor.refutes(&weights)));
/// let and = Separation::new(corners.to_vec(), vec![false, false, false, true])?;
/// assert!(matches!(and.decide(), Decision::Separable(weights) if and.separates(&weights)));
/// # Ok::<(), saddlepoint_theory::expressivity::separation::SeparationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Separation {
    features: Vec<Vec<i64>>,
    sides: Vec<bool>,
}

/// The answer, with what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Weights `w` of a separating hyperplane.
    Separable(Vec<BigInt>),
    /// Weights `λ` of the points, under which both sides have the same sum of features.
    Inseparable(Vec<BigInt>),
}

/// Why there is nothing to separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeparationError {
    /// No points, or no features.
    #[error("there are no {0} to separate by")]
    Empty(&'static str),
    /// A cube of too many corners.
    #[error("{0} bits: the corners of a cube are written down for 16 at most")]
    TooManyBits(usize),
    /// Rows of different lengths, or not one side a point.
    #[error("{what}: {found} where {expected} are needed")]
    Shape {
        /// What does not match.
        what: &'static str,
        /// How many were given.
        found: usize,
        /// How many are needed.
        expected: usize,
    },
}

impl Separation {
    /// Points by their features, and the side on which each is to lie.
    ///
    /// # Errors
    /// When there are no points or features, or the lengths do not match.
    pub fn new(features: Vec<Vec<i64>>, sides: Vec<bool>) -> Result<Self, SeparationError> {
        Self::check(&features)?;
        if sides.len() != features.len() {
            let (found, expected) = (sides.len(), features.len());
            return Err(SeparationError::Shape { what: "sides", found, expected });
        }
        Ok(Self { features, sides })
    }

    /// Whether rows of features are points of one space.
    pub(super) fn check(features: &[Vec<i64>]) -> Result<(), SeparationError> {
        let Some(expected) = features.first().map(Vec::len) else {
            return Err(SeparationError::Empty("points"));
        };
        if expected == 0 {
            return Err(SeparationError::Empty("features"));
        }
        if let Some(row) = features.iter().find(|row| row.len() != expected) {
            return Err(SeparationError::Shape { what: "features of a point", found: row.len(), expected });
        }
        Ok(())
    }

    /// One row of features a point.
    pub fn features(&self) -> &[Vec<i64>] {
        &self.features
    }

    /// The side of each point.
    pub fn sides(&self) -> &[bool] {
        &self.sides
    }

    /// Whether these weights put every point strictly on its side.
    pub fn separates(&self, weights: &[BigInt]) -> bool {
        weights.len() == self.features[0].len()
            && self.features.iter().zip(&self.sides).all(|(row, &side)| {
                let value: BigInt = row.iter().zip(weights).map(|(feature, weight)| weight * feature).sum();
                if side { value.is_positive() } else { value.is_negative() }
            })
    }

    /// Whether these weights of the points prove that no hyperplane separates them.
    pub fn refutes(&self, weights: &[BigInt]) -> bool {
        weights.len() == self.features.len()
            && weights.iter().all(|weight| !weight.is_negative())
            && weights.iter().any(|weight| !weight.is_zero())
            && (0..self.features[0].len()).all(|feature| {
                let terms = self.features.iter().zip(&self.sides).zip(weights);
                let signed = |(row, side): (&Vec<i64>, &bool)| if *side { row[feature] } else { -row[feature] };
                terms.map(|(point, weight)| weight * signed(point)).sum::<BigInt>().is_zero()
            })
    }

    /// Separating weights, or weights that refute them.
    pub fn decide(&self) -> Decision {
        Tableau::of(self).solve()
    }
}

/// The simplex method for `λ ≥ 0, Σ λ_x s_x φ_x = 0, Σ λ_x = 1` by minimizing the sum of artificial variables, with
/// Bland's rule against cycles and integer pivots (Edmonds): every entry is an integer over one common denominator.
struct Tableau {
    /// One row a constraint, then the reduced costs. Columns: points, artificial variables, right-hand side.
    rows: Vec<Vec<BigInt>>,
    denominator: BigInt,
    basis: Vec<usize>,
    points: usize,
}

impl Tableau {
    fn of(problem: &Separation) -> Self {
        let (points, features) = (problem.features.len(), problem.features[0].len());
        let signed = |feature: usize, point: usize| {
            let value = problem.features[point][feature];
            if problem.sides[point] { value } else { -value }
        };
        let constraint = |row: usize| -> Vec<BigInt> {
            let entry = |point| if row < features { signed(row, point) } else { 1 };
            let artificial = (0..=features).map(|column| i64::from(column == row));
            let right = i64::from(row == features);
            (0..points).map(entry).chain(artificial).chain([right]).map(BigInt::from).collect()
        };
        let mut rows: Vec<Vec<BigInt>> = (0..=features).map(constraint).collect();
        // The costs start as the sum of all rows: on the artificial columns they carry the dual variables along.
        let costs = (0..rows[0].len()).map(|column| rows.iter().map(|row| &row[column]).sum()).collect();
        rows.push(costs);
        let basis = (0..=features).map(|row| points + row).collect();
        Self { rows, denominator: BigInt::one(), basis, points }
    }

    fn solve(mut self) -> Decision {
        while let Some(column) = (0..self.points).find(|&column| self.costs()[column].is_positive()) {
            // The objective is bounded by zero, so some row limits the entering variable.
            let Some(row) = self.leaving(column) else { break };
            self.pivot(row, column);
        }
        let constraints = self.basis.len();
        let right = self.points + constraints;
        if self.costs()[right].is_zero() {
            let mut weights = vec![BigInt::zero(); self.points];
            for (row, &variable) in self.basis.iter().enumerate() {
                if variable < self.points {
                    weights[variable].clone_from(&self.rows[row][right]);
                }
            }
            Decision::Inseparable(reduced(weights))
        } else {
            let dual = &self.costs()[self.points..self.points + constraints - 1];
            Decision::Separable(reduced(dual.iter().map(|weight| -weight).collect()))
        }
    }

    fn costs(&self) -> &[BigInt] {
        &self.rows[self.basis.len()]
    }

    /// The row that limits the entering variable first; among several the one whose variable comes first.
    fn leaving(&self, column: usize) -> Option<usize> {
        let right = self.rows[0].len() - 1;
        (0..self.basis.len()).filter(|&row| self.rows[row][column].is_positive()).min_by(|&a, &b| {
            // Ratios with positive denominators, compared crosswise.
            let left = &self.rows[a][right] * &self.rows[b][column];
            left.cmp(&(&self.rows[b][right] * &self.rows[a][column])).then(self.basis[a].cmp(&self.basis[b]))
        })
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let pivotal = self.rows[row].clone();
        let pivot = &pivotal[column];
        for (index, other) in self.rows.iter_mut().enumerate() {
            if index == row {
                continue;
            }
            let factor = other[column].clone();
            for (entry, source) in other.iter_mut().zip(&pivotal) {
                // The division is exact: entries are minors of the first tableau.
                let scaled = &*entry * pivot;
                *entry = if factor.is_zero() || source.is_zero() {
                    scaled / &self.denominator
                } else {
                    (scaled - &factor * source) / &self.denominator
                };
            }
        }
        self.denominator.clone_from(pivot);
        self.basis[row] = column;
    }
}

/// Without a common factor.
pub(super) fn reduced(mut weights: Vec<BigInt>) -> Vec<BigInt> {
    let divisor = weights.iter().fold(BigInt::zero(), |divisor, weight| gcd(divisor, weight.abs()));
    if !divisor.is_zero() {
        for weight in &mut weights {
            *weight /= &divisor;
        }
    }
    weights
}

fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
    while !b.is_zero() {
        (a, b) = (b.clone(), a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integers(entries: &[i64]) -> Vec<BigInt> {
        entries.iter().copied().map(BigInt::from).collect()
    }

    proptest! {
        /// Whatever the points, the answer comes with a certificate that holds, and never with one for the other side.
        #[test]
        fn the_certificate_holds(
            (features, sides) in (1usize..5, 1usize..12).prop_flat_map(|(columns, rows)| (
                prop::collection::vec(prop::collection::vec(-3i64..=3, columns), rows),
                prop::collection::vec(any::<bool>(), rows),
            )),
        ) {
            let problem = Separation::new(features, sides).unwrap();
            match problem.decide() {
                Decision::Separable(weights) => prop_assert!(problem.separates(&weights)),
                Decision::Inseparable(weights) => prop_assert!(problem.refutes(&weights)),
            }
        }

        /// Points that a hyperplane with a margin labels are found separable.
        #[test]
        fn what_a_hyperplane_labels_is_separable(
            points in prop::collection::vec(prop::array::uniform3(-9i64..=9), 1..20),
            normal in prop::array::uniform3(-5i64..=5),
        ) {
            let value = |point: &[i64; 3]| point.iter().zip(&normal).map(|(x, w)| x * w).sum::<i64>();
            let kept: Vec<_> = points.iter().filter(|point| value(point) != 0).collect();
            prop_assume!(!kept.is_empty());
            let sides = kept.iter().map(|point| value(point) > 0).collect();
            let problem = Separation::new(kept.iter().map(|point| point.to_vec()).collect(), sides).unwrap();
            prop_assert!(matches!(problem.decide(), Decision::Separable(_)));
        }
    }

    #[test]
    fn a_wrong_certificate_is_noticed() {
        let corners = [[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]].map(Vec::from).to_vec();
        let xor = Separation::new(corners, vec![false, true, true, false]).unwrap();
        assert!(xor.refutes(&integers(&[1, 1, 1, 1])));
        for wrong in [&[1, 1, 1, 2][..], &[0, 0, 0, 0], &[-1, -1, -1, -1], &[1, 1, 1]] {
            assert!(!xor.refutes(&integers(wrong)), "{wrong:?}");
        }
        for wrong in [&[0, 0, 0][..], &[-1, 2, 2], &[1, 1]] {
            assert!(!xor.separates(&integers(wrong)), "{wrong:?}");
        }
    }

    #[test]
    fn bad_shapes_are_refused() {
        assert_eq!(Separation::new(vec![], vec![]), Err(SeparationError::Empty("points")));
        assert_eq!(Separation::new(vec![vec![]], vec![true]), Err(SeparationError::Empty("features")));
        assert!(Separation::new(vec![vec![1], vec![1, 2]], vec![true, true]).is_err());
        assert!(Separation::new(vec![vec![1]], vec![]).is_err());
    }
}
