//! Entries read and added at integer positions: linear in the entries, constant in the positions.

use burn_backend::tensor::IndexingUpdateOp;
use burn_backend::{Backend, Shape, TensorMetadata};
use burn_ir::{BaseOperationIr as Base, ModuleOperationIr as Module, OperationIr};

use super::{Op, creation, shape};
use crate::builder::Builder;
use crate::program::{Kind, ProgramError};
use crate::value::{Int, Value, dims};

/// Reading and adding along one dimension, which is counted without the leading one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Index {
    /// One position for each entry of the result.
    Gather(usize),
    /// The first argument plus the third's entries, each at a position of its own.
    ScatterAdd(usize),
    /// One position for each slice of the result.
    Select(usize),
    /// The first argument plus the third's slices.
    SelectAdd(usize),
}

impl Index {
    pub(crate) fn evaluate<B: Backend>(&self, args: &[Value<B>]) -> Result<Value<B>, ProgramError> {
        let x = args[0].float()?;
        let lead = x.shape()[0];
        let add = IndexingUpdateOp::Add;
        Ok(Value::Float(match self {
            Index::Gather(axis) => B::float_gather(axis + 1, x, for_each::<B>(args[1].int()?, lead)),
            Index::ScatterAdd(axis) => {
                B::float_scatter(axis + 1, x, for_each::<B>(args[1].int()?, lead), args[2].float()?, add)
            }
            Index::Select(axis) => B::float_select(x, axis + 1, list::<B>(args[1].int()?)),
            Index::SelectAdd(axis) => {
                B::float_select_assign(x, axis + 1, list::<B>(args[1].int()?), args[2].float()?, add)
            }
        }))
    }
}

/// The same positions for each of `lead` vectors.
fn for_each<B: Backend>(indices: Int<B>, lead: usize) -> Int<B> {
    let mut shape = dims(&indices.shape());
    if shape[0] == lead {
        return indices;
    }
    shape[0] = lead;
    B::int_expand(indices, Shape::from(shape))
}

fn list<B: Backend>(indices: Int<B>) -> Int<B> {
    let count = indices.shape().num_elements();
    B::int_reshape(indices, Shape::from(vec![count]))
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    match operation {
        OperationIr::BaseFloat(Base::Gather(op)) => {
            b.record(Op::Index(Index::Gather(op.dim)), &[&op.tensor, &op.indices], &op.out)
        }
        OperationIr::BaseFloat(Base::Scatter(op)) if op.update == IndexingUpdateOp::Add => {
            b.record(Op::Index(Index::ScatterAdd(op.dim)), &[&op.tensor, &op.indices, &op.value], &op.out)
        }
        OperationIr::BaseFloat(Base::Select(op)) => {
            b.record(Op::Index(Index::Select(op.dim)), &[&op.tensor, &op.indices], &op.out)
        }
        OperationIr::BaseFloat(Base::SelectAssign(op)) if op.update == IndexingUpdateOp::Add => {
            b.record(Op::Index(Index::SelectAdd(op.dim)), &[&op.tensor, &op.indices, &op.value], &op.out)
        }
        OperationIr::Module(Module::Embedding(op)) => {
            let (weights, indices) = (b.get(&op.weights)?, b.get(&op.indices)?);
            let out = dims(&op.out.shape);
            let (&width, positions) = out.split_last()?;
            let flat = vec![positions.iter().product(), width];
            let value = b.graph.push(Op::Index(Index::Select(0)), &[weights, indices], flat, Kind::Float);
            let value = shape::reshape(b, value, out);
            b.bind(&op.out, value)
        }
        OperationIr::Module(Module::EmbeddingBackward(op)) => {
            let (indices, gradient) = (b.get(&op.indices)?, b.get(&op.out_grad)?);
            let out = dims(&op.out.shape);
            let (&width, positions) = b.graph.shape(gradient).split_last()?;
            let flat = vec![positions.iter().product(), width];
            let gradient = shape::reshape(b, gradient, flat);
            let zeros = creation::full(b, &out, 0.0);
            let value =
                b.graph.push(Op::Index(Index::SelectAdd(0)), &[zeros, indices, gradient], out, Kind::Float);
            b.bind(&op.out, value)
        }
        _ => None,
    }
}
