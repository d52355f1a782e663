//! Convolutions and their two adjoints: each linear in each of its two arguments.

use burn_backend::{Backend, Shape, Slice, TensorMetadata};
use burn_ir::{Conv1dOptionsIr, Conv2dOptionsIr, ModuleOperationIr as Module, OperationIr, TensorIr};

use super::elementwise::Binary;
use super::{Op, reductions, shape};
use crate::builder::Builder;
use crate::program::{Kind, ValueId};
use crate::value::{Context, Float, dims};

/// A two-dimensional convolution with stride, padding, dilation and groups, or the adjoint in one argument.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Convolve {
    /// Of an input (first argument) with a weight.
    Forward(Conv2dOptionsIr),
    /// From a weight and the gradient of the output to that of an input of this shape.
    Input(Conv2dOptionsIr, Vec<usize>),
    /// From an input and the gradient of the output to that of a weight of this shape.
    Weight(Conv2dOptionsIr, Vec<usize>),
}

impl Convolve {
    pub(crate) fn evaluate<B: Backend>(&self, l: &Float<B>, r: &Float<B>, context: &Context<B>) -> Float<B> {
        let count = l.shape()[0].max(r.shape()[0]);
        let one = |index| {
            let (l, r) = (vector::<B>(l.clone(), index), vector::<B>(r.clone(), index));
            let result = match self {
                Convolve::Forward(options) => B::conv2d(l, r, None, options.clone().into()),
                Convolve::Input(options, shape) => {
                    B::conv2d_x_backward(context.shaped(shape), l, r, options.clone().into())
                }
                Convolve::Weight(options, shape) => {
                    B::conv2d_weight_backward(l, context.shaped(shape), r, options.clone().into())
                }
            };
            lifted::<B>(result)
        };
        if count == 1 { one(0) } else { B::float_cat((0..count).map(one).collect(), 0) }
    }
}

/// The tensor of one vector, without the leading dimension; where there is but one, that one.
fn vector<B: Backend>(tensor: Float<B>, index: usize) -> Float<B> {
    let shape = dims(&tensor.shape());
    let slice = if shape[0] == 1 {
        tensor
    } else {
        B::float_slice(tensor, &[Slice::new(index as isize, Some(index as isize + 1), 1)])
    };
    B::float_reshape(slice, Shape::from(shape[1..].to_vec()))
}

fn lifted<B: Backend>(tensor: Float<B>) -> Float<B> {
    let shape = crate::value::with_lead(1, &dims(&tensor.shape()));
    B::float_reshape(tensor, shape)
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    let OperationIr::Module(op) = operation else { return None };
    match op {
        Module::Conv1d(op) => forward(&op.x, &op.weight, op.bias.as_ref(), wide(&op.options), &op.out, b),
        Module::Conv2d(op) => forward(&op.x, &op.weight, op.bias.as_ref(), op.options.clone(), &op.out, b),
        Module::Conv1dXBackward(op) => {
            adjoint(&op.weight, &op.output_grad, |out| Convolve::Input(wide(&op.options), out), &op.out, b)
        }
        Module::Conv2dXBackward(op) => {
            adjoint(&op.weight, &op.output_grad, |out| Convolve::Input(op.options.clone(), out), &op.out, b)
        }
        Module::Conv1dWeightBackward(op) => {
            adjoint(&op.x, &op.output_grad, |out| Convolve::Weight(wide(&op.options), out), &op.out, b)
        }
        Module::Conv2dWeightBackward(op) => {
            adjoint(&op.x, &op.output_grad, |out| Convolve::Weight(op.options.clone(), out), &op.out, b)
        }
        Module::Conv1dBiasBackward(op) => bias(&op.output_grad, &[0, 2], &op.out, b),
        Module::Conv2dBiasBackward(op) => bias(&op.output_grad, &[0, 2, 3], &op.out, b),
        _ => None,
    }
}

fn forward(
    x: &TensorIr,
    weight: &TensorIr,
    bias: Option<&TensorIr>,
    options: Conv2dOptionsIr,
    out: &TensorIr,
    b: &mut Builder,
) -> Option<()> {
    let (x, weight, result) = (b.get(x)?, b.get(weight)?, plane(&dims(&out.shape)));
    let inputs = [flat(x, b), flat(weight, b)];
    let mut value =
        b.graph.push(Op::Convolve(Convolve::Forward(options)), &inputs, result.clone(), Kind::Float);
    if let Some(bias) = bias {
        let bias = b.get(bias)?;
        let bias = shape::reshape(b, bias, vec![1, result[1], 1, 1]);
        value = b.graph.push(Op::Binary(Binary::Add), &[value, bias], result, Kind::Float);
    }
    let value = shape::reshape(b, value, dims(&out.shape));
    b.bind(out, value)
}

fn adjoint(
    other: &TensorIr,
    gradient: &TensorIr,
    op: impl FnOnce(Vec<usize>) -> Convolve,
    out: &TensorIr,
    b: &mut Builder,
) -> Option<()> {
    let (other, gradient, result) = (b.get(other)?, b.get(gradient)?, plane(&dims(&out.shape)));
    let inputs = [flat(other, b), flat(gradient, b)];
    let value = b.graph.push(Op::Convolve(op(result.clone())), &inputs, result, Kind::Float);
    let value = shape::reshape(b, value, dims(&out.shape));
    b.bind(out, value)
}

fn bias(gradient: &TensorIr, axes: &[usize], out: &TensorIr, b: &mut Builder) -> Option<()> {
    let gradient = b.get(gradient)?;
    let value = reductions::sum_dims(b, gradient, axes);
    let value = shape::reshape(b, value, dims(&out.shape));
    b.bind(out, value)
}

/// A signal as an image of height one.
pub(crate) fn plane(shape: &[usize]) -> Vec<usize> {
    match shape {
        &[n, c, length] => vec![n, c, 1, length],
        shape => shape.to_vec(),
    }
}

pub(crate) fn flat(x: ValueId, b: &mut Builder) -> ValueId {
    let shape = plane(b.graph.shape(x));
    shape::reshape(b, x, shape)
}

fn wide(options: &Conv1dOptionsIr) -> Conv2dOptionsIr {
    Conv2dOptionsIr {
        stride: [1, options.stride[0]],
        padding: [(0, 0), options.padding[0]],
        dilation: [1, options.dilation[0]],
        groups: options.groups,
    }
}
