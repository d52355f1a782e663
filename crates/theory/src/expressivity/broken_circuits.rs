//! Whitney's count of the regions of a central arrangement, by sets of vectors that contain no broken circuit.

use std::rc::Rc;

use num_bigint::BigInt;
use num_traits::Zero;

use super::separation::reduced;

/// The sets of vectors without a broken circuit: independent sets in whose span no vector lies that comes after all
/// members which span it. Given one at a time, by their size.
///
/// # Formula
/// Let $w_k$ be the number of such sets of $k$ vectors, in any one order. The hyperplanes $\{w : \langle w,v_i\rangle = 0\}$
/// divide the space into
/// $$\sum_kw_k = \lvert\chi(-1)\rvert,\qquad \chi(t)=\sum_k(-1)^kw_kt^{D-k}=\sum_S(-1)^{\lvert S\rvert}t^{D-\operatorname{rank}S}$$
/// regions: in the sum over all subsets $S$ those which contain a broken circuit cancel in pairs.
///
/// # Reference
/// Whitney, A logical expansion in mathematics, 1932; Winder, Partitions of N-space by hyperplanes, 1966; Zaslavsky, *Facing
/// up to arrangements*, 1975, theorem A.
///
/// # Example
/// ```
/// use saddlepoint_theory::expressivity::dichotomies::Vectors;
///
/// // Three lines through the origin of the plane: 1 + 3 + 2 regions.
/// let lines = Vectors::new(vec![vec![1, 0], vec![0, 1], vec![1, 1]])?;
/// let mut sizes: Vec<usize> = lines.without_broken_circuit().collect();
/// sizes.sort();
/// assert_eq!(sizes, [0, 1, 1, 1, 2, 2]);
/// # Ok::<(), saddlepoint_theory::expressivity::separation::SeparationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct WithoutBrokenCircuit<'a> {
    vectors: &'a [Vec<i64>],
    /// Sets of the first so many vectors that are still to be continued, by their span.
    stack: Vec<(usize, Span)>,
}

impl<'a> WithoutBrokenCircuit<'a> {
    pub(super) fn of(vectors: &'a [Vec<i64>]) -> Self {
        Self { vectors, stack: vec![(0, Span::default())] }
    }
}

impl Iterator for WithoutBrokenCircuit<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while let Some((decided, span)) = self.stack.pop() {
            let Some(vector) = self.vectors.get(decided) else { return Some(span.dimension()) };
            // A vector in the span of earlier ones closes a circuit: with it or without, the terms of the sum cancel.
            if let Some(larger) = span.with(vector) {
                self.stack.push((decided + 1, larger));
                self.stack.push((decided + 1, span));
            }
        }
        None
    }
}

/// A space spanned by integer vectors, in echelon form and shared between sets that begin alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Span {
    /// Rows with the column of an entry that is zero in all later rows.
    rows: Vec<Rc<(usize, Vec<BigInt>)>>,
}

impl Span {
    pub(super) fn dimension(&self) -> usize {
        self.rows.len()
    }

    /// The space with one dimension more; nothing if the vector is in it already.
    pub(super) fn with(&self, vector: &[i64]) -> Option<Span> {
        let mut rest: Vec<BigInt> = vector.iter().map(|&entry| entry.into()).collect();
        for row in &self.rows {
            let (pivot, row) = &**row;
            if rest[*pivot].is_zero() {
                continue;
            }
            let (keep, drop) = (&row[*pivot], rest[*pivot].clone());
            for (entry, other) in rest.iter_mut().zip(row) {
                *entry = &*entry * keep - other * &drop;
            }
        }
        let pivot = rest.iter().position(|entry| !entry.is_zero())?;
        let mut larger = self.clone();
        larger.rows.push(Rc::new((pivot, reduced(rest))));
        Some(larger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(vectors: &[Vec<i64>]) -> usize {
        WithoutBrokenCircuit::of(vectors).count()
    }

    #[test]
    fn parallel_vectors_count_once_and_zero_leaves_nothing() {
        assert_eq!(count(&[]), 1);
        assert_eq!(count(&[vec![1, 2], vec![-2, -4], vec![3, 6]]), 2);
        assert_eq!(count(&[vec![1, 2], vec![0, 0]]), 0);
        assert_eq!(count(&[vec![i64::MAX, i64::MIN], vec![i64::MIN, i64::MAX], vec![1, -1]]), 6);
    }

    #[test]
    fn axes_divide_into_orthants() {
        let axes: Vec<Vec<i64>> = (0..6).map(|i| (0..6).map(|j| i64::from(i == j)).collect()).collect();
        assert_eq!(count(&axes), 64);
    }
}
