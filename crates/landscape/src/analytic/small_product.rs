//! Products of matrices of a few rows and columns, without allocation: what the inner loops of linear networks need.

use crate::scalar::Scalar;

/// A matrix that is read from a slice, by columns or, transposed, by rows.
#[derive(Clone, Copy)]
pub(super) struct View<'a, S> {
    entries: &'a [S],
    rows: usize,
    columns: usize,
    /// Distances between neighbours in a column and in a row.
    strides: (usize, usize),
}

impl<'a, S> View<'a, S> {
    /// The `rows × columns` matrix that the slice lists by columns.
    pub(super) fn new(entries: &'a [S], rows: usize, columns: usize) -> Self {
        debug_assert_eq!(entries.len(), rows * columns);
        Self { entries, rows, columns, strides: (1, rows) }
    }

    /// The transpose, of the same entries.
    pub(super) fn transposed(self) -> Self {
        let (down, right) = self.strides;
        Self { entries: self.entries, rows: self.columns, columns: self.rows, strides: (right, down) }
    }
}

/// Adds `factor · A B` to the matrix that `sum` lists by columns.
pub(super) fn add_product<S: Scalar>(sum: &mut [S], factor: f64, a: View<'_, S>, b: View<'_, S>) {
    debug_assert_eq!(a.columns, b.rows);
    debug_assert_eq!(sum.len(), a.rows * b.columns);
    for (j, column) in sum.chunks_exact_mut(a.rows).enumerate() {
        for k in 0..a.columns {
            let weight = S::constant(factor) * b.entries[k * b.strides.0 + j * b.strides.1];
            let start = k * a.strides.1;
            for (i, entry) in column.iter_mut().enumerate() {
                *entry = *entry + weight * a.entries[start + i * a.strides.0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::DMatrix;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_product(
            (m, k, n) in (1usize..5, 1usize..5, 1usize..5),
            entries in prop::collection::vec(-2i32..=2, 32),
            turned in any::<(bool, bool)>(),
        ) {
            let entries: Vec<f64> = entries.into_iter().map(f64::from).collect();
            let (left, right) = (&entries[..m * k], &entries[16..16 + k * n]);
            let a = if turned.0 { View::new(left, k, m).transposed() } else { View::new(left, m, k) };
            let b = if turned.1 { View::new(right, n, k).transposed() } else { View::new(right, k, n) };
            let dense = |entries: &[f64], rows, columns, turned| {
                if turned {
                    DMatrix::from_row_slice(rows, columns, entries)
                } else {
                    DMatrix::from_column_slice(rows, columns, entries)
                }
            };
            let mut sum = vec![1.0; m * n];
            add_product(&mut sum, 3.0, a, b);
            let product = dense(left, m, k, turned.0) * dense(right, k, n, turned.1);
            let expected = product * 3.0 + DMatrix::repeat(m, n, 1.0);
            prop_assert_eq!(sum.as_slice(), expected.as_slice());
        }
    }
}
