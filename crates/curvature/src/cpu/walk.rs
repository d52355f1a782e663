//! Entrywise maps of strided arrays, a block of a row at a time.

use rayon::prelude::*;

use super::array::Array;

/// Entries of a block: a few blocks fit in the first-level cache.
const BLOCK: usize = 1024;
/// Entries of a task: enough to pay for handing it to another thread. Fixed, so that no result depends on threads.
const TASK: usize = 64 * BLOCK;

/// The order in which operands of one shape are read: neighbouring dimensions that all operands step through evenly
/// become one.
pub(crate) struct Walk {
    /// Sizes of the outer dimensions, and each operand's stride along each.
    outer: Vec<(usize, Vec<usize>)>,
    /// Number of rows in a stack of rows, and each operand's stride from row to row.
    rows: usize,
    between: Vec<usize>,
    /// Length of a row, and each operand's stride in it.
    length: usize,
    within: Vec<usize>,
}

/// Some neighbouring entries of some rows of a stack.
#[derive(Clone, Copy)]
pub(crate) struct Block<'w> {
    walk: &'w Walk,
    offsets: &'w [usize],
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
}

impl Block<'_> {
    /// The entries of an operand: as they stand if they are neighbours, else copied.
    pub(crate) fn of<'a, E: Copy>(&self, operand: usize, data: &'a [E], copy: &'a mut Vec<E>) -> &'a [E] {
        let (between, within) = (self.walk.between[operand], self.walk.within[operand]);
        let start = self.offsets[operand] + self.row * between + self.column * within;
        let (rows, columns) = (self.rows, self.columns);
        if within == 1 && (rows == 1 || between == columns) {
            return &data[start..start + rows * columns];
        }
        copy.clear();
        for row in 0..rows {
            let start = start + row * between;
            match within {
                0 => copy.resize(copy.len() + columns, data[start]),
                1 => copy.extend_from_slice(&data[start..start + columns]),
                step => copy.extend(data[start..].iter().step_by(step).take(columns)),
            }
        }
        copy
    }
}

impl Walk {
    pub(crate) fn new(shape: &[usize], strides: &[&[usize]]) -> Self {
        let mut dims: Vec<(usize, Vec<usize>)> = Vec::new();
        for (axis, &size) in shape.iter().enumerate().rev().filter(|&(_, &size)| size != 1) {
            let steps: Vec<usize> = strides.iter().map(|operand| operand[axis]).collect();
            match dims.last_mut() {
                Some((length, inner)) if inner.iter().zip(&steps).all(|(i, s)| i * *length == *s) => {
                    *length *= size;
                }
                _ => dims.push((size, steps)),
            }
        }
        let mut dims = dims.into_iter();
        let (length, within) = dims.next().unwrap_or_else(|| (1, vec![1; strides.len()]));
        let (rows, between) = dims.next().unwrap_or_else(|| (1, vec![0; strides.len()]));
        Self { outer: dims.rev().collect(), rows, between, length, within }
    }

    /// Each operand's offset at the beginning of a stack of rows.
    fn offsets(&self, mut stack: usize) -> Vec<usize> {
        let mut offsets = vec![0; self.within.len()];
        for (size, strides) in self.outer.iter().rev() {
            let index = stack % size;
            stack /= size;
            offsets.iter_mut().zip(strides).for_each(|(offset, stride)| *offset += index * stride);
        }
        offsets
    }

