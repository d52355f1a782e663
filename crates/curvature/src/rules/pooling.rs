//! Pooling. Averages are linear; a maximum is read at its place, which does not move near the point.

use burn_backend::{Backend, Shape, TensorMetadata};
use burn_ir::{ModuleOperationIr as Module, OperationIr, TensorIr};

use super::convolution::{flat, plane};
use super::indexing::Index;
use super::{Op, creation, shape};
use crate::builder::Builder;
use crate::program::{Kind, ValueId};
use crate::value::{Context, Float, Value, dims};

/// A window that moves over an image.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Window {
    pub(crate) size: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
    pub(crate) dilation: [usize; 2],
    pub(crate) count_padding: bool,
    pub(crate) ceil: bool,
}

/// Averages over images, their adjoints, and the place of a window's maximum.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pool {
    Average(Window),
    /// From the gradient of the averages to that of images of this shape.
    AverageAdjoint(Window, Vec<usize>),
    Adaptive([usize; 2]),
    AdaptiveAdjoint(Vec<usize>),
    /// Row-major positions within the image.
    MaxPlaces(Window),
}

impl Pool {
    pub(crate) fn has_tangent(&self) -> bool {
        !matches!(self, Pool::MaxPlaces(_))
    }

    pub(crate) fn evaluate<B: Backend>(&self, x: &Float<B>, context: &Context<B>) -> Value<B> {
        // Images of different vectors are pooled alike: they join the batch.
        let lead = x.shape()[0];
        let fold = |shape: &[usize]| [&[lead * shape[0]], &shape[1..]].concat();
        let unfold = |shape: Vec<usize>| Shape::from([&[lead, shape[0] / lead.max(1)], &shape[1..]].concat());
        let x = B::float_reshape(x.clone(), Shape::from(fold(&dims(&x.shape())[1..])));
        let y = match self {
            Pool::Average(w) => B::avg_pool2d(x, w.size, w.stride, w.padding, w.count_padding, w.ceil),
            Pool::AverageAdjoint(w, shape) => {
                let images = context.shaped(&fold(shape));
                B::avg_pool2d_backward(images, x, w.size, w.stride, w.padding, w.count_padding, w.ceil)
            }
            Pool::Adaptive(size) => B::adaptive_avg_pool2d(x, *size),
            Pool::AdaptiveAdjoint(shape) => B::adaptive_avg_pool2d_backward(context.shaped(&fold(shape)), x),
            Pool::MaxPlaces(w) => {
                let pooled =
                    B::max_pool2d_with_indices(x, w.size, w.stride, w.padding, w.dilation, w.ceil, context.int);
                let shape = unfold(dims(&pooled.indices.shape()));
                return Value::Int(B::int_reshape(pooled.indices, shape));
            }
        };
        let shape = unfold(dims(&y.shape()));
        Value::Float(B::float_reshape(y, shape))
    }
}

/// The window of a recorded pooling of signals or images.
macro_rules! window {
    (1, $op:expr, $dilation:expr, $count:expr) => {
        Window {
            size: [1, $op.kernel_size],
            stride: [1, $op.stride],
            padding: [0, $op.padding],
            dilation: [1, $dilation],
            count_padding: $count,
            ceil: $op.ceil_mode,
        }
    };
    (2, $op:expr, $dilation:expr, $count:expr) => {
        Window {
            size: $op.kernel_size,
            stride: $op.stride,
            padding: $op.padding,
            dilation: $dilation,
            count_padding: $count,
            ceil: $op.ceil_mode,
        }
    };
}

