//! Matrix products, convolutions and pooling of arrays.

use super::array::Array;
use super::convolution::{self, Geometry};
use super::fallback::Fallback;
use super::product::{self, Matrix};
use super::real::Real;
use super::{Cpu, pooling, walk};
use crate::rules::{Convolve, Pool};

impl<T: Fallback> Cpu<T> {
    /// Products of stacks of matrices, added to what is there if there is something.
    pub(super) fn matmul(&self, l: &Array<T>, r: &Array<T>, onto: Option<Array<T>>) -> Array<T> {
        let at = l.shape.len() - 2;
        let (n, m, p) = (l.shape[at], l.shape[at + 1], r.shape[at + 1]);
        let stack = walk::common(&l.shape[..at], &r.shape[..at]);
        let count: usize = stack.iter().product();
        let (l, r) = (l.expanded(&[&stack[..], &[n, m]].concat()), r.expanded(&[&stack[..], &[m, p]].concat()));
        let start = |x: &Array<T>, mut index: usize| -> usize {
            let mut offset = 0;
            for (size, stride) in stack.iter().zip(&x.strides).rev() {
                offset += index % size * stride;
                index /= size;
            }
            offset
        };
        let write = |out: &mut [T], accumulate: bool| {
            for (index, out) in out.chunks_exact_mut((n * p).max(1)).enumerate().take(count) {
                let (l, r) = (matrix(&l, start(&l, index)), matrix(&r, start(&r, index)));
                product::product(self.parallel, out, l, r, accumulate);
            }
        };
        let shape = [&stack[..], &[n, p]].concat();
        match onto {
            None => self.filled(&shape, |out| write(out, false)),
            Some(mut onto) => {
                if let Some(out) = onto.slice_mut() {
                    write(out, true);
                    return onto;
                }
                let onto = self.row_major(&onto);
                self.filled(&shape, |out| {
                    out.copy_from_slice(onto.entries());
                    write(out, true);
                })
            }
        }
    }

    pub(super) fn convolve(&self, op: &Convolve, l: &Array<T>, r: &Array<T>) -> Array<T> {
        let (l, r) = (self.row_major(l), self.row_major(r));
        let (left, right) = (l.entries(), r.entries());
        match op {
            Convolve::Forward(options) => {
                let shape = Geometry::output_shape(options, &l.shape, &r.shape);
                let geometry = Geometry::new(options, &l.shape, &shape, &r.shape);
                self.filled(&shape, |out| convolution::forward(self.parallel, &geometry, left, right, out))
            }
            Convolve::Input(options, shape) => {
                let geometry = Geometry::new(options, shape, &r.shape, &l.shape);
                self.filled(shape, |out| convolution::to_input(self.parallel, &geometry, left, right, out))
            }
            Convolve::Weight(options, shape) => {
                let geometry = Geometry::new(options, &l.shape, &r.shape, shape);
                self.filled(shape, |out| convolution::to_weight(self.parallel, &geometry, left, right, out))
            }
        }
    }

    pub(super) fn pool(&self, op: &Pool, x: &Array<T>) -> Option<Array<T>> {
        let x = self.row_major(x);
        let (numbers, size) = (x.entries(), [x.shape[2], x.shape[3]]);
        match op {
            Pool::Average(window) if !window.ceil => {
                let [rows, columns] = window.output(size);
                let shape = [x.shape[0], x.shape[1], rows, columns];
                Some(self.filled(&shape, |out| pooling::average(self.parallel, window, size, numbers, out)))
            }
            Pool::AverageAdjoint(window, shape) if !window.ceil => {
                let image = [shape[2], shape[3]];
                Some(self.filled(shape, |out| {
                    pooling::average_adjoint(self.parallel, window, image, numbers, out);
                }))
            }
            _ => None,
        }
    }
}

/// The matrix of the last two dimensions that begins at an offset.
fn matrix<T: Real>(x: &Array<T>, start: usize) -> Matrix<'_, T> {
    let at = x.shape.len() - 2;
    let data = &x.tail()[start..];
    Matrix { data, rows: x.shape[at], columns: x.shape[at + 1], strides: [x.strides[at], x.strides[at + 1]] }
}
