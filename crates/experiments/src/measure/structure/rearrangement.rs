//! What moves, repeats, collects or normalizes entries.

use saddlepoint_models::onnx::{
    Activation, Axes, Layout, Normalization, Operation, Pad, Pooling, Reduction, ReductionKind, Slice, Window,
};
use saddlepoint_rigor::{Down, Rounding, Up};
use saddlepoint_theory::capacity::convolution::Axis;
use saddlepoint_theory::capacity::lipschitz::functions;
use saddlepoint_theory::capacity::lipschitz::pooling::{Windows, average_pooling, max_pooling};

use super::arithmetic::Read;
use super::curve::Curve;
use super::flow::{Flow, size};
use super::part::{Kind, Reason, repetition};

pub(super) fn read<'a>(flow: &Flow<'a>, node: usize) -> Read<'a> {
    let kind = match &flow.node(node).operation {
        Operation::Layout(layout) => of_layout(flow, node, layout)?,
        Operation::Slice(Slice::Concat(_)) => {
            let names: Vec<&str> = flow.flowing(node).into_iter().map(|(_, name)| name).collect();
            let factors = vec![1.0; names.len()];
            return Ok((names, Kind::Beside(factors)));
        }
        Operation::Slice(_) => Kind::Map { what: "a slice", factor: 1.0 },
        Operation::Pad(pad) => Kind::Map { what: "padding", factor: padding(flow, node, *pad)? },
        Operation::Gather(gather) => {
            Kind::Map { what: "a gathering", factor: gathering(flow, node, gather.axis)? }
        }
        Operation::Pooling(pooling) => of_pooling(flow, node, pooling)?,
        Operation::Reduction(reduction) => of_reduction(flow, node, reduction)?,
        Operation::Normalization(normalization) => Kind::Map {
            what: "a normalization by the example's own mean and variance",
            factor: standardized(flow, node, normalization)?,
        },
        Operation::Linear(_) => {
            return Err(
                "it multiplies two matrices that both depend on the input, as attention does".to_owned()
            );
        }
        _ => return Err("its Lipschitz constant is not known".to_owned()),
    };
    if !flow.flows(flow.name(node, 0)) {
        return Err("it takes stored numbers by what depends on the input".to_owned());
    }
    Ok((vec![flow.name(node, 0)], kind))
}

fn of_layout(flow: &Flow, node: usize, layout: &Layout) -> Result<Kind, Reason> {
    Ok(match layout {
        Layout::Identity
        | Layout::Dropout
        | Layout::Cast(_)
        | Layout::CastLike
        | Layout::Flatten(_)
        | Layout::Reshape { .. }
        | Layout::Squeeze(_)
        | Layout::Unsqueeze(_) => Kind::Same,
        Layout::Transpose(order) => {
            let shape = flow.input(node, 0);
            let rank = shape.len() as i64;
            let reversed = || (0..rank).rev().collect();
            let order: Vec<i64> = order.clone().unwrap_or_else(reversed);
            let axes = order.iter().map(|&axis| if axis < 0 { axis + rank } else { axis });
            let long: Vec<i64> = axes.filter(|&axis| shape.get(axis as usize) != Some(&1)).collect();
            if long.is_sorted() { Kind::Same } else { Kind::Map { what: "a transposition", factor: 1.0 } }
        }
        Layout::Expand | Layout::Tile => {
            Kind::Map { what: "a repetition", factor: repetition(flow.input(node, 0), flow.output(node)) }
        }
        _ => return Err("it makes other numbers of the data".to_owned()),
    })
}

/// Each entry that is added repeats one of the axis, so that no entry stands there oftener than one more than their number.
fn padding(flow: &Flow, node: usize, pad: Pad) -> Result<f64, Reason> {
    if pad == Pad::Constant {
        return Ok(1.0);
    }
    // A mirror shows an entry once on each side.
    let most = if pad == Pad::Reflect { 2.0 } else { f64::INFINITY };
    let pads = flow.stored(node, 1)?.values;
    let (before, after) = pads.split_at(pads.len() / 2);
    let times = before.iter().zip(after).fold(1.0, |product, (before, after)| {
        let added = Up::add(before.max(0.0), after.max(0.0));
        Up::mul(product, Up::add(1.0, added.min(most)))
    });
    Ok(Up::sqrt(times))
}

fn gathering(flow: &Flow, node: usize, axis: i64) -> Result<f64, Reason> {
    let shape = flow.input(node, 0);
    let axis = if axis < 0 { axis + shape.len() as i64 } else { axis } as usize;
    let length = *shape.get(axis).ok_or("names an axis that is not there")?;
    let mut times = vec![0.0f64; length];
    for index in flow.stored(node, 1)?.values {
        let at = if index < 0.0 { index + length as f64 } else { index };
        *times.get_mut(at as usize).ok_or("takes an entry that is not there")? += 1.0;
    }
    Ok(Up::sqrt(times.into_iter().fold(0.0, f64::max)))
}