pub(crate) fn lower(operation: &OperationIr, b: &mut Builder) -> Option<()> {
    let OperationIr::Module(op) = operation else { return None };
    let adjoint = |x: &TensorIr| plane(&dims(&x.shape));
    match op {
        Module::AvgPool1d(op) => {
            linear(Pool::Average(window!(1, op, 1, op.count_include_pad)), &op.x, &op.out, b)
        }
        Module::AvgPool2d(op) => {
            linear(Pool::Average(window!(2, op, [1, 1], op.count_include_pad)), &op.x, &op.out, b)
        }
        Module::AvgPool1dBackward(op) => {
            let window = window!(1, op, 1, op.count_include_pad);
            linear(Pool::AverageAdjoint(window, adjoint(&op.x)), &op.grad, &op.out, b)
        }
        Module::AvgPool2dBackward(op) => {
            let window = window!(2, op, [1, 1], op.count_include_pad);
            linear(Pool::AverageAdjoint(window, adjoint(&op.x)), &op.grad, &op.out, b)
        }
        Module::AdaptiveAvgPool1d(op) => linear(Pool::Adaptive([1, op.output_size]), &op.x, &op.out, b),
        Module::AdaptiveAvgPool2d(op) => linear(Pool::Adaptive(op.output_size), &op.x, &op.out, b),
        Module::AdaptiveAvgPool1dBackward(op) => {
            linear(Pool::AdaptiveAdjoint(adjoint(&op.x)), &op.grad, &op.out, b)
        }
        Module::AdaptiveAvgPool2dBackward(op) => {
            linear(Pool::AdaptiveAdjoint(adjoint(&op.x)), &op.grad, &op.out, b)
        }
        Module::MaxPool1d(op) => maximum(window!(1, op, op.dilation, true), &op.x, (&op.out, None), b),
        Module::MaxPool2d(op) => maximum(window!(2, op, op.dilation, true), &op.x, (&op.out, None), b),
        Module::MaxPool1dWithIndices(op) => {
            maximum(window!(1, op, op.dilation, true), &op.x, (&op.out, Some(&op.out_indices)), b)
        }
        Module::MaxPool2dWithIndices(op) => {
            maximum(window!(2, op, op.dilation, true), &op.x, (&op.out, Some(&op.out_indices)), b)
        }
        Module::MaxPool1dWithIndicesBackward(op) => spread(&op.indices, &op.grad, &op.out, b),
        Module::MaxPool2dWithIndicesBackward(op) => spread(&op.indices, &op.grad, &op.out, b),
        _ => None,
    }
}

fn linear(pool: Pool, x: &TensorIr, out: &TensorIr, b: &mut Builder) -> Option<()> {
    let x = b.get(x)?;
    let x = flat(x, b);
    let value = b.graph.push(Op::Pool(pool), &[x], plane(&dims(&out.shape)), Kind::Float);
    let value = shape::reshape(b, value, dims(&out.shape));
    b.bind(out, value)
}

fn maximum(
    window: Window,
    x: &TensorIr,
    (out, indices): (&TensorIr, Option<&TensorIr>),
    b: &mut Builder,
) -> Option<()> {
    let x = b.get(x)?;
    let x = flat(x, b);
    let out_shape = dims(&out.shape);
    let places = b.graph.push(Op::Pool(Pool::MaxPlaces(window)), &[x], plane(&out_shape), Kind::Int);
    let (entries, at) = (pixels(x, b), pixels(places, b));
    let shape = b.graph.shape(at).to_vec();
    let value = b.graph.push(Op::Index(Index::Gather(2)), &[entries, at], shape, Kind::Float);
    let value = shape::reshape(b, value, out_shape.clone());
    if let Some(indices) = indices {
        let places = shape::reshape(b, places, out_shape);
        b.bind(indices, places)?;
    }
    b.bind(out, value)
}

/// The adjoint of reading the maxima: each gradient is added at the place that it was read from.
fn spread(indices: &TensorIr, gradient: &TensorIr, out: &TensorIr, b: &mut Builder) -> Option<()> {
    let (indices, gradient) = (b.get(indices)?, b.get(gradient)?);
    let (at, gradient) = (pixels(indices, b), pixels(gradient, b));
    let out_shape = dims(&out.shape);
    let (&[n, c], image) = out_shape.split_first_chunk()?;
    let shape = vec![n, c, image.iter().product()];
    let zeros = creation::full(b, &shape, 0.0);
    let value = b.graph.push(Op::Index(Index::ScatterAdd(2)), &[zeros, at, gradient], shape, Kind::Float);
    let value = shape::reshape(b, value, out_shape);
    b.bind(out, value)
}

/// Each image as one list of entries.
fn pixels(x: ValueId, b: &mut Builder) -> ValueId {
    let shape = b.graph.shape(x).to_vec();
    let entries = shape[2..].iter().product();
    shape::reshape(b, x, vec![shape[0], shape[1], entries])
}
