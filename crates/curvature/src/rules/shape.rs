//! Entries moved, repeated, cut out and put together: linear, whatever they hold.

use burn_backend::{Backend, Slice, TensorMetadata};
use burn_ir::{BaseOperationIr as Base, OperationIr};

use super::Op;
use crate::builder::Builder;
use crate::program::{Kind, ProgramError, ValueId};
use crate::value::{Context, Value, dims, with_lead};

/// A rearrangement. Dimensions are counted without the leading one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Reshape(Vec<usize>),
    Expand(Vec<usize>),
    SwapDims(usize, usize),
    Permute(Vec<usize>),
    Flip(Vec<usize>),
    Repeat(usize, usize),
    Slice(Vec<Slice>),
    /// The first argument with a slice replaced by the second.
    SliceAssign(Vec<Slice>),
    Cat(usize),
}

/// The same operation on a tensor of any kind.
macro_rules! any_kind {
    ($value:expr, $tensor:ident => $float:expr, $int:expr, $bool:expr) => {
        match $value.clone() {
            Value::Float($tensor) => Value::Float($float),
            Value::Int($tensor) => Value::Int($int),
            Value::Bool($tensor) => Value::Bool($bool),
        }
    };
}

impl Shape {
    pub(crate) fn evaluate<B: Backend>(
        &self,
        args: &[Value<B>],
        _context: &Context<B>,
    ) -> Result<Value<B>, ProgramError> {
        let x = &args[0];
        let lead = x.dims()[0];
        Ok(match self {
            Shape::Reshape(shape) => reshaped(x, with_lead(lead, shape)),
            Shape::Expand(shape) => {
                // New dimensions come behind the leading one.
                let mut padded = vec![1; shape.len() + 1 - x.dims().len() + 1];
                padded[0] = lead;
                padded.extend_from_slice(&x.dims()[1..]);
                let (x, shape) = (reshaped(x, padded.into()), with_lead(lead, shape));
                any_kind!(x, t => B::float_expand(t, shape), B::int_expand(t, shape), B::bool_expand(t, shape))
            }
            Shape::SwapDims(i, j) => {
                let (i, j) = (i + 1, j + 1);
                any_kind!(x, t => B::float_swap_dims(t, i, j), B::int_swap_dims(t, i, j), B::bool_swap_dims(t, i, j))
            }
            Shape::Permute(axes) => {
                let axes: Vec<usize> = [0].into_iter().chain(axes.iter().map(|axis| axis + 1)).collect();
                any_kind!(x, t => B::float_permute(t, &axes), B::int_permute(t, &axes), B::bool_permute(t, &axes))
            }
            Shape::Flip(axes) => {
                let axes: Vec<usize> = axes.iter().map(|axis| axis + 1).collect();
                any_kind!(x, t => B::float_flip(t, &axes), B::int_flip(t, &axes), B::bool_flip(t, &axes))
            }
            Shape::Repeat(axis, times) => Value::Float(B::float_repeat_dim(x.float()?, axis + 1, *times)),
            Shape::Slice(ranges) => {
                let ranges = behind_lead(ranges);
                any_kind!(x, t => B::float_slice(t, &ranges), B::int_slice(t, &ranges), B::bool_slice(t, &ranges))
            }
            Shape::SliceAssign(ranges) => {
                Value::Float(B::float_slice_assign(x.float()?, &behind_lead(ranges), args[1].float()?))
            }
            Shape::Cat(axis) => {
                let parts = args.iter().map(Value::float).collect::<Result<Vec<_>, _>>()?;
                Value::Float(B::float_cat(parts, axis + 1))
            }
        })
    }
}

fn behind_lead(ranges: &[Slice]) -> Vec<Slice> {
    [Slice::full()].into_iter().chain(ranges.iter().copied()).collect()
}

fn reshaped<B: Backend>(x: &Value<B>, shape: burn_backend::Shape) -> Value<B> {
    any_kind!(x, t => B::float_reshape(t, shape), B::int_reshape(t, shape), B::bool_reshape(t, shape))
}

impl<B: Backend> Value<B> {
    pub(crate) fn dims(&self) -> Vec<usize> {
        dims(&match self {
            Value::Float(tensor) => tensor.shape(),
            Value::Int(tensor) => tensor.shape(),
            Value::Bool(tensor) => tensor.shape(),
        })
    }
}

/// A tensor in another shape as a value of the program.
pub(crate) fn reshape(b: &mut Builder, x: ValueId, shape: Vec<usize>) -> ValueId {
    if b.graph.shape(x) == shape {
        return x;
    }
    let kind = b.graph.kind(x);
    b.graph.push(Op::Shape(Shape::Reshape(shape.clone())), &[x], shape, kind)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    let (OperationIr::BaseFloat(op) | OperationIr::BaseInt(op) | OperationIr::BaseBool(op)) = operation else {
        return None;
    };
    let (shape, input, out) = match op {
        Base::Reshape(op) => (Shape::Reshape(dims(&op.out.shape)), &op.input, &op.out),
        Base::Expand(op) => (Shape::Expand(dims(&op.out.shape)), &op.input, &op.out),
        Base::SwapDims(op) => (Shape::SwapDims(op.dim1, op.dim2), &op.input, &op.out),
        Base::Permute(op) => (Shape::Permute(op.axes.clone()), &op.input, &op.out),
        Base::Flip(op) => (Shape::Flip(op.axes.clone()), &op.input, &op.out),
        Base::Slice(op) => (Shape::Slice(op.ranges.clone()), &op.tensor, &op.out),
        _ => return float_only(operation, b),
    };
    b.record(Op::Shape(shape), &[input], out)
}

fn float_only(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    let OperationIr::BaseFloat(op) = operation else { return None };
    match op {
        Base::RepeatDim(op) => b.record(Op::Shape(Shape::Repeat(op.dim, op.times)), &[&op.tensor], &op.out),
        Base::SliceAssign(op) => {
            b.record(Op::Shape(Shape::SliceAssign(op.ranges.clone())), &[&op.tensor, &op.value], &op.out)
        }
        Base::Cat(op) => {
            let parts = op.tensors.iter().map(|part| b.get(part)).collect::<Option<Vec<_>>>()?;
            let value = b.graph.push(Op::Shape(Shape::Cat(op.dim)), &parts, dims(&op.out.shape), Kind::Float);
            b.bind(&op.out, value)
        }
        _ => None,
    }
}
