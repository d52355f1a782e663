//! The CPU engine: programs on strided arrays.
//!
//! A transpose, a slice or an expansion is a view; a sum of tangents times coefficients is one pass; matrix products read
//! transposes where they stand; buffers are used again. What has no kernel here is computed by one of burn's backends.
//!
//! Work is cut into pieces whose size does not depend on the number of threads, and sums are taken piece by piece in
//! order: a result is the same to the bit however many threads there are.

mod array;
mod combine;
mod convolution;
mod fallback;
mod functions;
mod index;
mod pooling;
mod product;
mod real;
mod reduce;
mod walk;

use std::sync::Arc;

use burn_backend::TensorData;

use crate::engine::{Engine, Part};
use crate::program::{Info, Kind, ProgramError};
use crate::rules::{Binary, Convolve, Index, Mask, Op, Pool, Reduce, Relation, Shape, Unary};
use array::{Array, Store};
use combine::Term;
use convolution::Geometry;
use fallback::Fallback;
use product::Matrix;
use real::Real;

/// A tensor of the CPU engine.
#[derive(Clone)]
pub(crate) enum Tensor<T: Real> {
    Float(Array<T>),
    Int(Array<i64>),
    Bool(Array<bool>),
}

/// The CPU engine in one precision.
pub(crate) struct Cpu<T: Real> {
    parallel: bool,
    store: Arc<Store<T>>,
}

impl<T: Real> Default for Cpu<T> {
    fn default() -> Self {
        Self { parallel: true, store: Arc::default() }
    }
}

impl<T: Real> Tensor<T> {
    fn float(&self) -> Result<&Array<T>, ProgramError> {
        if let Tensor::Float(array) = self { Ok(array) } else { Err(ProgramError::Kind(Kind::Float)) }
    }

    fn int(&self) -> Result<&Array<i64>, ProgramError> {
        if let Tensor::Int(array) = self { Ok(array) } else { Err(ProgramError::Kind(Kind::Int)) }
    }

    fn bool(&self) -> Result<&Array<bool>, ProgramError> {
        if let Tensor::Bool(array) = self { Ok(array) } else { Err(ProgramError::Kind(Kind::Bool)) }
    }
}

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

impl<T: Fallback> Engine for Cpu<T> {
    type Value = Tensor<T>;

    const STACKS: bool = false;

    fn constant(&self, data: &TensorData, info: &Info) -> Tensor<T> {
        match info.kind {
            Kind::Float => Tensor::Float(Array::new(data.iter::<T>().collect(), &info.shape)),
            Kind::Int => Tensor::Int(Array::new(data.iter::<i64>().collect(), &info.shape)),
            Kind::Bool => Tensor::Bool(Array::new(data.iter::<bool>().collect(), &info.shape)),
        }
    }

    fn tensor(&self, numbers: &[&[f64]], shape: &[usize]) -> Tensor<T> {
        let numbers = numbers.first().copied().unwrap_or_default();
        Tensor::Float(self.filled(shape, |out| out.iter_mut().zip(numbers).for_each(|(y, &x)| *y = T::of(x))))
    }

    fn zeros(&self, _count: usize, shape: &[usize]) -> Tensor<T> {
        Tensor::Float(Array::new(vec![T::zero()], &vec![1; shape.len()]).expanded(shape))
    }

