//! Dictionaries: matrices whose columns, the atoms, signals are sums of.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::{Interval, IntervalMatrix, Rounding, Up, dot};

use crate::capacity::norms::spectral;

/// Why something is no dictionary, or does not fit one.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum DictionaryError {
    /// Not one atom, or atoms without an entry.
    #[error("a dictionary of {0} rows and {1} atoms: it needs at least one of both")]
    Empty(usize, usize),
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

/// A dictionary that is a matrix in memory.
#[derive(Debug, Clone)]
pub struct DenseDictionary {
    matrix: DMatrix<f64>,
    gram: GramBounds,
    squared_norm: f64,
}

impl DenseDictionary {
    /// The columns of a matrix; its Gram matrix is enclosed once.
    ///
    /// # Errors
    /// When it is empty, an entry is not finite, a column is zero, or products overflow.
    pub fn new(matrix: DMatrix<f64>) -> Result<Self, DictionaryError> {
        let (rows, atoms) = matrix.shape();
        if rows == 0 || atoms == 0 {
            return Err(DictionaryError::Empty(rows, atoms));
        }
        if let Some(at) = matrix.iter().position(|x| !x.is_finite()) {
            return Err(DictionaryError::NotFinite(at % rows, at / rows));
        }
        let column = |j: usize| &matrix.as_slice()[j * rows..(j + 1) * rows];
        let (mut least, mut largest, mut product) = (f64::INFINITY, 0.0f64, 0.0f64);
        for i in 0..atoms {
            let square = dot(column(i), column(i));
            if !square.high().is_finite() {
                return Err(DictionaryError::Overflow);
            }
            if square.low() <= 0.0 {
                return Err(DictionaryError::ZeroAtom(i, square.low()));
            }
            (least, largest) = (least.min(square.low()), largest.max(square.high()));
            for j in 0..i {
                let enclosed = dot(column(i), column(j));
                product = product.max(enclosed.high().max(-enclosed.low()));
            }
        }
        let gram = GramBounds::new(least, largest, product).map_err(|_| DictionaryError::Overflow)?;
        let entries = matrix.transpose().as_slice().to_vec();
        let norm = IntervalMatrix::from_rows(rows, atoms, entries)
            .ok()
            .and_then(|matrix| spectral(&matrix).ok())
            .ok_or(DictionaryError::Overflow)?
            .high();
        let squared_norm = Up::mul(norm, norm);
        if squared_norm.is_finite() {
            Ok(Self { matrix, gram, squared_norm })
        } else {
            Err(DictionaryError::Overflow)
        }
    }

    /// The matrix.
    pub fn matrix(&self) -> &DMatrix<f64> {
        &self.matrix
    }
}

impl Dictionary for DenseDictionary {
    fn rows(&self) -> usize {
        self.matrix.nrows()
    }

    fn atoms(&self) -> usize {
        self.matrix.ncols()
    }

    fn gram_bounds(&self) -> GramBounds {
        self.gram
    }

    fn squared_norm(&self) -> f64 {
        self.squared_norm
    }

    fn synthesize(&self, code: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(code.len(), self.atoms())?;
        Ok((&self.matrix * DVector::from_column_slice(code)).as_slice().to_vec())
    }

    fn correlate(&self, signal: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(signal.len(), self.rows())?;
        Ok(self.matrix.tr_mul(&DVector::from_column_slice(signal)).as_slice().to_vec())
    }
}

/// Unit spikes and the columns of Sylvester's Hadamard matrix over `√n`: coherence `1/√n`, the least that two bases have.
///
/// # Formula
/// $D = [\,I,\ H/\sqrt n\,]$, $DD^\top = 2I$. For $n$ a power of 4 all entries are powers of two and all atoms exactly unit.
///
/// # Reference
/// Donoho and Huo, Uncertainty principles and ideal atomic decomposition, IEEE Transactions on Information Theory 47, 2001.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpikesAndHadamard(usize);

