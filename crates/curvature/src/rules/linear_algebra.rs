//! Matrix products: $\dot Y = \dot A B + A \dot B$.

use burn_backend::{Backend, TensorMetadata};
use burn_ir::{FloatOperationIr as Floats, OperationIr};

use super::Op;
use crate::builder::Builder;
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
        _ => None,
    }
}
