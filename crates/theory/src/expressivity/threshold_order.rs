//! The order of a Boolean function: the degree of the polynomials whose sign it is.

use std::collections::VecDeque;

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

use super::separation::{Decision, Separation, SeparationError};

/// A function of `n` bits. A point is a number whose bit `i` is the variable `x_i`.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::threshold_order::BooleanFunction;
///
/// let parity = BooleanFunction::parity(3)?;
/// assert_eq!(parity.order(&[])?.degree(), 3);
/// let line = BooleanFunction::connected(1, 5)?;
/// assert_eq!(line.order(&[vec![4, 3, 2, 1, 0]])?.degree(), 2);
/// # Ok::<(), saddlepoint_theory::expressivity::threshold_order::OrderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BooleanFunction {
    variables: usize,
    values: Vec<bool>,
}

/// Largest number of variables: tables of all points are kept.
const MOST: usize = 16;

impl BooleanFunction {
    /// The function of `variables` bits with this value at each point.
    ///
    /// # Errors
    /// When there are more than 16 variables.
    pub fn new(variables: usize, value: impl Fn(usize) -> bool) -> Result<Self, OrderError> {
        if variables > MOST {
            return Err(OrderError::TooMany { variables });
        }
        Ok(Self { variables, values: (0..1 << variables).map(value).collect() })
    }

    /// Whether an odd number of bits is set.
    ///
    /// # Errors
    /// When there are more than 16 variables.
    pub fn parity(variables: usize) -> Result<Self, OrderError> {
        Self::new(variables, |point| point.count_ones() % 2 == 1)
    }

    /// Whether the set cells of a grid hang together along sides; the empty set does. Cell `(r, c)` is bit
    /// `r · columns + c`.
    ///
    /// # Errors
    /// When there are more than 16 cells.
    pub fn connected(rows: usize, columns: usize) -> Result<Self, OrderError> {
        Self::new(rows.saturating_mul(columns), |cells| {
            let mut reached = cells & cells.wrapping_neg();
            loop {
                let mut next = reached;
                for cell in (0..rows * columns).filter(|cell| reached >> cell & 1 == 1) {
                    let (row, column) = (cell / columns, cell % columns);
                    let sides = [
                        (row > 0).then(|| cell - columns),
                        (row + 1 < rows).then_some(cell + columns),
                        (column > 0).then(|| cell - 1),
                        (column + 1 < columns).then_some(cell + 1),
                    ];
                    next = sides.into_iter().flatten().fold(next, |next, side| next | (1 << side & cells));
                }
                if next == reached {
                    return reached == cells;
                }
                reached = next;
            }
        })
    }

    /// Number of variables.
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// The value at each point.
    pub fn values(&self) -> &[bool] {
        &self.values
    }

    /// The order, with certificates that it is neither less nor more.
    ///
    /// Each symmetry is a permutation of the variables that does not change the function: variable `i` goes where
    /// `symmetry[i]` says. They only make the decision faster.
    ///
    /// # Errors
    /// When a symmetry is no permutation, or changes the function.
    pub fn order(&self, symmetries: &[Vec<usize>]) -> Result<Order, OrderError> {
        let orbits = self.orbits(symmetries)?;
        let mut below = None;
        for degree in 0..=self.variables {
            match self.decide(degree, &orbits)? {
                Ok(polynomial) => return Ok(Order { degree, polynomial, below }),
                Err(refutation) => below = Some(refutation),
            }
        }
        // Polynomials of full degree are all functions.
        Err(OrderError::Undecided)
    }

