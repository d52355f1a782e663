//! Blocks of vectors made orthogonal to a basis, and to each other, in as few passes over the basis as it takes.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};
use rayon::prelude::*;

use super::vectors::{add_combination_chunk, chunks, chunks_mut, divide, dot_chunk, norm};

/// `Bᵀ W`, a row for each vector of the basis `B` and a column for each of the block `W`, in one pass over both.
pub(crate) fn inner_products(basis: &[f64], n: usize, block: &[f64]) -> DMatrix<f64> {
    let n = n.max(1);
    let (vectors, width) = (basis.len() / n, block.len() / n);
    let partials = chunks(n, |rows| {
        let mut partial = Vec::with_capacity(vectors * width);
        for v in basis.chunks_exact(n) {
            let v = &v[rows.clone()];
            partial.extend(block.chunks_exact(n).map(|w| dot_chunk(v, &w[rows.clone()])));
        }
        partial
    });
    let mut products = vec![0.0; vectors * width];
    for partial in &partials {
        products.iter_mut().zip(partial).for_each(|(sum, part)| *sum += part);
    }
    DMatrix::from_row_slice(vectors, width, &products)
}

/// `W -= B C`, in one pass over the basis `B` whatever the size of the block `W`.
pub(crate) fn subtract(basis: &[f64], n: usize, components: &DMatrix<f64>, block: &mut [f64]) {
    chunks_mut(block, n, |rows, block| {
        for (w, components) in block.iter_mut().zip(components.column_iter()) {
            let vectors = basis.chunks_exact(n.max(1)).map(|v| &v[rows.clone()]);
            add_combination_chunk(w, components.iter().map(|component| -component).zip(vectors));
        }
    });
}

/// Removes from the vectors of `block` their components along an orthonormal basis, and returns them, a column a vector:
/// one pass of classical Gram-Schmidt.
pub(crate) fn project_out(basis: &[f64], n: usize, block: &mut [f64]) -> DMatrix<f64> {
    let components = inner_products(basis, n, block);
    if !components.is_empty() {
        subtract(basis, n, &components, block);
    }
    components
}

/// Makes the vectors of `block` orthogonal to an orthonormal basis; returns their components along it, a column a vector,
/// and the lengths of what is left.
///
/// # Formula
/// The first pass removes the components from vector `linked` on, which a recurrence says are the only ones; the next,
/// against the whole basis, removes what rounding made of the others. A pass that shortens no vector by half leaves
/// components of the order of rounding (Kahan's "twice is enough"); otherwise it is repeated.
///
/// # Reference
/// Parlett, The Symmetric Eigenvalue Problem (1980), section 6-9; Giraud, Langou, Rozložník and van den Eshof, Numer.
/// Math. 101 (2005), 87-100.
pub(crate) fn orthogonalize(
    basis: &[f64],
    n: usize,
    linked: usize,
    block: &mut [f64],
) -> (DMatrix<f64>, Vec<f64>) {
    let lengths = |block: &[f64]| block.chunks_exact(n.max(1)).map(norm).collect::<Vec<f64>>();
    let first = project_out(&basis[linked * n..], n, block);
    let mut components = first.insert_rows(0, linked, 0.0);
    let mut before = lengths(block);
    for _ in 0..3 {
        components += project_out(basis, n, block);
        let after = lengths(block);
        let settled = after.iter().zip(&before).all(|(after, before)| *after >= 0.5 * before);
        before = after;
        if settled {
            break;
        }
    }
    (components, before)
}

/// Replaces a block that is orthogonal to the basis by orthonormal vectors that span it; returns the factor: what the block
/// was is the vectors times that. The block begins with as many vectors as the factor has rows; the rest of it means nothing.
///
/// What is not longer than `negligible` beside the vectors before it is left out: the block has a smaller rank.
pub(crate) fn orthonormalize(basis: &[f64], n: usize, block: &mut [f64], negligible: f64) -> DMatrix<f64> {
    let width = block.len() / n.max(1);
    let mut factor = DMatrix::zeros(width, width);
    let mut rank = 0;
    for j in 0..width {
        let (before, rest) = block.split_at_mut(j * n);
        let (vectors, w) = (&before[..rank * n], &mut rest[..n]);
        let mut length = norm(w);
        if rank > 0 {
            let (mut components, lengths) = orthogonalize(vectors, n, 0, w);
            let leaning = lengths[0] < 0.5 * length;
            length = lengths[0];
            if leaning {
                // What is left of a long vector carries its rounding along the basis.
                project_out(basis, n, w);
                components += project_out(vectors, n, w);
                length = norm(w);
            }
            factor.view_mut((0, j), (rank, 1)).copy_from(&components);
        }
        if length > negligible {
            divide(w, length);
            block.copy_within(j * n..(j + 1) * n, rank * n);
            factor[(rank, j)] = length;
            rank += 1;
        }
    }
    factor.resize_vertically(rank, 0.0)
}

