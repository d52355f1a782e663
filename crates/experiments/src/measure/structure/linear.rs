//! Which nodes are linear layers, and of which operator.

use saddlepoint_models::onnx::{self, Normalization, Operation};
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::capacity::batch_norm::BatchNorm;
use saddlepoint_theory::capacity::convolution::{Axis, Channels, Convolution};

use super::flow::{Flow, size};
use super::layer::plus;
use super::operator::Operator;

/// A layer `x ↦ A x + b` of one flattened example.
#[derive(Debug, Clone)]
pub(super) struct Linear<'a> {
    /// The name of its parameter, without `.weight`.
    pub(super) name: String,
    /// `A`
    pub(super) operator: Operator,
    /// `b`, one for each output; none for zeros.
    pub(super) bias: Option<Vec<Interval>>,
    /// `x`
    pub(super) input: &'a str,
    /// Another value that is added, with its factor and the number of times that each of its entries is.
    pub(super) added: Option<(&'a str, f64, usize)>,
    /// The normalization, if it is one.
    pub(super) norm: Option<BatchNorm>,
    /// Whether pieces of the input lie one after the other, so that the operator's matrix is that of the flattened example.
    pub(super) in_order: bool,
}

/// Reads a node; none if it is no linear layer.
pub(super) fn read<'a>(flow: &Flow<'a>, node: usize) -> Option<Result<Linear<'a>, String>> {
    let flowing = flow.flowing(node);
    match &flow.node(node).operation {
        _ if flowing.is_empty() => None,
        Operation::Linear(_) if flow.flows(flow.name(node, 0)) && flow.flows(flow.name(node, 1)) => None,
        Operation::Linear(onnx::Linear::MatMul) => Some(product(flow, node)),
        &Operation::Linear(onnx::Linear::Gemm { alpha, beta, transpose_a, transpose_b }) => {
            if transpose_a || !flow.flows(flow.name(node, 0)) {
                return Some(Err("multiplies the transposed batch of examples".to_owned()));
            }
            Some(gemm(flow, node, alpha, beta, transpose_b))
        }
        Operation::Convolution(convolution) => Some(convolved(flow, node, convolution)),
        &Operation::Normalization(Normalization::Batch { epsilon }) => Some(normalization(flow, node, epsilon)),
        _ => None,
    }
}

fn point(x: f64) -> Interval {
    Interval::between(x, x)
}

/// `α A B + β C` with the examples A, which have one row.
fn gemm<'a>(
    flow: &Flow<'a>,
    node: usize,
    alpha: f64,
    beta: f64,
    transposed: bool,
) -> Result<Linear<'a>, String> {
    let weights = flow.stored(node, 1)?;
    let &[rows, columns] = weights.shape else { return Err("multiplies by no matrix".to_owned()) };
    let matrix = IntervalMatrix::from_rows(rows, columns, weights.values).map_err(|error| error.to_string())?;
    let matrix = if transposed { matrix } else { matrix.transpose() };
    let matrix = if alpha == 1.0 {
        matrix
    } else {
        matrix.scale_columns(&vec![alpha; matrix.shape().1]).map_err(|error| error.to_string())?
    };
    let inputs = matrix.shape().1;
    let added = flow.name(node, 2);
    let mut linear = Linear {
        name: flow.layer_name(node, 1),
        operator: Operator::Dense { copies: size(flow.input(node, 0)) / inputs.max(1), matrix },
        bias: None,
        input: flow.name(node, 0),
        added: None,
        norm: None,
        in_order: true,
    };
    if flow.flows(added) {
        let times = size(flow.output(node)) / size(flow.input(node, 2)).max(1);
        linear.added = Some((added, beta.abs(), times));
    } else if let Some(bias) = flow.argument(node, 2)? {
        let bias = bias.broadcast(flow.output(node)).ok_or("adds a bias of another shape")?;
        linear.bias = Some(bias.into_iter().map(|b| point(beta) * point(b)).collect());
    }
    Ok(linear)
}

/// A stored matrix to the right of many rows, or to the left of many columns.
fn product<'a>(flow: &Flow<'a>, node: usize) -> Result<Linear<'a>, String> {
    let right = flow.flows(flow.name(node, 0));
    let (at, of_data) = if right { (1, 0) } else { (0, 1) };
    let weights = flow.stored(node, at)?;
    let (lead, shape) = weights.shape.split_at(weights.shape.len().saturating_sub(2));
    if lead.iter().any(|&length| length != 1) {
        return Err(format!("multiplies by {:?}: several matrices at once", weights.shape));
    }
    let matrix = match (shape, right) {
        (&[rows, columns], _) => IntervalMatrix::from_rows(rows, columns, weights.values),
        (&[length], true) => IntervalMatrix::from_rows(length, 1, weights.values),
        (&[length], false) => IntervalMatrix::from_rows(1, length, weights.values),
        _ => return Err(format!("multiplies by {:?}, which is no matrix", weights.shape)),
    };
    let matrix = matrix.map_err(|error| error.to_string())?;
    let matrix = if right { matrix.transpose() } else { matrix };
    let data = flow.input(node, of_data);
    let inputs = matrix.shape().1;
    Ok(Linear {
        name: flow.layer_name(node, at),
        operator: Operator::Dense { copies: size(data) / inputs.max(1), matrix },
        bias: None,
        input: flow.name(node, of_data),
        added: None,
        norm: None,
        in_order: right || data.len() < 2 || data.last() == Some(&1),
    })
}

