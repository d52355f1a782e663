//! Entrywise maps of strided arrays, a block of a row at a time.

use rayon::prelude::*;

use super::array::Array;

/// Entries of a block: a few blocks fit in the first-level cache.
const BLOCK: usize = 1024;
/// Entries of a task: enough to pay for handing it to another thread. Fixed, so that no result depends on threads.
const TASK: usize = 16 * BLOCK;

/// The order in which operands of one shape are read: neighbouring dimensions that all operands step through evenly
/// become one.
pub(crate) struct Walk {
    /// Sizes of the outer dimensions, and each operand's stride along each.
    outer: Vec<(usize, Vec<usize>)>,
    /// Length of a row, and each operand's stride in it.
    pub(crate) length: usize,
    pub(crate) inner: Vec<usize>,
}

impl Walk {
    pub(crate) fn new(shape: &[usize], strides: &[&[usize]]) -> Self {
        let mut dims: Vec<(usize, Vec<usize>)> = Vec::new();
        for (axis, &size) in shape.iter().enumerate().rev().filter(|&(_, &size)| size != 1) {
            let steps: Vec<usize> = strides.iter().map(|operand| operand[axis]).collect();
            match dims.last_mut() {
                Some((length, inner)) if inner.iter().zip(&steps).all(|(i, s)| i * *length == *s) => {
                    *length *= size
                }
                _ => dims.push((size, steps)),
            }
        }
        let mut dims = dims.into_iter();
        let (length, inner) = dims.next().unwrap_or((1, vec![1; strides.len()]));
        Self { outer: dims.rev().collect(), length, inner }
    }

    fn rows(&self) -> usize {
        self.outer.iter().map(|(size, _)| size).product()
    }

    /// Calls `visit` with each row's number and each operand's offset there.
    fn each(&self, rows: std::ops::Range<usize>, mut visit: impl FnMut(usize, &[usize])) {
        let mut place = vec![0; self.outer.len()];
        let mut offsets = vec![0; self.inner.len()];
        let mut rest = rows.start;
        for (index, (size, strides)) in place.iter_mut().zip(&self.outer).rev() {
            *index = rest % size;
            rest /= size;
            offsets.iter_mut().zip(strides).for_each(|(offset, stride)| *offset += *index * stride);
        }
        for row in rows {
            visit(row, &offsets);
            for (index, (size, strides)) in place.iter_mut().zip(&self.outer).rev() {
                *index += 1;
                offsets.iter_mut().zip(strides).for_each(|(offset, stride)| *offset += stride);
                if *index < *size {
                    break;
                }
                *index = 0;
                offsets.iter_mut().zip(strides).for_each(|(offset, stride)| *offset -= size * stride);
            }
        }
    }

    /// Fills `out` block by block; `fill` receives a block and each operand's offset at its beginning.
    ///
    /// What it needs for copies is kept from block to block.
    pub(crate) fn fill<E: Send, S: Default>(
        &self,
        parallel: bool,
        out: &mut [E],
        fill: impl Fn(&mut [E], &[usize], &mut S) + Sync,
    ) {
        if out.is_empty() {
            return;
        }
        let length = self.length;
        let row = |out: &mut [E], offsets: &[usize], from: usize, (at, scratch): &mut (Vec<usize>, S)| {
            for (block, part) in out.chunks_mut(BLOCK).enumerate() {
                let before = from + block * BLOCK;
                at.clear();
                at.extend(offsets.iter().zip(&self.inner).map(|(offset, stride)| offset + before * stride));
                fill(part, at, scratch);
            }
        };
        let rows = |out: &mut [E], first: usize| {
            let mut scratch = Default::default();
            let mut parts = out.chunks_exact_mut(length);
            self.each(first..first + parts.len(), |_, offsets| {
                if let Some(part) = parts.next() {
                    row(part, offsets, 0, &mut scratch);
                }
            });
        };
        if !parallel || out.len() <= TASK {
            rows(out, 0);
        } else if self.rows() == 1 {
            let zero = vec![0; self.inner.len()];
            out.par_chunks_mut(TASK)
                .enumerate()
                .for_each(|(task, part)| row(part, &zero, task * TASK, &mut Default::default()));
        } else {
            let group = TASK.div_ceil(length);
            out.par_chunks_mut(group * length).enumerate().for_each(|(task, part)| rows(part, task * group));
        }
    }
}

/// A block of an operand: as it stands if its entries are neighbours, else copied.
pub(crate) fn block<'a, E: Copy>(
    data: &'a [E],
    offset: usize,
    stride: usize,
    length: usize,
    copy: &'a mut Vec<E>,
) -> &'a [E] {
    if stride == 1 {
        return &data[offset..offset + length];
    }
    copy.clear();
    if stride == 0 {
        copy.resize(length, data[offset]);
    } else {
        copy.extend(data[offset..].iter().step_by(stride).take(length));
    }
    copy
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
    let (walk, data) = (Walk::new(&x.shape, &[&x.strides]), x.from_first());
    let stride = walk.inner[0];
    walk.fill(parallel, out, |out, at, copy: &mut Vec<A>| f(block(data, at[0], stride, out.len(), copy), out));
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
    let (xs, ys, strides) = (x.from_first(), y.from_first(), &walk.inner);
    walk.fill(parallel, out, |out, at, (a, b): &mut (Vec<A>, Vec<B>)| {
        let n = out.len();
        f(block(xs, at[0], strides[0], n, a), block(ys, at[1], strides[1], n, b), out);
    });
}