/// A random unit vector orthogonal to the basis, or none where the basis fills the space.
///
/// The draws count as used even where the first vectors are numerically inside the span: at most three are tried,
/// and a normal vector is that close to a proper subspace with probability zero.
pub(crate) fn fresh(
    basis: &[f64],
    n: usize,
    normal: &mut dyn FnMut() -> f64,
    draws: &mut usize,
) -> Option<Vec<f64>> {
    if n == 0 || basis.len() / n >= n {
        return None;
    }
    for _ in 0..3 {
        let mut v: Vec<f64> = (0..n).map(|_| normal()).collect();
        *draws += n;
        let before = norm(&v);
        if !(before > 0.0 && before.is_finite()) {
            continue;
        }
        divide(&mut v, before);
        let after = if basis.is_empty() { 1.0 } else { orthogonalize(basis, n, 0, &mut v).1[0] };
        if after > 1e3 * f64::EPSILON {
            divide(&mut v, after);
            return Some(v);
        }
    }
    None
}

/// The first vectors of a basis combined with the columns of `coefficients`, vector after vector.
pub(crate) fn combine(basis: &[f64], n: usize, coefficients: &DMatrix<f64>) -> Vec<f64> {
    // Eight vectors a task: the basis is read once for them, and the tasks do not depend on the threads.
    const GROUP: usize = 8;
    let (rows, columns) = coefficients.shape();
    let basis = DMatrixView::from_slice(&basis[..n * rows], n, rows);
    let mut combined = vec![0.0; n * columns];
    combined.par_chunks_mut(GROUP * n.max(1)).enumerate().for_each(|(group, part)| {
        let width = part.len() / n;
        let share = coefficients.columns(group * GROUP, width);
        DMatrixViewMut::from_slice(part, n, width).gemm(1.0, &basis, &share, 0.0);
    });
    combined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::testing::{Stream, on_threads};

    fn normals(count: usize, seed: u64) -> Vec<f64> {
        let mut stream = Stream::new(seed);
        (0..count).map(|_| stream.normal()).collect()
    }

    fn departure(vectors: &[f64], n: usize) -> f64 {
        let v = DMatrixView::from_slice(vectors, n, vectors.len() / n);
        (v.tr_mul(&v) - DMatrix::identity(v.ncols(), v.ncols())).amax()
    }

    #[test]
    fn blocks_that_lean_on_the_basis_and_on_each_other_come_out_orthonormal() {
        let n = 300;
        let mut basis = normals(20 * n, 1);
        orthonormalize(&[], n, &mut basis, 0.0);
        for lean in [1.0, 1e-4, 1e-8, 1e-12] {
            // Each vector is one of the basis, and one of the block, but for a small part.
            let mut block = normals(3 * n, 2);
            for j in 0..3 {
                for i in 0..n {
                    block[j * n + i] = basis[i] + basis[7 * n + i] + lean * block[j * n + i];
                }
            }
            let original = block.clone();
            let (components, _) = orthogonalize(&basis, n, 0, &mut block);
            let factor = orthonormalize(&basis, n, &mut block, 0.0);
            let all: Vec<f64> = basis.iter().chain(&block).copied().collect();
            assert!(departure(&all, n) < 1e-14, "{lean}: {:e}", departure(&all, n));
            let again = DMatrixView::from_slice(&basis, n, 20) * components
                + DMatrixView::from_slice(&block, n, 3) * factor;
            assert!((again - DMatrixView::from_slice(&original, n, 3)).amax() < 1e-14);
        }
    }

    #[test]
    fn dependent_vectors_are_left_out_and_the_factor_says_so() {
        let n = 50;
        let mut block = normals(2 * n, 3);
        let sum: Vec<f64> = block[..n].iter().zip(&block[n..]).map(|(x, y)| x + y).collect();
        block.splice(n..n, sum);
        let original = block.clone();
        let factor = orthonormalize(&[], n, &mut block, 1e-12);
        assert_eq!(factor.shape(), (2, 3));
        let again = DMatrixView::from_slice(&block, n, 2) * factor;
        assert!((again - DMatrixView::from_slice(&original, n, 3)).amax() < 1e-13);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let n = 40_000;
        let all = || {
            let mut basis = normals(9 * n, 4);
            let factor = orthonormalize(&[], n, &mut basis, 0.0);
            let mut block = normals(3 * n, 5);
            let components = project_out(&basis, n, &mut block);
            (combine(&basis, n, &factor), components, block)
        };
        let one = on_threads(1, all);
        assert!(on_threads(2, all) == one && on_threads(5, all) == one);
        assert_eq!(one.1.shape(), (9, 3));
    }
}