fn convolved<'a>(flow: &Flow<'a>, node: usize, operation: &onnx::Convolution) -> Result<Linear<'a>, String> {
    if !flow.flows(flow.name(node, 0)) {
        return Err("convolves stored numbers with the data".to_owned());
    }
    let weights = flow.stored(node, 1)?;
    let (input, shape) = (flow.input(node, 0), weights.shape);
    if input.len() != shape.len() || input.len() < 3 || input[0] != 1 {
        return Err(format!("convolves the shape {input:?} with weights {shape:?}"));
    }
    let axes: Vec<Axis> = operation
        .window
        .sliding(&input[2..], &shape[2..])?
        .into_iter()
        .zip(input[2..].iter().zip(&shape[2..]))
        .map(|(sliding, (&input, &kernel))| Axis {
            input,
            kernel,
            stride: sliding.stride,
            dilation: sliding.dilation,
            padding: sliding.padding,
        })
        .collect();
    let channels = Channels { inputs: input[1], outputs: shape[0], groups: operation.groups };
    let convolution = match *axes.as_slice() {
        [axis] => Convolution::line(channels, axis, weights.values),
        [vertical, horizontal] => Convolution::new(channels, [vertical, horizontal], weights.values),
        _ => return Err(format!("convolves over {} axes", axes.len())),
    };
    let convolution = convolution.map_err(|error| error.to_string())?;
    let positions = convolution.dimensions().1 / channels.outputs;
    let bias = flow.argument(node, 2)?.map(|bias| spread(bias.values.into_iter().map(point), positions));
    Ok(Linear {
        name: flow.layer_name(node, 1),
        operator: Operator::Convolution(Box::new(convolution)),
        bias,
        input: flow.name(node, 0),
        added: None,
        norm: None,
        in_order: true,
    })
}

/// Numbers of channels, for every entry.
fn spread(channels: impl Iterator<Item = Interval>, positions: usize) -> Vec<Interval> {
    channels.flat_map(|channel| std::iter::repeat_n(channel, positions)).collect()
}

fn normalization<'a>(flow: &Flow<'a>, node: usize, epsilon: f64) -> Result<Linear<'a>, String> {
    let [gain, shift, mean, variance] = [1, 2, 3, 4].map(|at| flow.stored(node, at).map(|known| known.values));
    let norm =
        BatchNorm::new(&gain?, &shift?, &mean?, &variance?, epsilon).map_err(|error| error.to_string())?;
    let channels = norm.scale().len();
    let shape = flow.input(node, 0);
    if !flow.flows(flow.name(node, 0)) || shape.first() != Some(&1) || shape.get(1) != Some(&channels) {
        return Err(format!("normalizes the shape {shape:?} with statistics of {channels} channels"));
    }
    let positions = size(shape) / channels;
    Ok(Linear {
        name: flow.layer_name(node, 1),
        operator: Operator::Diagonal { scale: norm.scale().to_vec(), copies: positions },
        bias: Some(spread(norm.shift().iter().copied(), positions)),
        input: flow.name(node, 0),
        added: None,
        norm: Some(norm),
        in_order: true,
    })
}

/// The linear layer whose outputs alone a normalization takes, with what is added between them.
pub(super) struct Before {
    pub(super) node: usize,
    pub(super) shifts: Vec<Vec<Interval>>,
}

/// What comes right before a normalization with stored statistics.
pub(super) fn normalized(flow: &Flow, node: usize) -> Option<Before> {
    if !matches!(flow.node(node).operation, Operation::Normalization(Normalization::Batch { .. })) {
        return None;
    }
    let mut shifts = vec![];
    let mut name = flow.name(node, 0);
    loop {
        if !flow.taken_once(name) {
            return None;
        }
        let before = flow.giver(name)?;
        match super::part::shift(flow, before) {
            Some((input, shift)) => {
                shifts.push(shift);
                name = input;
            }
            None => return Some(Before { node: before, shifts }),
        }
    }
}

/// A layer with the normalization after it, if the channels are those of the layer's outputs.
pub(super) fn folded<'a>(
    layer: &Linear<'a>,
    shifts: &[Vec<Interval>],
    norm: &Linear<'a>,
) -> Option<Linear<'a>> {
    let Operator::Diagonal { scale, copies } = &norm.operator else { return None };
    if layer.added.is_some() || layer.operator.dimensions().1 != scale.len() * copies {
        return None;
    }
    let normalization = norm.norm.as_ref()?;
    let rows = |matrix: &IntervalMatrix| Some(normalization.fold_after(matrix, None).ok()?.weights);
    let operator = match &layer.operator {
        Operator::Dense { matrix, copies: 1 } if *copies == 1 && layer.in_order => {
            Operator::Dense { matrix: rows(matrix)?, copies: 1 }
        }
        Operator::Convolution(convolution) if convolution.channels().outputs == scale.len() => {
            let kernel = rows(&layer.operator.weights()?)?;
            let folded = Convolution::enclosing(convolution.channels(), convolution.axes(), &kernel).ok()?;
            Operator::Convolution(Box::new(folded))
        }
        _ => return None,
    };
    let bias = shifts.iter().fold(layer.bias.clone(), |bias, shift| Some(plus(bias, shift)));
    let scaled = bias.map(|bias| bias.into_iter().enumerate().map(|(at, b)| scale[at / copies] * b).collect());
    let bias = match &norm.bias {
        Some(shift) => Some(plus(scaled, shift)),
        None => scaled,
    };
    let name = norm.name.clone();
    Some(Linear { name, operator, bias, input: layer.input, added: None, norm: None, in_order: true })
}