    /// Fills `out` block by block; what `fill` needs for copies is kept from block to block.
    pub(crate) fn fill<E: Send, S: Default>(
        &self,
        parallel: bool,
        out: &mut [E],
        fill: impl Fn(&mut [E], Block<'_>, &mut S) + Sync,
    ) {
        if out.is_empty() {
            return;
        }
        let length = self.length;
        let one_row = self.rows == 1 && self.outer.is_empty();
        // Several rows of a stack make a block where rows are short.
        let together = (BLOCK / length).max(1);
        let task = |(out, first): (&mut [E], usize), from: usize| {
            let mut scratch = S::default();
            let mut row = first;
            let mut rest = out;
            while !rest.is_empty() {
                let (stack, start) = (row / self.rows, row % self.rows);
                let offsets = self.offsets(stack);
                let here = (rest.len().div_ceil(length)).min(self.rows - start);
                let size = (here * length).min(rest.len());
                let (mine, others) = rest.split_at_mut(size);
                let width = length.min(BLOCK);
                for (group, rows) in mine.chunks_mut(together * length).enumerate() {
                    for (block, part) in rows.chunks_mut(together * width).enumerate() {
                        let block = Block {
                            walk: self,
                            offsets: &offsets,
                            row: start + group * together,
                            rows: if together == 1 { 1 } else { part.len() / length },
                            column: from + block * width,
                            columns: if together == 1 { part.len() } else { length },
                        };
                        fill(part, block, &mut scratch);
                    }
                }
                row += here;
                rest = others;
            }
        };
        if !parallel || out.len() <= TASK {
            task((out, 0), 0);
        } else if one_row {
            out.par_chunks_mut(TASK).enumerate().for_each(|(index, part)| task((part, 0), index * TASK));
        } else {
            let group = TASK.div_ceil(length);
            let parts = out.par_chunks_mut(group * length).enumerate();
            parts.for_each(|(index, part)| task((part, index * group), 0));
        }
    }
}

/// The common shape of two arrays, of which dimensions of length one are repeated.
pub(crate) fn common(l: &[usize], r: &[usize]) -> Vec<usize> {
    l.iter().zip(r).map(|(&l, &r)| if l == 1 { r } else { l }).collect()
}

/// `out[i] = f(x[i])`.
pub(crate) fn map<A, E>(parallel: bool, x: &Array<A>, out: &mut [E], f: impl Fn(&[A], &mut [E]) + Sync)
where
    A: Copy + Default + Send + Sync,
    E: Send,
{
    let (walk, data) = (Walk::new(&x.shape, &[&x.strides]), x.tail());
    walk.fill(parallel, out, |out, block, copy: &mut Vec<A>| f(block.of(0, data, copy), out));
}

/// `out[i] = f(x[i], y[i])`, for operands of one shape.
pub(crate) fn zip<A, B, E>(
    parallel: bool,
    (x, y): (&Array<A>, &Array<B>),
    out: &mut [E],
    f: impl Fn(&[A], &[B], &mut [E]) + Sync,
) where
    A: Copy + Default + Send + Sync,
    B: Copy + Default + Send + Sync,
    E: Send,
{
    let walk = Walk::new(&x.shape, &[&x.strides, &y.strides]);
    let (xs, ys) = (x.tail(), y.tail());
    walk.fill(parallel, out, |out, block, (a, b): &mut (Vec<A>, Vec<B>)| {
        f(block.of(0, xs, a), block.of(1, ys, b), out);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every layout against an entry by entry loop.
    #[test]
    fn every_layout_gives_each_entry_once() {
        let a = Array::new((0..60_000).map(f64::from).collect(), &[30, 40, 50]);
        let row = Array::new((0..50).map(|i| f64::from(i) * 1e6).collect(), &[1, 1, 50]);
        let column = Array::new((0..40).map(|i| f64::from(i) * 1e8).collect(), &[1, 40, 1]);
        let views = [
            (a.clone(), row.expanded(&[30, 40, 50])),
            (a.clone(), column.expanded(&[30, 40, 50])),
            (a.permuted(&[2, 1, 0]), column.expanded(&[50, 40, 30])),
            (a.permuted(&[0, 2, 1]), a.reshaped(&[30, 50, 40])),
            (a.window(&[3, 5, 7], &[20, 30, 40]), a.window(&[1, 2, 3], &[20, 30, 40])),
            (a.window(&[0, 0, 0], &[30, 40, 1]), a.window(&[0, 0, 9], &[30, 40, 1])),
            (a.reshaped(&[1, 1, 60_000]), a.reshaped(&[1, 1, 60_000])),
        ];
        for (x, y) in &views {
            let at = |x: &Array<f64>, i: usize, j: usize, k: usize| {
                x.tail()[i * x.strides[0] + j * x.strides[1] + k * x.strides[2]]
            };
            let mut expected = Vec::new();
            for i in 0..x.shape[0] {
                for j in 0..x.shape[1] {
                    expected.extend((0..x.shape[2]).map(|k| at(x, i, j, k) - 3.0 * at(y, i, j, k)));
                }
            }
            for parallel in [false, true] {
                let mut out = vec![f64::NAN; x.len()];
                zip(parallel, (x, y), &mut out, |x, y, out| {
                    out.iter_mut().zip(x).zip(y).for_each(|((out, x), y)| *out = x - 3.0 * y);
                });
                assert!(out == expected, "{:?} {:?} {:?}", x.shape, x.strides, y.strides);
            }
        }
    }
}
