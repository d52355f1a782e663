//! The spark of a dictionary with integer atoms, by exhaustive search in exact arithmetic.

use num_bigint::BigUint;
use num_rational::BigRational;
use num_traits::Zero;

use crate::expressivity::zaslavsky::binomials;

/// Why a spark is not searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SparkError {
    /// Atoms of unequal or zero length, or none.
    #[error("atoms of unequal length, or none: atom {0}")]
    Shape(usize),
    /// More subsets than can be searched.
    #[error("more than {0} subsets to search")]
    TooMany(u64),
}

/// How many subsets are searched at most.
pub const MOST_SUBSETS: u64 = 50_000_000;

/// A prime below 2³¹: what is independent modulo it is independent.
const PRIME: u64 = 2_147_483_647;

/// The first smallest set of linearly dependent atoms with at most `most` members, or `None` if there is none.
///
/// # Formula
/// $\operatorname{spark}(D)$ is the least size of a linearly dependent set of columns. It does not change when columns are
/// scaled, so that integer columns stand for unit ones. Subsets are reduced modulo a prime, which can only make them look
/// dependent; what looks dependent is decided over the rationals.
///
/// # Errors
/// When atoms differ in length or are too many to search.
///
/// # Reference
/// Donoho and Elad, PNAS 100, 2003, definition 1.
///
/// # Example
/// ```
/// use saddlepoint_theory::representation::spark::dependent_atoms;
///
/// let plane = vec![vec![1, 0], vec![0, 1], vec![1, 1]];
/// assert_eq!(dependent_atoms(&plane, 2)?, None);
/// assert_eq!(dependent_atoms(&plane, 3)?, Some(vec![0, 1, 2]));
/// # Ok::<(), saddlepoint_theory::representation::spark::SparkError>(())
/// ```
pub fn dependent_atoms(atoms: &[Vec<i64>], most: usize) -> Result<Option<Vec<usize>>, SparkError> {
    let rows = atoms.first().map_or(0, Vec::len);
    if rows == 0 {
        return Err(SparkError::Shape(0));
    }
    if let Some(odd) = atoms.iter().position(|atom| atom.len() != rows) {
        return Err(SparkError::Shape(odd));
    }
    let bits = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut subsets = BigUint::ZERO;
    for count in binomials(bits(atoms.len()), bits(most)) {
        subsets += count;
        // The empty set is counted, and not searched.
        if subsets > BigUint::from(MOST_SUBSETS + 1) {
            return Err(SparkError::TooMany(MOST_SUBSETS));
        }
    }
    let reduced: Vec<Vec<u64>> =
        atoms.iter().map(|atom| atom.iter().map(|x| x.rem_euclid(PRIME as i64) as u64).collect()).collect();
    for size in 1..=most.min(atoms.len()) {
        let mut search = Search { atoms, reduced: &reduced, chosen: Vec::new(), basis: Vec::new(), size };
        if search.descend(0) {
            return Ok(Some(search.chosen));
        }
    }
    Ok(None)
}

struct Search<'a> {
    atoms: &'a [Vec<i64>],
    reduced: &'a [Vec<u64>],
    chosen: Vec<usize>,
    /// The chosen atoms in echelon form modulo the prime: the pivot's row, and the vector with 1 there.
    basis: Vec<(usize, Vec<u64>)>,
    size: usize,
}

impl Search<'_> {
    fn descend(&mut self, from: usize) -> bool {
        for next in from..self.atoms.len() {
            self.chosen.push(next);
            let mut rest = self.reduced[next].clone();
            for (pivot, vector) in &self.basis {
                let factor = PRIME - rest[*pivot];
                if factor != PRIME {
                    for (x, y) in rest.iter_mut().zip(vector) {
                        *x = (*x + factor * y) % PRIME;
                    }
                }
            }
            match rest.iter().position(|x| *x != 0) {
                None if dependent(self.chosen.iter().map(|&i| &self.atoms[i])) => return true,
                // Independent, although not modulo the prime: the search below goes without this vector's help.
                None if self.chosen.len() < self.size && self.descend(next + 1) => return true,
                Some(pivot) if self.chosen.len() < self.size => {
                    let inverse = power(rest[pivot], PRIME - 2);
                    for x in &mut rest {
                        *x = *x * inverse % PRIME;
                    }
                    self.basis.push((pivot, rest));
                    if self.descend(next + 1) {
                        return true;
                    }
                    self.basis.pop();
                }
                _ => (),
            }
            self.chosen.pop();
        }
        false
    }
}

fn power(mut base: u64, mut exponent: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent >>= 1;
    }
    result
}

/// Gaussian elimination over the rationals.
fn dependent<'a>(atoms: impl Iterator<Item = &'a Vec<i64>>) -> bool {
    let mut basis: Vec<(usize, Vec<BigRational>)> = Vec::new();
    for atom in atoms {
        let mut rest: Vec<BigRational> = atom.iter().map(|&x| BigRational::from_integer(x.into())).collect();
        for (pivot, vector) in &basis {
            let factor = &rest[*pivot] / &vector[*pivot];
            for (x, y) in rest.iter_mut().zip(vector) {
                *x -= &factor * y;
            }
        }
        match rest.iter().position(|x| !x.is_zero()) {
            None => return true,
            Some(pivot) => basis.push((pivot, rest)),
        }
    }
    false
}

/// Sylvester's Hadamard matrix beside the identity, as integer columns.
///
/// # Errors
/// When `n` is no power of two.
pub fn spikes_and_hadamard(n: usize) -> Result<Vec<Vec<i64>>, SparkError> {
    if !n.is_power_of_two() {
        return Err(SparkError::Shape(n));
    }
    let spike = |j: usize| (0..n).map(|i| i64::from(i == j)).collect();
    let wave = |j: usize| (0..n).map(|i| if (i & j).count_ones().is_multiple_of(2) { 1 } else { -1 }).collect();
    Ok((0..n).map(spike).chain((0..n).map(wave)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dependent_modulo_the_prime_only_is_not() {
        let prime = PRIME as i64;
        let atoms = vec![vec![prime, 0, 0], vec![0, 1, 0], vec![prime, 1, 0], vec![i64::MIN, 0, 7]];
        assert_eq!(dependent_atoms(&atoms, 2), Ok(None));
        assert_eq!(dependent_atoms(&atoms, 3), Ok(Some(vec![0, 1, 2])));
    }

    #[test]
    fn the_spark_of_spikes_and_hadamard_atoms() {
        let four = spikes_and_hadamard(4).unwrap();
        assert_eq!(dependent_atoms(&four, 3), Ok(None));
        assert_eq!(dependent_atoms(&four, 4), Ok(Some(vec![0, 1, 4, 6])));
    }

    #[test]
    fn what_cannot_be_searched_is_refused() {
        assert_eq!(dependent_atoms(&[], 1), Err(SparkError::Shape(0)));
        assert_eq!(dependent_atoms(&[vec![1], vec![1, 2]], 1), Err(SparkError::Shape(1)));
        assert!(dependent_atoms(&vec![vec![1; 3]; 1000], 1000).is_err());
    }
}