impl SpikesAndHadamard {
    /// For signals of `n` entries.
    ///
    /// # Errors
    /// When `n` is no power of 4, or above 2²⁴.
    pub fn new(n: usize) -> Result<Self, DictionaryError> {
        let power_of_four = n.is_power_of_two() && n.trailing_zeros().is_multiple_of(2);
        if power_of_four && n <= 1 << 24 { Ok(Self(n)) } else { Err(DictionaryError::NotPowerOfFour(n)) }
    }

    fn transform(self, data: &mut [f64]) {
        walsh_hadamard(data);
        let scale = (self.0 as f64).sqrt().recip();
        for x in data {
            *x *= scale;
        }
    }
}

impl Dictionary for SpikesAndHadamard {
    fn rows(&self) -> usize {
        self.0
    }

    fn atoms(&self) -> usize {
        2 * self.0
    }

    fn gram_bounds(&self) -> GramBounds {
        // A power of two: exact. For n = 1 both atoms are the same.
        GramBounds { least: 1.0, largest: 1.0, product: (self.0 as f64).sqrt().recip() }
    }

    fn squared_norm(&self) -> f64 {
        2.0
    }

    fn synthesize(&self, code: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(code.len(), self.atoms())?;
        let (spikes, waves) = code.split_at(self.0);
        let mut signal = waves.to_vec();
        self.transform(&mut signal);
        for (x, spike) in signal.iter_mut().zip(spikes) {
            *x += spike;
        }
        Ok(signal)
    }

    fn correlate(&self, signal: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(signal.len(), self.rows())?;
        let mut code = [signal, signal].concat();
        self.transform(&mut code[self.0..]);
        Ok(code)
    }
}

/// Multiplies by Sylvester's Hadamard matrix in place, in `n log n` additions.
fn walsh_hadamard(data: &mut [f64]) {
    let mut half = 1;
    while half < data.len() {
        for block in data.chunks_exact_mut(2 * half) {
            let (a, b) = block.split_at_mut(half);
            for (x, y) in a.iter_mut().zip(b) {
                (*x, *y) = (*x + *y, *x - *y);
            }
        }
        half *= 2;
    }
}

/// A dictionary whose atoms have few entries.
#[derive(Debug, Clone)]
pub struct SparseDictionary {
    rows: usize,
    atoms: Vec<Vec<(usize, f64)>>,
    gram: GramBounds,
    squared_norm: f64,
}

impl SparseDictionary {
    /// Atoms as lists of `(row, entry)`.
    ///
    /// # Errors
    /// When there is no atom, one is zero or refers to a row twice or outside, an entry is not finite, or products overflow.
    pub fn new(rows: usize, atoms: Vec<Vec<(usize, f64)>>) -> Result<Self, DictionaryError> {
        if rows == 0 || atoms.is_empty() {
            return Err(DictionaryError::Empty(rows, atoms.len()));
        }
        let mut by_row: Vec<Vec<(usize, f64)>> = vec![Vec::new(); rows];
        for (i, atom) in atoms.iter().enumerate() {
            for (at, &(row, entry)) in atom.iter().enumerate() {
                if !entry.is_finite() {
                    return Err(DictionaryError::NotFinite(at, i));
                }
                match by_row.get_mut(row) {
                    Some(list) if list.last().is_none_or(|(last, _)| *last != i) => list.push((i, entry)),
                    _ => return Err(DictionaryError::Row(i, row)),
                }
            }
        }
        let zero = Interval::between(0.0, 0.0);
        let (mut least, mut largest, mut product, mut row_sum) = (f64::INFINITY, 0.0f64, 0.0f64, 0.0f64);
        // One row of the Gram matrix at a time; `touched` says what to clear.
        let (mut products, mut touched) = (vec![zero; atoms.len()], Vec::new());
        for (i, atom) in atoms.iter().enumerate() {
            for &(row, entry) in atom {
                for &(j, other) in &by_row[row] {
                    products[j] =
                        products[j] + Interval::between(entry, entry) * Interval::between(other, other);
                    touched.push(j);
                }
            }
            let square = std::mem::replace(&mut products[i], zero);
            if !square.high().is_finite() {
                return Err(DictionaryError::Overflow);
            }
            if square.low() <= 0.0 {
                return Err(DictionaryError::ZeroAtom(i, square.low()));
            }
            (least, largest) = (least.min(square.low()), largest.max(square.high()));
            let mut sum = square.high();
            for j in touched.drain(..) {
                let enclosed = std::mem::replace(&mut products[j], zero);
                let magnitude = enclosed.high().max(-enclosed.low());
                product = product.max(magnitude);
                sum = Up::add(sum, magnitude);
            }
            row_sum = row_sum.max(sum);
        }
        let gram = GramBounds::new(least, largest, product).map_err(|_| DictionaryError::Overflow)?;
        if row_sum.is_finite() {
            // Gershgorin: no eigenvalue of the Gram matrix exceeds its largest absolute row sum.
            Ok(Self { rows, atoms, gram, squared_norm: row_sum })
        } else {
            Err(DictionaryError::Overflow)
        }
    }

