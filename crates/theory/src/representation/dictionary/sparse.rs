//! Dictionaries whose atoms have few entries, among them the lines over a prime field.

use saddlepoint_rigor::{Interval, Rounding, Up};

use super::{Dictionary, DictionaryError, GramBounds, same_length};

/// A dictionary whose atoms have few entries.
#[derive(Debug, Clone)]
pub struct SparseDictionary {
    rows: usize,
    atoms: Vec<Vec<(usize, f64)>>,
    gram: GramBounds,
    squared_norm: f64,
}

/// The most rows: the lists of their atoms begin with 96 MiB.
pub(super) const MOST_ROWS: usize = 1 << 22;

impl SparseDictionary {
    /// Atoms as lists of `(row, entry)`.
    ///
    /// # Errors
    /// When there are no atoms or too many rows, an atom is zero or refers to a row twice or outside, an entry is not finite, or products overflow.
    pub fn new(rows: usize, atoms: Vec<Vec<(usize, f64)>>) -> Result<Self, DictionaryError> {
        if rows == 0 || atoms.is_empty() {
            return Err(DictionaryError::Empty(rows, atoms.len()));
        }
        if rows > MOST_ROWS {
            return Err(DictionaryError::Rows(rows));
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
