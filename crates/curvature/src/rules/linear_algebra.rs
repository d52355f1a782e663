//! Matrix products: $\dot Y = \dot A B + A \dot B$.

use burn_backend::{Backend, TensorMetadata};
use burn_ir::{FloatOperationIr as Floats, ModuleOperationIr as Module, OperationIr};

use super::Op;
use super::elementwise::Binary;
use super::shape::{self, Shape};
use crate::builder::Builder;
use crate::program::{Kind, ValueId};
use crate::value::{Float, dims, with_lead};

/// The product of stacks of matrices, either of which may have a leading dimension of 1.
pub(crate) fn evaluate<B: Backend>(l: Float<B>, r: Float<B>) -> Float<B> {
    let (left, right) = (dims(&l.shape()), dims(&r.shape()));
    // One factor serves every vector: the rows of all vectors make one tall product.
    if let ([k, n, m], [1, _, p]) = (left.as_slice(), right.as_slice()) {
        let tall = B::float_reshape(l, with_lead(k * n, &[*m]));
        let product = B::float_matmul(tall, B::float_reshape(r, with_lead(*m, &[*p])));
        return B::float_reshape(product, with_lead(*k, &[*n, *p]));
    }
    B::float_matmul(l, r)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    match operation {
        OperationIr::Float(_, Floats::Matmul(op)) => b.record(Op::Matmul, &[&op.lhs, &op.rhs], &op.out),
        OperationIr::Module(Module::Linear(op)) => {
            let (x, weight) = (b.get(&op.x)?, b.get(&op.weight)?);
            let out = dims(&op.out.shape);
            let width = *out.last()?;
            let rows = out.iter().product::<usize>() / width.max(1);
            let x = rows_of(b, x)?;
            let mut value = b.graph.push(Op::Matmul, &[x, weight], vec![rows, width], Kind::Float);
            if let Some(bias) = &op.bias {
                let bias = b.get(bias)?;
                let bias = shape::reshape(b, bias, vec![1, width]);
                value = b.graph.push(Op::Binary(Binary::Add), &[value, bias], vec![rows, width], Kind::Float);
            }
            let value = shape::reshape(b, value, out);
            b.bind(&op.out, value)
        }
        OperationIr::Module(Module::LinearXBackward(op)) => {
            let (weight, gradient) = (b.get(&op.weight)?, b.get(&op.output_grad)?);
            let gradient = rows_of(b, gradient)?;
            let weight = transpose(b, weight)?;
            let value = product(b, gradient, weight)?;
            let value = shape::reshape(b, value, dims(&op.out.shape));
            b.bind(&op.out, value)
        }
        OperationIr::Module(Module::LinearWeightBackward(op)) => {
            let (x, gradient) = (b.get(&op.x)?, b.get(&op.output_grad)?);
            let x = rows_of(b, x)?;
            let x = transpose(b, x)?;
            let gradient = rows_of(b, gradient)?;
            let value = product(b, x, gradient)?;
            b.bind(&op.out, value)
        }
        OperationIr::Module(Module::LinearBiasBackward(op)) => {
            let gradient = b.get(&op.output_grad)?;
            let gradient = rows_of(b, gradient)?;
            let value = super::reductions::sum_dims(b, gradient, &[0]);
            let value = shape::reshape(b, value, dims(&op.out.shape));
            b.bind(&op.out, value)
        }
        _ => None,
    }
}

/// A tensor as the matrix of its last-dimension rows.
fn rows_of(b: &mut Builder, x: ValueId) -> Option<ValueId> {
    let shape = b.graph.shape(x).to_vec();
    let width = *shape.last()?;
    Some(shape::reshape(b, x, vec![shape[..shape.len() - 1].iter().product(), width]))
}

fn transpose(b: &mut Builder, x: ValueId) -> Option<ValueId> {
    let &[n, m] = b.graph.shape(x) else { return None };
    Some(b.graph.push(Op::Shape(Shape::SwapDims(0, 1)), &[x], vec![m, n], Kind::Float))
}

fn product(b: &mut Builder, l: ValueId, r: ValueId) -> Option<ValueId> {
    let (&[n, _], &[_, p]) = (b.graph.shape(l), b.graph.shape(r)) else { return None };
    Some(b.graph.push(Op::Matmul, &[l, r], vec![n, p], Kind::Float))
}
