//! The dichotomies of finitely many points by a hyperplane: found one by one with certificates, and counted.

use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};

use super::broken_circuits::{Span, WithoutBrokenCircuit};
use super::separation::{Decision, Separation, SeparationError};
use super::zaslavsky;

/// Finitely many integer vectors, to be put on either side of a hyperplane through the origin.
///
/// Points to be separated by any hyperplane are [`affine`](Self::affine): vectors with a constant feature.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::dichotomies::Vectors;
///
/// // Exclusive or and its negation are the two functions of two bits that no threshold computes.
/// let square = Vectors::cube(2)?;
/// assert_eq!(2 * square.dichotomies().count(), 14);
/// assert_eq!(square.without_broken_circuit().count(), 14);
/// assert_eq!(square.in_general_position()?, 14u32.into());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vectors {
    rows: Vec<Vec<i64>>,
}

/// Vectors of which some depend on each other though they need not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("vectors {dependent:?} are dependent: the points are not in general position")]
pub struct NotInGeneralPosition {
    /// Their indices: no more than the dimension.
    pub dependent: Vec<usize>,
}

/// Largest dimension of a cube whose corners are written down.
const LARGEST_CUBE: usize = 16;

impl Vectors {
    /// Vectors, all of one dimension.
    ///
    /// # Errors
    /// When there are none, they have no entries, or their lengths differ.
    pub fn new(rows: Vec<Vec<i64>>) -> Result<Self, SeparationError> {
        Separation::check(&rows)?;
        Ok(Self { rows })
    }

    /// Points, each with a constant feature in front.
    ///
    /// # Errors
    /// When there are none, or their lengths differ.
    pub fn affine(points: &[Vec<i64>]) -> Result<Self, SeparationError> {
        Self::new(points.iter().map(|point| [1].iter().chain(point).copied().collect()).collect())
    }

    /// The corners of `{−1, 1}^d`, with a constant feature: their dichotomies are the threshold functions of `d` bits.
    ///
    /// # Errors
    /// When there are more than 16 bits.
    pub fn cube(bits: usize) -> Result<Self, SeparationError> {
        if bits > LARGEST_CUBE {
            return Err(SeparationError::TooManyBits(bits));
        }
        let corner = |c: usize| (0..bits).map(|i| if c >> i & 1 == 1 { 1 } else { -1 }).collect();
        Self::affine(&(0..1usize << bits).map(corner).collect::<Vec<_>>())
    }

    /// The vectors.
    pub fn rows(&self) -> &[Vec<i64>] {
        &self.rows
    }

    /// Every way to put the vectors strictly on two sides of a hyperplane, up to an exchange of the sides.
    pub fn dichotomies(&self) -> Dichotomies<'_> {
        let nothing = vec![BigInt::zero(); self.rows[0].len()];
        Dichotomies { rows: &self.rows, stack: vec![(Vec::new(), nothing)], refuted: 0, unproved: 0 }
    }

    /// The sets without a broken circuit: as many as there are dichotomies, both orders of the sides counted.
    pub fn without_broken_circuit(&self) -> WithoutBrokenCircuit<'_> {
        WithoutBrokenCircuit::of(&self.rows)
    }

    /// Cover's number of dichotomies of `n` vectors of which any `D` are independent; there are never more.
    ///
    /// # Formula
    /// $$2\sum_{k<D}\binom{n-1}{k}$$
    /// For points of $\mathbb R^d$ in general position with a constant feature, $D=d+1$.
    ///
    /// # Errors
    /// When some vectors, no more than the dimension, are dependent.
    ///
    /// # Reference
    /// Cover, Geometrical and statistical properties of systems of linear inequalities with applications in pattern
    /// recognition, 1965, theorem 1.
    pub fn in_general_position(&self) -> Result<BigUint, NotInGeneralPosition> {
        let dimension = self.rows[0].len();
        let mut stack = vec![(Vec::new(), Span::default())];
        while let Some((chosen, span)) = stack.pop() {
            for next in chosen.last().map_or(0, |last| last + 1)..self.rows.len() {
                let with_next = chosen.iter().copied().chain([next]).collect();
                match span.with(&self.rows[next]) {
                    None => return Err(NotInGeneralPosition { dependent: with_next }),
                    Some(larger) if larger.dimension() < dimension => stack.push((with_next, larger)),
                    Some(_) => {}
                }
            }
        }
        let size = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(zaslavsky::central(size(dimension), size(self.rows.len())))
    }
}

/// One way to put vectors on two sides of a hyperplane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dichotomy {
    /// The side of each vector; the first is on the positive one.
    pub sides: Vec<bool>,
    /// A normal of the hyperplane.
    pub weights: Vec<BigInt>,
}