    /// The orbits of the points under the group that the symmetries generate, each with its first member in front.
    fn orbits(&self, symmetries: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, OrderError> {
        for (index, symmetry) in symmetries.iter().enumerate() {
            let mut sorted = symmetry.clone();
            sorted.sort_unstable();
            if !sorted.into_iter().eq(0..self.variables) {
                return Err(OrderError::NoPermutation { index });
            }
        }
        let mut seen = vec![false; self.values.len()];
        let mut orbits = Vec::new();
        for first in 0..self.values.len() {
            if seen[first] {
                continue;
            }
            seen[first] = true;
            let (mut orbit, mut queue) = (vec![first], VecDeque::from([first]));
            while let Some(point) = queue.pop_front() {
                for (index, symmetry) in symmetries.iter().enumerate() {
                    let moved = (0..self.variables).fold(0, |moved, i| moved | (point >> i & 1) << symmetry[i]);
                    if self.values[moved] != self.values[point] {
                        return Err(OrderError::NotInvariant { index, point });
                    }
                    if !seen[moved] {
                        seen[moved] = true;
                        orbit.push(moved);
                        queue.push_back(moved);
                    }
                }
            }
            orbits.push(orbit);
        }
        Ok(orbits)
    }

    /// A polynomial of at most this degree with the function's signs, or a proof that there is none.
    ///
    /// A function that a group leaves unchanged has such a polynomial only if it has one with the same coefficient on
    /// all monomials of an orbit (Minsky and Papert's group invariance theorem): the average over the group.
    fn decide(
        &self,
        degree: usize,
        orbits: &[Vec<usize>],
    ) -> Result<Result<Polynomial, Refutation>, OrderError> {
        let small = |orbit: &&Vec<usize>| orbit[0].count_ones() as usize <= degree;
        let monomials: Vec<&Vec<usize>> = orbits.iter().filter(small).collect();
        let feature = |orbit: &[usize], point: usize| {
            orbit.iter().filter(|&&monomial| monomial & point == monomial).count() as i64
        };
        let features = orbits
            .iter()
            .map(|orbit| monomials.iter().map(|monomial| feature(monomial, orbit[0])).collect())
            .collect();
        let sides = orbits.iter().map(|orbit| self.values[orbit[0]]).collect();
        Ok(match Separation::new(features, sides)?.decide() {
            Decision::Separable(weights) => {
                let terms = monomials.iter().zip(weights).filter(|(_, weight)| !weight.is_zero());
                let expand = |(orbit, weight): (&&Vec<usize>, BigInt)| -> Vec<(usize, BigInt)> {
                    orbit.iter().map(|&monomial| (monomial, weight.clone())).collect()
                };
                Ok(Polynomial { coefficients: terms.flat_map(expand).collect() })
            }
            Decision::Inseparable(weights) => {
                // Spread evenly over each orbit; the common multiple keeps them whole.
                let common = orbits.iter().fold(1, |common, orbit| lcm(common, orbit.len()));
                let mut all = vec![BigInt::zero(); self.values.len()];
                for (orbit, weight) in orbits.iter().zip(weights) {
                    for &point in orbit {
                        all[point] = &weight * (common / orbit.len());
                    }
                }
                Err(Refutation { degree, weights: all })
            }
        })
    }
}

/// The smallest degree of a polynomial whose sign is a given Boolean function, proved on both sides.
///
/// # Reference
/// Minsky and Papert, *Perceptrons* (1969), section 1.6 (order) and Theorem 2.3 (group invariance).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    degree: usize,
    polynomial: Polynomial,
    below: Option<Refutation>,
}

impl Order {
    /// The order.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// A polynomial of this degree.
    pub fn polynomial(&self) -> &Polynomial {
        &self.polynomial
    }

    /// Why no polynomial of smaller degree does; nothing for constant functions.
    pub fn refutation(&self) -> Option<&Refutation> {
        self.below.as_ref()
    }

    /// Whether both certificates hold for this function, checked at every point.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        let least = match &self.below {
            None => self.degree == 0,
            Some(refutation) => refutation.degree + 1 == self.degree && refutation.verify(function),
        };
        self.polynomial.degree() <= self.degree && self.polynomial.verify(function) && least
    }
}

/// A polynomial in bits: positive exactly where a function is true, negative elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polynomial {
    /// Monomials, as the set of their variables, and their coefficients.
    coefficients: Vec<(usize, BigInt)>,
}

impl Polynomial {
    /// Monomials, as the set of their variables, and their coefficients; none is zero.
    pub fn coefficients(&self) -> &[(usize, BigInt)] {
        &self.coefficients
    }

    /// The degree.
    pub fn degree(&self) -> usize {
        self.coefficients.iter().map(|(monomial, _)| monomial.count_ones() as usize).max().unwrap_or(0)
    }

    /// The value at a point.
    pub fn evaluate(&self, point: usize) -> BigInt {
        let present = self.coefficients.iter().filter(|(monomial, _)| monomial & point == *monomial);
        present.map(|(_, coefficient)| coefficient).sum()
    }

    /// Whether its sign is the function.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        function.values.iter().enumerate().all(|(point, &value)| {
            let found = self.evaluate(point);
            if value { found.is_positive() } else { found.is_negative() }
        })
    }
}

/// A proof that no polynomial of at most some degree has a function's signs.
///
/// # Formula
/// Weights $\lambda \ge 0$, not all zero, with $\sum_{x\supseteq S}\lambda_xs_x = 0$ for every monomial $S$ of at most this
/// degree: then $\sum_x\lambda_xs_xP(x) = 0$ for every such polynomial, which excludes $s_xP(x) > 0$ for all $x$.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refutation {
    degree: usize,
    weights: Vec<BigInt>,
}

impl Refutation {
    /// The degree that it excludes.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The weight of each point.
    pub fn weights(&self) -> &[BigInt] {
        &self.weights
    }

    /// Number of points with positive weight.
    pub fn support(&self) -> usize {
        self.weights.iter().filter(|weight| weight.is_positive()).count()
    }

