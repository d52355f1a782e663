//! Dictionaries: matrices whose columns, the atoms, signals are sums of.

mod dense;
mod hadamard;
mod sparse;

pub use dense::DenseDictionary;
pub use hadamard::SpikesAndHadamard;
use saddlepoint_rigor::{Rounding, Up};
pub use sparse::SparseDictionary;

/// Why something is no dictionary, or does not fit one.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DictionaryError {
    /// Not one atom, or atoms without an entry.
    #[error("a dictionary of {0} rows and {1} atoms: it needs at least one of both")]
    Empty(usize, usize),
    /// More rows than are kept.
    #[error("a dictionary of {0} rows: sparse ones have at most {most}", most = sparse::MOST_ROWS)]
    Rows(usize),
    /// An entry is NaN or infinite.
    #[error("entry {0} of atom {1} is not finite")]
    NotFinite(usize, usize),
    /// An atom is zero, or so small that its squared norm is not a positive number.
    #[error("atom {0} has a squared norm of at least {1}: it must be positive")]
    ZeroAtom(usize, f64),
    /// Products of atoms, or the norm of the matrix, exceed the numbers.
    #[error("the products of atoms overflow")]
    Overflow,
    /// Another length than the dictionary's.
    #[error("{found} numbers where the dictionary has {expected}")]
    Length {
        /// What was given.
        found: usize,
        /// What fits.
        expected: usize,
    },
    /// The Hadamard transform of this size has no exactly unit atoms in binary.
    #[error("spikes and Hadamard atoms of size {0}: the size must be a power of 4, at most 2^24")]
    NotPowerOfFour(usize),
    /// An atom refers to a row that is not there, or to one twice.
    #[error("atom {0} refers to row {1}, which is not among the rows or is named twice")]
    Row(usize, usize),
    /// Gram bounds out of order.
    #[error(
        "Gram bounds: squared norms in [{0}, {1}], products up to {2}; 0 < least ≤ largest and 0 ≤ product are needed"
    )]
    GramBounds(f64, f64, f64),
}

/// What the recovery theorems know of a dictionary: bounds of all entries of its Gram matrix.
///
/// # Formula
/// For all atoms $d_i$, and all $j\ne i$: $c \le \lVert d_i\rVert^2\le C$ and $|\langle d_i,d_j\rangle|\le m$. The textbook has
/// $c=C=1$ and $m=\mu$; floating-point atoms are rarely exactly unit, and theorems that keep $c$ and $C$ need not pretend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GramBounds {
    least: f64,
    largest: f64,
    product: f64,
}

impl GramBounds {
    /// Squared norms in `[least, largest]`, products of different atoms of magnitude at most `product`.
    ///
    /// # Errors
    /// When `0 < least ≤ largest` or `0 ≤ product` does not hold, or one is not finite.
    pub fn new(least: f64, largest: f64, product: f64) -> Result<Self, DictionaryError> {
        let finite = largest.is_finite() && product.is_finite();
        if least > 0.0 && largest >= least && product >= 0.0 && finite {
            Ok(Self { least, largest, product: product + 0.0 })
        } else {
            Err(DictionaryError::GramBounds(least, largest, product))
        }
    }

    /// Exactly unit atoms of mutual coherence at most `mu`.
    ///
    /// # Errors
    /// When `mu` is negative, infinite or NaN.
    pub fn unit(mu: f64) -> Result<Self, DictionaryError> {
        Self::new(1.0, 1.0, mu)
    }

    /// `c`, a lower bound of the squared norms.
    pub fn least(self) -> f64 {
        self.least
    }

    /// `C`, an upper bound of the squared norms.
    pub fn largest(self) -> f64 {
        self.largest
    }

    /// `m`, an upper bound of the products of different atoms.
    pub fn product(self) -> f64 {
        self.product
    }

    /// An upper bound of the mutual coherence `max |⟨d_i, d_j⟩| / (‖d_i‖ ‖d_j‖)`: `m / c`, rounded up.
    pub fn coherence(self) -> f64 {
        Up::div(self.product, self.least)
    }

    /// How far a squared norm can be from 1, rounded up.
    pub(crate) fn distance_from_unit(self) -> f64 {
        Up::sub(self.largest, 1.0).max(Up::sub(1.0, self.least)).max(0.0)
    }
}

