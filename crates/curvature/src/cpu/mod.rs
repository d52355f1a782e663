//! The CPU engine: programs on strided arrays.
//!
//! A transpose, a slice or an expansion is a view; a sum of tangents times coefficients is one pass; matrix products read
//! transposes where they stand; buffers are used again. What has no kernel here is computed by one of burn's backends.
//!
//! Work is cut into pieces whose size does not depend on the number of threads, and sums are taken piece by piece in
//! order: a result is the same to the bit however many threads there are.

mod array;
mod choose;
mod combine;
mod convolution;
mod fallback;
mod functions;
mod index;
mod linear;
mod pooling;
mod product;
mod real;
mod rearrange;
mod reduce;
mod walk;

use std::sync::Arc;

use burn_backend::TensorData;

use crate::engine::{Engine, Part};
use crate::program::{Info, Kind, ProgramError};
use crate::rules::{Binary, Op, Unary};
use array::{Array, Store};
use combine::Term;
use fallback::Fallback;
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

    fn read(&self, value: &Tensor<T>, rows: &mut dyn Iterator<Item = &mut [f64]>) -> Result<(), ProgramError> {
        let array = self.row_major(value.float()?);
        for row in rows {
            row.iter_mut().zip(array.tail()).for_each(|(out, x)| *out = x.to());
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
            Op::Shape(shape) => match self.shape(shape, args)? {
                Some(view) => view,
                None => self.elsewhere(op, args)?,
            },
            Op::Index(op) => Tensor::Float(self.index(op, args)?),
            Op::Convolve(op) => Tensor::Float(self.convolve(op, args[0].float()?, args[1].float()?)),
            Op::Pool(pool) => match self.pool(pool, args[0].float()?) {
                Some(pooled) => Tensor::Float(pooled),
                None => self.elsewhere(op, args)?,
            },
        })
    }

    fn evaluate_onto(&self, onto: Tensor<T>, op: &Op, args: &[Tensor<T>]) -> Result<Tensor<T>, ProgramError> {
        let Tensor::Float(onto) = onto else { return Err(ProgramError::Kind(Kind::Float)) };
        Ok(Tensor::Float(if *op == Op::Matmul && onto.shape.len() == 2 {
            self.matmul(args[0].float()?, args[1].float()?, Some(onto))
        } else {
            self.binary(Binary::Add, &onto, self.evaluate(op, args)?.float()?)
        }))
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
}