    /// Whether it is a proof for this function.
    pub fn verify(&self, function: &BooleanFunction) -> bool {
        let points = function.values.len();
        let balanced = |monomial: usize| {
            let above = (0..points).filter(|point| monomial & point == monomial);
            let sum = above.fold(BigInt::zero(), |sum, point| {
                if function.values[point] { sum + &self.weights[point] } else { sum - &self.weights[point] }
            });
            sum.is_zero()
        };
        self.weights.len() == points
            && self.weights.iter().all(|weight| !weight.is_negative())
            && self.weights.iter().any(|weight| weight >= &BigInt::one())
            && (0..points).filter(|monomial| monomial.count_ones() as usize <= self.degree).all(balanced)
    }
}

/// Generators of groups of permutations, for [`BooleanFunction::order`].
pub mod symmetries {
    /// All permutations of `n` variables: a transposition and a cycle.
    pub fn all(n: usize) -> Vec<Vec<usize>> {
        if n < 2 {
            return Vec::new();
        }
        let swap = (0..n).map(|i| if i < 2 { 1 - i } else { i }).collect();
        vec![swap, (0..n).map(|i| (i + 1) % n).collect()]
    }

    /// The symmetries of a grid whose cell `(r, c)` is variable `r · columns + c`: two reflections, and where it is
    /// square the exchange of rows and columns.
    pub fn grid(rows: usize, columns: usize) -> Vec<Vec<usize>> {
        let map = |image: &dyn Fn(usize, usize) -> usize| -> Vec<usize> {
            (0..rows * columns).map(|cell| image(cell / columns, cell % columns)).collect()
        };
        let mut generators =
            vec![map(&|r, c| (rows - 1 - r) * columns + c), map(&|r, c| r * columns + columns - 1 - c)];
        if rows == columns {
            generators.push(map(&|r, c| c * columns + r));
        }
        generators
    }
}

fn lcm(a: usize, b: usize) -> usize {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

/// Why an order was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// More variables than a table of all points can have.
    #[error("{variables} variables are more than 16: all their points are kept in a table")]
    TooMany {
        /// How many.
        variables: usize,
    },
    /// A symmetry is not a permutation of the variables.
    #[error("symmetry {index} is not a permutation of the variables")]
    NoPermutation {
        /// Which symmetry.
        index: usize,
    },
    /// A symmetry changes the function.
    #[error("symmetry {index} changes the value at point {point}: it is none of this function")]
    NotInvariant {
        /// Which symmetry.
        index: usize,
        /// A point that shows it.
        point: usize,
    },
    /// A function with no polynomial of any degree, which does not exist.
    #[error("no polynomial of full degree was found")]
    Undecided,
    /// See [`SeparationError`].
    #[error(transparent)]
    Separation(#[from] SeparationError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_two_and_three_bits() {
        for (variables, expected) in [(1usize, 4), (2, 14), (3, 104)] {
            let separable = (0..1u64 << (1 << variables)).filter(|table| {
                let function = BooleanFunction::new(variables, |point| table >> point & 1 == 1).unwrap();
                let order = function.order(&[]).unwrap();
                assert!(order.verify(&function), "{table:b}");
                order.degree() <= 1
            });
            assert_eq!(separable.count(), expected);
        }
    }

    #[test]
    fn symmetries_do_not_change_the_order() {
        for columns in 3..=6 {
            let line = BooleanFunction::connected(1, columns).unwrap();
            let mirror: Vec<usize> = (0..columns).rev().collect();
            let (plain, reduced) = (line.order(&[]).unwrap(), line.order(&[mirror]).unwrap());
            assert_eq!(plain.degree(), reduced.degree());
            assert!(plain.verify(&line) && reduced.verify(&line));
        }
    }

    #[test]
    fn a_certificate_of_another_function_is_refused() {
        let (three, other) = (BooleanFunction::parity(3).unwrap(), BooleanFunction::connected(1, 3).unwrap());
        let order = three.order(&[]).unwrap();
        assert!(order.verify(&three) && !order.verify(&other));
        assert!(!order.polynomial().verify(&other) && !order.refutation().unwrap().verify(&other));
    }

    #[test]
    fn bad_symmetries_are_refused() {
        let function = BooleanFunction::new(2, |point| point == 1).unwrap();
        assert_eq!(function.order(&[vec![1, 0]]), Err(OrderError::NotInvariant { index: 0, point: 1 }));
        for bad in [vec![0], vec![0, 0], vec![0, 2]] {
            assert_eq!(function.order(&[bad]), Err(OrderError::NoPermutation { index: 0 }));
        }
        assert_eq!(BooleanFunction::parity(17), Err(OrderError::TooMany { variables: 17 }));
        assert!(BooleanFunction::connected(usize::MAX, 2).is_err());
    }

    #[test]
    fn constants_have_order_zero() {
        for value in [false, true] {
            let function = BooleanFunction::new(2, |_| value).unwrap();
            let order = function.order(&[]).unwrap();
            assert!(order.degree() == 0 && order.refutation().is_none() && order.verify(&function));
        }
        let nothing = BooleanFunction::new(0, |_| true).unwrap();
        assert_eq!(nothing.order(&[]).unwrap().degree(), 0);
    }
}
