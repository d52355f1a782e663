//! Sums, means and the place of an extremum. A maximum is the entry at its place, so its tangent is that entry's.

use burn_backend::{Backend, TensorMetadata};
use burn_ir::{NumericOperationIr as Numeric, OperationIr, ReduceDimOpIr, TensorIr};

use super::Op;
use super::indexing::Index;
use crate::builder::Builder;
use crate::program::{Kind, ProgramError, ValueId};
use crate::value::{Context, Value, dims, with_lead};

/// A reduction; the reduced dimensions stay with length one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reduce {
    Sum,
    Mean,
    SumDims(Vec<usize>),
    MeanDim(usize),
    ArgMax(usize),
    ArgMin(usize),
}

impl Reduce {
    pub(crate) fn evaluate<B: Backend>(
        &self,
        x: &Value<B>,
        context: &Context<B>,
    ) -> Result<Value<B>, ProgramError> {
        let x = x.float()?;
        let shape = x.shape();
        let lead = shape[0];
        let flat = |x| B::float_reshape(x, with_lead(lead, &[shape.num_elements() / lead.max(1)]));
        Ok(match self {
            Reduce::Sum => Value::Float(B::float_sum_dim(flat(x), 1)),
            Reduce::Mean => Value::Float(B::float_mean_dim(flat(x), 1)),
            Reduce::SumDims(axes) => Value::Float(axes.iter().fold(x, |x, axis| B::float_sum_dim(x, axis + 1))),
            Reduce::MeanDim(axis) => Value::Float(B::float_mean_dim(x, axis + 1)),
            Reduce::ArgMax(axis) => Value::Int(B::float_argmax(x, axis + 1, context.int)),
            Reduce::ArgMin(axis) => Value::Int(B::float_argmin(x, axis + 1, context.int)),
        })
    }
}

/// A sum over dimensions as a value of the program.
pub(crate) fn sum_dims(b: &mut Builder, x: ValueId, axes: &[usize]) -> ValueId {
    let mut shape = b.graph.shape(x).to_vec();
    for &axis in axes {
        shape[axis] = 1;
    }
    b.graph.push(Op::Reduce(Reduce::SumDims(axes.to_vec())), &[x], shape, Kind::Float)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    let OperationIr::NumericFloat(_, op) = operation else { return None };
    match op {
        Numeric::Sum(op) => b.record(Op::Reduce(Reduce::Sum), &[&op.input], &op.out),
        Numeric::Mean(op) => b.record(Op::Reduce(Reduce::Mean), &[&op.input], &op.out),
        Numeric::SumDim(op) => b.record(Op::Reduce(Reduce::SumDims(vec![op.axis])), &[&op.input], &op.out),
        Numeric::SumDims(op) => b.record(Op::Reduce(Reduce::SumDims(op.axes.clone())), &[&op.input], &op.out),
        Numeric::MeanDim(op) => b.record(Op::Reduce(Reduce::MeanDim(op.axis)), &[&op.input], &op.out),
        Numeric::ArgMax(op) => place(Reduce::ArgMax(op.axis), op, b),
        Numeric::ArgMin(op) => place(Reduce::ArgMin(op.axis), op, b),
        Numeric::MaxDim(op) => extremum(Reduce::ArgMax(op.axis), op.axis, &op.input, (&op.out, None), b),
        Numeric::MinDim(op) => extremum(Reduce::ArgMin(op.axis), op.axis, &op.input, (&op.out, None), b),
        Numeric::MaxDimWithIndices(op) => {
            extremum(Reduce::ArgMax(op.dim), op.dim, &op.tensor, (&op.out, Some(&op.out_indices)), b)
        }
        Numeric::MinDimWithIndices(op) => {
            extremum(Reduce::ArgMin(op.dim), op.dim, &op.tensor, (&op.out, Some(&op.out_indices)), b)
        }
        _ => None,
    }
}

fn place(reduce: Reduce, op: &ReduceDimOpIr, b: &mut Builder) -> Option<()> {
    b.record(Op::Reduce(reduce), &[&op.input], &op.out)
}

fn extremum(
    place: Reduce,
    axis: usize,
    input: &TensorIr,
    (out, indices): (&TensorIr, Option<&TensorIr>),
    b: &mut Builder,
) -> Option<()> {
    let x = b.get(input)?;
    let at = b.graph.push(Op::Reduce(place), &[x], dims(&out.shape), Kind::Int);
    let value = b.graph.push(Op::Index(Index::Gather(axis)), &[x, at], dims(&out.shape), Kind::Float);
    if let Some(indices) = indices {
        b.bind(indices, at)?;
    }
    b.bind(out, value)
}