    /// Lines over a prime field as atoms: `weight` entries of magnitude `1/√weight` each, two atoms share at most one row.
    ///
    /// # Formula
    /// For a prime $q$ and $s \le q$ rows blocks of size $q$, the atom of slope $a$ and intercept $c$ has an entry in each block
    /// $b<s$, at $(ab+c) \bmod q$. Two lines meet at most once, so the coherence is at most $1/s$. `sign` is asked once for each
    /// entry, atom by atom.
    ///
    /// # Errors
    /// When the largest prime `q` with `weight · q ≤ rows` is below `weight`, or there are more than `q²` atoms asked for.
    pub fn lines(
        rows: usize,
        weight: usize,
        count: usize,
        sign: &mut impl FnMut() -> f64,
    ) -> Result<Self, DictionaryError> {
        let field = rows.checked_div(weight).and_then(|most| (2..=most).rev().find(|&q| is_prime(q)));
        let Some(q) = field.filter(|&q| q >= weight && count <= q * q) else {
            return Err(DictionaryError::Empty(rows, count));
        };
        let magnitude = (weight as f64).sqrt().recip();
        let atoms = (0..count)
            .map(|i| {
                let (slope, intercept) = (i / q, i % q);
                (0..weight).map(|b| (b * q + (slope * b + intercept) % q, magnitude.copysign(sign()))).collect()
            })
            .collect();
        Self::new(rows, atoms)
    }
}

fn is_prime(n: usize) -> bool {
    n >= 2 && (2..=n.isqrt()).all(|d| !n.is_multiple_of(d))
}

impl Dictionary for SparseDictionary {
    fn rows(&self) -> usize {
        self.rows
    }

    fn atoms(&self) -> usize {
        self.atoms.len()
    }

    fn gram_bounds(&self) -> GramBounds {
        self.gram
    }

    fn squared_norm(&self) -> f64 {
        self.squared_norm
    }

    fn synthesize(&self, code: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(code.len(), self.atoms())?;
        let mut signal = vec![0.0; self.rows];
        for (atom, &weight) in self.atoms.iter().zip(code).filter(|(_, weight)| **weight != 0.0) {
            for &(row, entry) in atom {
                signal[row] += weight * entry;
            }
        }
        Ok(signal)
    }

    fn correlate(&self, signal: &[f64]) -> Result<Vec<f64>, DictionaryError> {
        same_length(signal.len(), self.rows())?;
        let product = |atom: &Vec<(usize, f64)>| atom.iter().map(|&(row, entry)| entry * signal[row]).sum();
        Ok(self.atoms.iter().map(product).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
