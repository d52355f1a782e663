//! Dictionaries that are matrices in memory.

use nalgebra::{DMatrix, DVector};
use saddlepoint_rigor::{IntervalMatrix, Rounding, Up, dot};

use super::{Dictionary, DictionaryError, GramBounds, same_length};
use crate::capacity::norms::spectral;

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
