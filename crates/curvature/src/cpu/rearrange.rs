//! Views, reductions, and entries read and added at positions.

use super::array::Array;
use super::fallback::Fallback;
use super::{Cpu, Tensor, index, reduce};
use crate::program::{Kind, ProgramError};
use crate::rules::{Index, Reduce, Shape, Unary};

/// The same view of a tensor of any kind.
macro_rules! view {
    ($tensor:expr, $array:ident => $view:expr) => {
        match $tensor {
            Tensor::Float($array) => Tensor::Float($view),
            Tensor::Int($array) => Tensor::Int($view),
            Tensor::Bool($array) => Tensor::Bool($view),
        }
    };
}

/// Adds entries to what is there, in an array seen as `[outer, along, inner]`.
type Addition<'a, T> = dyn Fn(&mut [T], &[T], (usize, usize, usize)) + 'a;

impl<T: Fallback> Cpu<T> {
    pub(super) fn reduce(&self, op: &Reduce, x: &Array<T>) -> Tensor<T> {
        let along = |x: &Array<T>, axis: usize| {
            let x = self.row_major(x);
            let mut shape = x.shape.clone();
            shape[axis] = 1;
            let sizes = reduce::around(&x.shape, axis);
            self.filled(&shape, |out| {
                reduce::sum_along(self.parallel, x.entries(), sizes, out);
            })
        };
        let place = |axis: usize, better: fn(T, T) -> bool| {
            let x = self.row_major(x);
            let mut shape = x.shape.clone();
            shape[axis] = 1;
            let sizes = reduce::around(&x.shape, axis);
            Tensor::Int(Array::new(reduce::place_along(x.entries(), sizes, better), &shape))
        };
        let all = || {
            let x = self.row_major(x);
            reduce::sum(x.entries())
        };
        let divided = |x: Array<T>, n: usize| self.unary(Unary::Divide(n as f64), &x);
        Tensor::Float(match op {
            Reduce::Sum => Array::new(vec![all()], &[1]),
            Reduce::Mean => Array::new(vec![all() / T::of(x.len() as f64)], &[1]),
            Reduce::SumDims(axes) => axes.iter().fold(x.clone(), |x, &axis| along(&x, axis)),
            Reduce::MeanDim(axis) => divided(along(x, *axis), x.shape[*axis]),
            Reduce::ArgMax(axis) => return place(*axis, |new, old| new > old),
            Reduce::ArgMin(axis) => return place(*axis, |new, old| new < old),
        })
    }

    pub(super) fn shape(&self, op: &Shape, args: &[Tensor<T>]) -> Result<Option<Tensor<T>>, ProgramError> {
        let x = &args[0];
        Ok(Some(match op {
            Shape::Reshape(shape) => match x {
                Tensor::Float(x) => Tensor::Float(self.row_major(x).reshaped(shape)),
                Tensor::Int(x) => Tensor::Int(self.in_order(x).reshaped(shape)),
                Tensor::Bool(x) => Tensor::Bool(self.in_order(x).reshaped(shape)),
            },
            Shape::Expand(shape) => view!(x, x => x.expanded(shape)),
            Shape::SwapDims(i, j) => view!(x, x => {
                let mut axes: Vec<usize> = (0..x.shape.len()).collect();
                axes.swap(*i, *j);
                x.permuted(&axes)
            }),
            Shape::Permute(axes) => view!(x, x => x.permuted(axes)),
            Shape::Slice(ranges) if ranges.iter().all(|range| range.step == 1) => view!(x, x => {
                let mut starts = vec![0; x.shape.len()];
                let mut shape = x.shape.clone();
                for (axis, range) in ranges.iter().enumerate() {
                    let range = range.to_range(shape[axis]);
                    (starts[axis], shape[axis]) = (range.start, range.len());
                }
                x.window(&starts, &shape)
            }),
            _ => return Ok(None),
        }))
    }

    pub(super) fn index(&self, op: &Index, args: &[Tensor<T>]) -> Result<Array<T>, ProgramError> {
        let x = self.row_major(args[0].float()?);
        let at = self.in_order(args[1].int()?);
        let added = args.get(2).map(Tensor::float).transpose()?.map(|added| self.row_major(added));
        let (from, places) = (x.entries(), at.entries());
        let onto = |axis: usize, add: &Addition<T>| {
            let added = added.as_ref().ok_or(ProgramError::Kind(Kind::Float))?;
            Ok(self.filled(&x.shape, |out| {
                out.copy_from_slice(from);
                add(out, added.entries(), reduce::around(&x.shape, axis));
            }))
        };
        match *op {
            Index::Gather(axis) => {
                let sizes = reduce::around(&x.shape, axis);
                Ok(self.filled(&at.shape, |out| index::gather(from, places, sizes, out)))
            }
            Index::Select(axis) => {
                let mut shape = x.shape.clone();
                shape[axis] = at.len();
                let sizes = reduce::around(&x.shape, axis);
                Ok(self.filled(&shape, |out| index::select(from, places, sizes, out)))
            }
            Index::ScatterAdd(axis) => {
                onto(axis, &|out, added, sizes| index::scatter_add(added, places, sizes, out))
            }
            Index::SelectAdd(axis) => {
                onto(axis, &|out, added, sizes| index::select_add(added, places, sizes, out))
            }
        }
    }
}