    fn read<'a>(
        &self,
        value: &Tensor<T>,
        rows: &mut dyn Iterator<Item = &'a mut [f64]>,
    ) -> Result<(), ProgramError> {
        let array = self.row_major(value.float()?);
        for row in rows {
            row.iter_mut().zip(array.from_first()).for_each(|(out, x)| *out = x.to());
        }
        Ok(())
    }

    fn evaluate(&self, op: &Op, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        Ok(match op {
            Op::Create(create) => {
                let one = Array::new(vec![T::of(create.number)], &vec![1; create.shape.len()]);
                Tensor::Float(one.expanded(&create.shape))
            }
            Op::Unary(f) => Tensor::Float(self.unary(*f, args[0].float()?)),
            Op::Binary(f) => Tensor::Float(self.binary(*f, args[0].float()?, args[1].float()?)),
            Op::Mask(op) => self.mask(*op, args)?,
            Op::Matmul => Tensor::Float(self.matmul(args[0].float()?, args[1].float()?, None)),
            Op::Reduce(op) => self.reduce(op, args[0].float()?),
            Op::Shape(op) => match self.shape(op, args)? {
                Some(view) => view,
                None => self.elsewhere(&Op::Shape(op.clone()), args)?,
            },
            Op::Index(op) => Tensor::Float(self.index(op, args)?),
            Op::Convolve(op) => Tensor::Float(self.convolve(op, args[0].float()?, args[1].float()?)),
            Op::Pool(op) => match self.pool(op, args[0].float()?) {
                Some(pooled) => Tensor::Float(pooled),
                None => self.elsewhere(&Op::Pool(op.clone()), args)?,
            },
        })
    }

    fn evaluate_onto(&self, onto: Tensor<T>, op: &Op, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        if let (Op::Matmul, Tensor::Float(array)) = (op, &onto)
            && array.shape.len() == 2
        {
            let array = array.clone();
            drop(onto);
            return Ok(Tensor::Float(self.matmul(args[0].float()?, args[1].float()?, Some(array))));
        }
        let other = self.evaluate(op, args)?;
        Ok(Tensor::Float(self.binary(Binary::Add, onto.float()?, other.float()?)))
    }

    fn combine(
        &self,
        parts: &[Part<'_, Tensor<T>>],
        _count: usize,
        shape: &[usize],
    ) -> Result<Tensor<T>, ProgramError> {
        let term = |part: &Part<'_, Tensor<T>>| {
            let factor = part.factor.map(Tensor::float).transpose()?.map(|factor| factor.expanded(shape));
            Ok(Term { scale: T::of(part.scale), factor, tangent: part.tangent.float()?.expanded(shape) })
        };
        let terms = parts.iter().map(term).collect::<Result<Vec<_>, ProgramError>>()?;
        Ok(Tensor::Float(self.filled(shape, |out| combine::combine(self.parallel, &terms, shape, out))))
    }

    fn bytes(&self, value: &Tensor<T>) -> usize {
        match value {
            Tensor::Float(array) => array.bytes(),
            Tensor::Int(array) => array.bytes(),
            Tensor::Bool(array) => array.bytes(),
        }
    }

    fn for_one_of_many(&self) -> Self {
        Self { parallel: false, store: Arc::clone(&self.store) }
    }
}

impl<T: Fallback> Cpu<T> {
    /// A new array, written by `fill`.
    fn filled(&self, shape: &[usize], fill: impl FnOnce(&mut [T])) -> Array<T> {
        let mut numbers = self.store.take(shape.iter().product());
        fill(&mut numbers);
        Array::in_store(numbers, shape, Some(Arc::clone(&self.store)))
    }

    /// The entries moved into row-major order, if they do not stand so.
    fn row_major(&self, x: &Array<T>) -> Array<T> {
        if x.is_row_major() {
            return x.clone();
        }
        self.filled(&x.shape, |out| walk::map(self.parallel, x, out, |x, out| out.copy_from_slice(x)))
    }

    fn unary(&self, f: Unary, x: &Array<T>) -> Array<T> {
        self.filled(&x.shape, |out| walk::map(self.parallel, x, out, |x, out| real::apply(f, x, out)))
    }

    fn binary(&self, f: Binary, l: &Array<T>, r: &Array<T>) -> Array<T> {
        let shape = walk::common(&l.shape, &r.shape);
        let pair = (&l.expanded(&shape), &r.expanded(&shape));
        let each = |l: &[T], r: &[T], out: &mut [T]| {
            let pairs = out.iter_mut().zip(l).zip(r);
            match f {
                Binary::Add => pairs.for_each(|((y, &l), &r)| *y = l + r),
                Binary::Sub => pairs.for_each(|((y, &l), &r)| *y = l - r),
                Binary::Mul => pairs.for_each(|((y, &l), &r)| *y = l * r),
                Binary::Div => pairs.for_each(|((y, &l), &r)| *y = l / r),
            }
        };
        self.filled(&shape, |out| walk::zip(self.parallel, pair, out, each))
    }