fn of_pooling(flow: &Flow, node: usize, pooling: &Pooling) -> Result<Kind, Reason> {
    let (input, output) = (flow.input(node, 0), flow.output(node));
    let windows = |kernel: &[usize], window: &Window| -> Result<Vec<Windows>, Reason> {
        let lengths = input.get(2..).unwrap_or_default();
        let sliding = window.sliding(lengths, kernel)?;
        let each = sliding.into_iter().zip(lengths.iter().zip(kernel)).zip(output.iter().skip(2));
        let windows = each.map(|((sliding, (&input, &kernel)), &count)| {
            let (stride, dilation, padding) = (sliding.stride, sliding.dilation, sliding.padding);
            Windows { axis: Axis { input, kernel, stride, dilation, padding }, count }
        });
        Ok(windows.collect())
    };
    Ok(match pooling {
        Pooling::Max { kernel, window, .. } => {
            Kind::Map { what: "max pooling", factor: max_pooling(&windows(kernel, window)?) }
        }
        Pooling::Average { kernel, window, count_padding, .. } => Kind::Map {
            what: "average pooling",
            factor: average_pooling(&windows(kernel, window)?, *count_padding),
        },
        Pooling::GlobalAverage => Kind::Map { what: "average pooling", factor: mean(input, output) },
        Pooling::GlobalMax => Kind::Map { what: "max pooling", factor: 1.0 },
    })
}

/// The mean of `n` entries: `1/√n`.
fn mean(input: &[usize], output: &[usize]) -> f64 {
    Up::div(1.0, Down::sqrt((size(input) / size(output).max(1)).max(1) as f64))
}

fn of_reduction(flow: &Flow, node: usize, reduction: &Reduction) -> Result<Kind, Reason> {
    let (input, output) = (flow.input(node, 0), flow.output(node));
    let (what, factor) = match reduction.kind {
        // A vector of ones has norm √n; so has one of signs.
        ReductionKind::Sum | ReductionKind::L1 => {
            ("a sum", Up::sqrt((size(input) / size(output).max(1)) as f64))
        }
        ReductionKind::Mean => ("a mean", mean(input, output)),
        ReductionKind::Max | ReductionKind::Min => ("an extreme", 1.0),
        ReductionKind::L2 => ("a norm", 1.0),
        // Its gradient is a softmax, whose entries are not negative and sum up to 1.
        ReductionKind::LogSumExp => ("a logarithm of a sum of exponentials", 1.0),
        ReductionKind::SumOfSquares | ReductionKind::Product => {
            return Err("its slope grows without bound for large inputs".to_owned());
        }
        ReductionKind::LogSum => return Err("its slope grows without bound near zero".to_owned()),
    };
    Ok(Kind::Map { what, factor })
}

/// Normalizations by what the example itself has.
fn standardized(flow: &Flow, node: usize, normalization: &Normalization) -> Result<f64, Reason> {
    let (Normalization::Batch { epsilon }
    | Normalization::Layer { epsilon, .. }
    | Normalization::Group { epsilon, .. }
    | Normalization::Instance { epsilon }) = *normalization;
    let gain = flow.stored(node, 1)?.values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    flow.argument(node, 2)?;
    functions::standardization(gain, epsilon).map_err(|error| error.to_string())
}

pub(super) fn activation<'a>(flow: &Flow<'a>, node: usize, activation: &Activation) -> Read<'a> {
    let input = flow.name(node, 0);
    let kind = match activation {
        Activation::Softmax(_) => Kind::Map { what: "a softmax", factor: functions::SOFTMAX },
        Activation::LogSoftmax(axes) => {
            let shape = flow.input(node, 0);
            let at = |axis: i64| (if axis < 0 { axis + shape.len() as i64 } else { axis }) as usize;
            let count = match *axes {
                Axes::One(axis) => shape.get(at(axis)).copied().unwrap_or(1),
                Axes::From(axis) => size(shape.get(at(axis)..).unwrap_or_default()),
            };
            Kind::Map { what: "the logarithm of a softmax", factor: functions::log_softmax(count) }
        }
        Activation::PRelu => {
            let slopes = flow.stored(node, 1)?.values;
            match slopes.as_slice() {
                &[slope] => Kind::Curve(Curve::leaky(slope)),
                slopes => {
                    let factor = slopes.iter().fold(1.0, |most: f64, slope| most.max(slope.abs()));
                    Kind::Map { what: "a leaky relu with slopes of its own for each channel", factor }
                }
            }
        }
        other => match Curve::of(other) {
            Some(curve) => Kind::Curve(curve),
            None => return Err("its slope grows without bound".to_owned()),
        },
    };
    if flow.flows(input) { Ok((vec![input], kind)) } else { Err("its slopes depend on the input".to_owned()) }
}
