//! The order of a Boolean function: the degree of the polynomials whose sign it is.

mod certificate;
pub mod symmetries;

use num_bigint::BigInt;
use num_traits::Zero;

pub use self::certificate::{Order, Polynomial, Refutation};
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