/// A search through the dichotomies: vector after vector is put on each side on which weights can be found, and where
/// there are none Gordan's certificate says so. Every branch is proved, alive or dead.
///
/// # Reference
/// Cover 1965, the recursion in the proof of theorem 1; [`Separation`] for the certificates.
#[derive(Debug, Clone)]
pub struct Dichotomies<'a> {
    rows: &'a [Vec<i64>],
    stack: Vec<(Vec<bool>, Vec<BigInt>)>,
    refuted: u64,
    unproved: u64,
}

impl Dichotomies<'_> {
    /// Branches that were given up, each with a proof.
    pub fn refuted(&self) -> u64 {
        self.refuted
    }

    /// Certificates, of either kind, that did not hold when they were checked. Not one should.
    pub fn unproved(&self) -> u64 {
        self.unproved
    }

    /// Weights that put the first vectors on these sides.
    fn weights(&mut self, sides: &[bool]) -> Option<Vec<BigInt>> {
        let problem = Separation::new(self.rows[..sides.len()].to_vec(), sides.to_vec()).ok()?;
        let (weights, holds) = match problem.decide() {
            Decision::Separable(weights) => {
                let holds = problem.separates(&weights);
                (Some(weights), holds)
            }
            Decision::Inseparable(refutation) => {
                self.refuted += 1;
                (None, problem.refutes(&refutation))
            }
        };
        self.unproved += u64::from(!holds);
        weights
    }
}

impl Iterator for Dichotomies<'_> {
    type Item = Dichotomy;

    fn next(&mut self) -> Option<Dichotomy> {
        while let Some((sides, weights)) = self.stack.pop() {
            let Some(row) = self.rows.get(sides.len()) else { return Some(Dichotomy { sides, weights }) };
            let value: BigInt = row.iter().zip(&weights).map(|(entry, weight)| weight * entry).sum();
            let choices: &[bool] = if sides.is_empty() { &[true] } else { &[false, true] };
            for &side in choices {
                let longer: Vec<bool> = sides.iter().copied().chain([side]).collect();
                // Weights that have put the vector on a side already need no search.
                let already = if side { value.is_positive() } else { value.is_negative() };
                let found = if already { Some(weights.clone()) } else { self.weights(&longer) };
                if let Some(found) = found {
                    self.stack.push((longer, found));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn threshold_functions_of_few_bits() {
        for (bits, functions) in [(0, 2), (1, 4), (2, 14), (3, 104)] {
            let cube = Vectors::cube(bits).unwrap();
            let mut search = cube.dichotomies();
            assert_eq!(2 * search.by_ref().count(), functions);
            assert_eq!(search.unproved(), 0);
            assert_eq!(cube.without_broken_circuit().count(), functions);
        }
        assert_eq!(Vectors::cube(17), Err(SeparationError::TooManyBits(17)));
    }

    #[test]
    fn a_zero_vector_is_on_no_side() {
        let vectors = Vectors::new(vec![vec![1, 0], vec![0, 0]]).unwrap();
        assert_eq!(vectors.dichotomies().count(), 0);
        assert_eq!(vectors.in_general_position(), Err(NotInGeneralPosition { dependent: vec![1] }));
    }

    #[test]
    fn what_are_no_vectors_is_refused() {
        assert_eq!(Vectors::new(vec![]), Err(SeparationError::Empty("points")));
        assert_eq!(Vectors::new(vec![vec![]]), Err(SeparationError::Empty("features")));
        assert!(Vectors::affine(&[vec![1], vec![1, 2]]).is_err());
    }

    #[test]
    fn four_bits_are_not_in_general_position() {
        // A face of the cube is a square: four points of one plane.
        let dependent = Vectors::cube(3).unwrap().in_general_position().unwrap_err().dependent;
        assert_eq!(dependent.len(), 4);
    }

    proptest! {
        /// The largest integers are counted alike both ways.
        #[test]
        fn any_bits_are_bounded_or_refused(rows in prop::collection::vec(any::<[i64; 3]>(), 0..5)) {
            if let Ok(vectors) = Vectors::new(rows.into_iter().map(Vec::from).collect()) {
                let mut search = vectors.dichotomies();
                let found = 2 * search.by_ref().count();
                prop_assert_eq!(found, vectors.without_broken_circuit().count());
                prop_assert_eq!(search.unproved(), 0);
                if let Ok(most) = vectors.in_general_position() {
                    prop_assert_eq!(BigUint::from(found), most);
                }
            }
        }
    }
}