/// A dictionary as a linear map, which need not be a matrix in memory.
pub trait Dictionary {
    /// Length of a signal.
    fn rows(&self) -> usize;

    /// Number of atoms.
    fn atoms(&self) -> usize;

    /// Bounds of its Gram matrix.
    fn gram_bounds(&self) -> GramBounds;

    /// An upper bound of `‖D‖²`.
    fn squared_norm(&self) -> f64;

    /// The signal `D γ`.
    ///
    /// # Errors
    /// When there are not as many coefficients as atoms.
    fn synthesize(&self, code: &[f64]) -> Result<Vec<f64>, DictionaryError>;

    /// The products `Dᵀ y` of a signal with all atoms.
    ///
    /// # Errors
    /// When the signal has not as many entries as the dictionary rows.
    fn correlate(&self, signal: &[f64]) -> Result<Vec<f64>, DictionaryError>;
}

fn same_length(found: usize, expected: usize) -> Result<(), DictionaryError> {
    if found == expected { Ok(()) } else { Err(DictionaryError::Length { found, expected }) }
}

#[cfg(test)]
mod tests {
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    use super::*;

    fn dense(dictionary: &impl Dictionary) -> DMatrix<f64> {
        let columns: Vec<f64> = (0..dictionary.atoms())
            .flat_map(|j| {
                let code: Vec<f64> = (0..dictionary.atoms()).map(|i| f64::from(u8::from(i == j))).collect();
                dictionary.synthesize(&code).unwrap()
            })
            .collect();
        DMatrix::from_column_slice(dictionary.rows(), dictionary.atoms(), &columns)
    }

    #[test]
    fn implicit_dictionaries_are_their_matrices() {
        let lines = SparseDictionary::lines(23, 3, 49, &mut || 1.0).unwrap();
        let spikes = SpikesAndHadamard::new(16).unwrap();
        let check = |dictionary: &dyn Dictionary, matrix: DMatrix<f64>| {
            let same = DenseDictionary::new(matrix).unwrap();
            let signal: Vec<f64> = (0..dictionary.rows()).map(|i| (i * i % 7) as f64 - 3.0).collect();
            let difference =
                |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
            let (a, b) = (dictionary.correlate(&signal).unwrap(), same.correlate(&signal).unwrap());
            assert!(difference(&a, &b) < 1e-13);
            assert!(dictionary.gram_bounds().product() >= same.gram_bounds().product() - 1e-15);
            assert!(dictionary.gram_bounds().product() <= same.gram_bounds().product() + 1e-15);
            assert!(dictionary.squared_norm() >= same.squared_norm() - 1e-12);
        };
        check(&lines, dense(&lines));
        check(&spikes, dense(&spikes));
        assert!((lines.gram_bounds().coherence() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(spikes.gram_bounds(), GramBounds::unit(0.25).unwrap());
    }

    #[test]
    fn what_is_no_dictionary_is_refused() {
        assert!(matches!(DenseDictionary::new(DMatrix::zeros(2, 2)), Err(DictionaryError::ZeroAtom(0, _))));
        let nan = DMatrix::from_element(2, 2, f64::NAN);
        assert!(matches!(DenseDictionary::new(nan), Err(DictionaryError::NotFinite(0, 0))));
        assert!(matches!(
            DenseDictionary::new(DMatrix::from_element(1, 1, 1e300)),
            Err(DictionaryError::Overflow)
        ));
        assert!(SpikesAndHadamard::new(8).is_err());
        let twice = vec![vec![(0, 1.0), (0, 1.0)]];
        assert!(matches!(SparseDictionary::new(1, twice), Err(DictionaryError::Row(0, 0))));
        assert!(SpikesAndHadamard::new(4).unwrap().correlate(&[1.0]).is_err());
        assert!(SparseDictionary::lines(10, 0, 1, &mut || 1.0).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bits_are_bounded_or_refused(bits in prop::collection::vec(any::<u64>(), 6)) {
            let matrix = DMatrix::from_iterator(2, 3, bits.into_iter().map(f64::from_bits));
            if let Ok(dictionary) = DenseDictionary::new(matrix) {
                let gram = dictionary.gram_bounds();
                prop_assert!(gram.least() > 0.0 && gram.largest().is_finite() && gram.product() >= 0.0);
                prop_assert!(dictionary.squared_norm().is_finite());
            }
        }
    }
}
