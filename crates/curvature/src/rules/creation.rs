//! Constant tensors.

use burn_backend::{Backend, Scalar};
use burn_ir::{BaseOperationIr as Base, NumericOperationIr as Numeric, OperationIr, ScalarIr};

use super::Op;
use crate::builder::Builder;
use crate::program::Kind;
use crate::value::{Context, Float, dims, with_lead};

/// A floating-point tensor with one number everywhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Create {
    pub(crate) shape: Vec<usize>,
    pub(crate) number: f64,
}

impl Create {
    pub(crate) fn evaluate<B: Backend>(&self, context: &Context<B>) -> Float<B> {
        B::float_full(with_lead(1, &self.shape), Scalar::Float(self.number), &context.device, context.float)
    }
}

/// A constant as a value of the program.
pub(crate) fn full(builder: &mut Builder, shape: &[usize], number: f64) -> usize {
    let shape = shape.to_vec();
    builder.graph.push(Op::Create(Create { shape: shape.clone(), number }), &[], shape, Kind::Float)
}

pub(crate) fn number(scalar: ScalarIr) -> f64 {
    scalar.elem()
}

pub(crate) fn lower(operation: &OperationIr, builder: &mut Builder) -> Option<()> {
    let (out, number) = match operation {
        OperationIr::BaseFloat(Base::Ones(op)) => (&op.out, 1.0),
        // What is empty has any numbers: zeros do.
        OperationIr::BaseFloat(Base::Zeros(op) | Base::Empty(op)) => (&op.out, 0.0),
        OperationIr::NumericFloat(_, Numeric::Full(op)) => (&op.out, number(op.value)),
        _ => return None,
    };
    let value = full(builder, &dims(&out.shape), number);
    builder.bind(out, value)
}