    fn mask(&self, op: Mask, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        let both =
            |l: &Array<bool>, r: &Array<bool>, f: fn(bool, bool) -> bool| Tensor::Bool(self.select(l, r, f));
        Ok(match op {
            Mask::Compare(relation) => Tensor::Bool(match (&args[0], &args[1]) {
                (Tensor::Int(l), Tensor::Int(r)) => self.select(l, r, |l, r| relation.holds(&l, &r)),
                (l, r) => self.select(l.float()?, r.float()?, |l, r| relation.holds(&l, &r)),
            }),
            Mask::CompareNumber(relation, c) => Tensor::Bool(match &args[0] {
                Tensor::Int(x) => self.each(x, |x| relation.holds(&(x as f64), &c)),
                x => self.each(x.float()?, |x| relation.holds(&x, &T::of(c))),
            }),
            Mask::Not => Tensor::Bool(self.each(args[0].bool()?, |x: bool| !x)),
            Mask::And => both(args[0].bool()?, args[1].bool()?, |l, r| l && r),
            Mask::Or => both(args[0].bool()?, args[1].bool()?, |l, r| l || r),
            Mask::IntoFloat => Tensor::Float(match &args[0] {
                Tensor::Bool(x) => self.each(x, |x| if x { T::one() } else { T::zero() }),
                x => self.each(x.int()?, |x: i64| T::of(x as f64)),
            }),
            Mask::Where => {
                let (x, mask, y) = (args[0].float()?, args[1].bool()?, args[2].float()?);
                let shape = walk::common(&walk::common(&x.shape, &mask.shape), &y.shape);
                let (x, mask, y) = (x.expanded(&shape), mask.expanded(&shape), y.expanded(&shape));
                let kept = self.select(&x, &mask, |x, mask| (!mask).then_some(x));
                Tensor::Float(self.select(&kept, &y, |kept, y| kept.unwrap_or(y)))
            }
            Mask::Fill(c) => Tensor::Float(
                self.select(args[0].float()?, args[1].bool()?, |x, mask| if mask { T::of(c) } else { x }),
            ),
            Mask::IfPositive => {
                Tensor::Float(self.select(args[0].float()?, args[1].float()?, |x, y| {
                    if x > T::zero() { y } else { T::zero() }
                }))
            }
        })
    }

    fn each<A, E>(&self, x: &Array<A>, f: impl Fn(A) -> E + Sync) -> Array<E>
    where
        A: Copy + Default + Send + Sync,
        E: Copy + Default + Send,
    {
        let mut out = vec![E::default(); x.len()];
        walk::map(self.parallel, x, &mut out, |x, out| out.iter_mut().zip(x).for_each(|(y, &x)| *y = f(x)));
        Array::new(out, &x.shape)
    }

    fn select<A, B, E>(&self, l: &Array<A>, r: &Array<B>, f: impl Fn(A, B) -> E + Sync) -> Array<E>
    where
        A: Copy + Default + Send + Sync,
        B: Copy + Default + Send + Sync,
        E: Copy + Default + Send,
    {
        let shape = walk::common(&l.shape, &r.shape);
        let mut out = vec![E::default(); shape.iter().product()];
        walk::zip(self.parallel, (&l.expanded(&shape), &r.expanded(&shape)), &mut out, |l, r, out| {
            out.iter_mut().zip(l).zip(r).for_each(|((y, &l), &r)| *y = f(l, r));
        });
        Array::new(out, &shape)
    }

    /// Products of stacks of matrices, added to what is there if there is something.
    fn matmul(&self, l: &Array<T>, r: &Array<T>, onto: Option<Array<T>>) -> Array<T> {
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

    fn reduce(&self, op: &Reduce, x: &Array<T>) -> Tensor<T> {
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

    fn shape(&self, op: &Shape, args: &[Tensor<T>]) -> Result<Option<Tensor<T>>, ProgramError> {
        let x = &args[0];
        Ok(Some(match op {
            Shape::Reshape(shape) => match x {
                Tensor::Float(x) => Tensor::Float(match x.reshaped(shape) {
                    Some(view) => view,
                    None => self.row_major(x).reshaped(shape).unwrap_or_else(|| x.clone()),
                }),
                Tensor::Int(x) => Tensor::Int(self.each(x, |x| x).reshaped(shape).unwrap_or_else(|| x.clone())),
                Tensor::Bool(x) => {
                    Tensor::Bool(self.each(x, |x| x).reshaped(shape).unwrap_or_else(|| x.clone()))
                }
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

    fn index(&self, op: &Index, args: &[Tensor<T>]) -> Result<Array<T>, ProgramError> {
        let x = self.row_major(args[0].float()?);
        let at = self.each(args[1].int()?, |at| at);
        let added = args.get(2).map(Tensor::float).transpose()?.map(|added| self.row_major(added));
        let (from, places) = (x.entries(), at.entries());
        let onto = |axis: usize, add: &dyn Fn(&mut [T], &[T], (usize, usize, usize))| {
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

    fn convolve(&self, op: &Convolve, l: &Array<T>, r: &Array<T>) -> Array<T> {
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

    fn pool(&self, op: &Pool, x: &Array<T>) -> Option<Array<T>> {
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
    let data = &x.from_first()[start..];
    Matrix { data, rows: x.shape[at], columns: x.shape[at + 1], strides: [x.strides[at], x.strides[at + 1]] }
}

impl Relation {
    fn holds<A: PartialOrd>(self, l: &A, r: &A) -> bool {
        match self {
            Relation::Equal => l == r,
            Relation::NotEqual => l != r,
            Relation::Greater => l > r,
            Relation::GreaterEqual => l >= r,
            Relation::Lower => l < r,
            Relation::LowerEqual => l <= r,
        }
    }
}
