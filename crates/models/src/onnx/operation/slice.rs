//! Parts of a tensor, and tensors put together.

use burn::tensor::{Slice as Part, Tensor};

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{Host, Numbers, entries, few_entries, positions};
use crate::onnx::value::{Arguments, Array, MOST_AXES, Value, axis};

/// Parts of a tensor, and tensors put together.
#[derive(Debug, Clone, PartialEq)]
pub enum Slice {
    /// Entries from a start to an end, by steps, along axes: all are inputs.
    Slice,
    /// Tensors one after the other along an axis.
    Concat(i64),
    /// A tensor cut along an axis.
    Split {
        /// The axis.
        axis: i64,
        /// The lengths of the pieces, if they are an attribute.
        lengths: Option<Vec<i64>>,
    },
}

impl Slice {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        Some(Ok(match operator {
            "Slice" => Self::Slice,
            "Concat" => Self::Concat(attributes.int("axis", 0)),
            "Split" => Self::Split {
                axis: attributes.int("axis", 0),
                lengths: attributes.ints("split").map(<[i64]>::to_vec),
            },
            _ => return None,
        }))
    }

    pub(super) fn run(&self, arguments: &Arguments, outputs: usize) -> Result<Vec<Value>, String> {
        match self {
            Self::Slice => slice(arguments).map(|value| vec![value]),
            Self::Concat(along) => concat(arguments, *along).map(|value| vec![value]),
            Self::Split { axis: along, lengths } => {
                let shape = arguments.value(0)?.shape();
                let along = axis(*along, shape.len())?;
                let whole = shape[along];
                let lengths = match lengths {
                    Some(lengths) => Some(lengths.clone()),
                    None => arguments.integers(1)?,
                };
                let lengths = lengths.unwrap_or_else(|| {
                    let piece = whole.div_ceil(outputs.max(1));
                    (0..outputs).map(|n| piece.min(whole.saturating_sub(n * piece)) as i64).collect()
                });
                let sum = lengths.iter().try_fold(0i64, |sum, &length| sum.checked_add(length));
                if lengths.iter().any(|&length| length < 0) || sum != Some(whole as i64) {
                    return Err(format!("cuts an axis of {whole} into {lengths:?}"));
                }
                let mut start = 0;
                lengths
                    .iter()
                    .map(|&length| {
                        let mut cut: Vec<Cut> =
                            shape.iter().map(|&length| Cut { start: 0, step: 1, length }).collect();
                        cut[along] = Cut { start, step: 1, length: length as usize };
                        start += length as usize;
                        part(arguments.value(0)?, &cut)
                    })
                    .collect()
            }
        }
    }
}

/// Entries of one axis: a first one, a step, and how many.
#[derive(Debug, Clone, Copy)]
struct Cut {
    start: usize,
    step: i64,
    length: usize,
}

fn slice(arguments: &Arguments) -> Result<Value, String> {
    let value = arguments.value(0)?;
    let shape = value.shape();
    let list = |at: usize| arguments.integers(at);
    let starts = list(1)?.ok_or("lacks its starts")?;
    let ends = list(2)?.ok_or("lacks its ends")?;
    let axes = list(3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = list(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if ends.len() != starts.len() || axes.len() != starts.len() || steps.len() != starts.len() {
        return Err("has starts, ends, axes and steps of different numbers".to_owned());
    }
    let mut cuts: Vec<Cut> = shape.iter().map(|&length| Cut { start: 0, step: 1, length }).collect();
    for (n, &along) in axes.iter().enumerate() {
        let along = axis(along, shape.len())?;
        cuts[along] = cut(shape[along] as i64, starts[n], ends[n], steps[n])?;
    }
    part(value, &cuts)
}

/// ONNX's rule: negative positions count from the end, and all are brought into range.
fn cut(length: i64, start: i64, end: i64, step: i64) -> Result<Cut, String> {
    if step == 0 {
        return Err("has a step of zero".to_owned());
    }
    if length == 0 {
        return Ok(Cut { start: 0, step: 1, length: 0 });
    }
    // A longer step leads out of the axis as well.
    let step = step.clamp(-length, length);
    let from_end = |at: i64| if at < 0 { at.saturating_add(length) } else { at };
    let (start, end) = if step > 0 {
        (from_end(start).clamp(0, length), from_end(end).clamp(0, length))
    } else {
        (from_end(start).clamp(0, length - 1), from_end(end).clamp(-1, length - 1))
    };
    let span = if step > 0 { end - start } else { start - end };
    let count = if span <= 0 { 0 } else { (span - 1) / step.abs() + 1 };
    Ok(Cut { start: start.max(0) as usize, step, length: count as usize })
}

fn part(value: &Value, cuts: &[Cut]) -> Result<Value, String> {
    let shape: Vec<usize> = cuts.iter().map(|cut| cut.length).collect();
    match value {
        Value::Host(host) => {
            let mut found = vec![0usize];
            for (axis, cut) in cuts.iter().enumerate() {
                let stride: usize = host.shape[axis + 1..].iter().product();
                let at = |n: usize| (cut.start as i64 + n as i64 * cut.step) as usize * stride;
                found = found.iter().flat_map(|&start| (0..cut.length).map(move |n| start + at(n))).collect();
            }
            Ok(Value::Host(host.pick(&found, shape)))
        }
        Value::Array(array) => {
            if shape.contains(&0) {
                return Err(format!("leaves the shape {shape:?}, without entries"));
            }
            let lead = MOST_AXES - array.rank;
            let mut tensor = array.tensor.clone();
            for (axis, cut) in cuts.iter().enumerate() {
                let whole = tensor.dims()[lead + axis];
                if cut.step > 0 && !(cut.start == 0 && cut.length == whole && cut.step == 1) {
                    let end = cut.start + (cut.length - 1) * cut.step as usize + 1;
                    let stepped = Part::new(cut.start as isize, Some(end as isize), cut.step as isize);
                    tensor = tensor.slice_dim(lead + axis, stepped);
                } else if cut.step < 0 {
                    let last = cut.start as i64 + (cut.length as i64 - 1) * cut.step;
                    let some = tensor
                        .slice_dim(lead + axis, Part::new(last as isize, Some(cut.start as isize + 1), 1));
                    let turned: Tensor<MOST_AXES> = some.flip([(lead + axis) as isize]);
                    let stepped = Part::new(0, None, cut.step.unsigned_abs() as isize);
                    tensor = turned.slice_dim(lead + axis, stepped);
                }
            }
            Ok(Value::Array(array.with(tensor)))
        }
        Value::Truth(_) => Err("cuts truth values".to_owned()),
    }
}

fn concat(arguments: &Arguments, along: i64) -> Result<Value, String> {
    let values: Vec<&Value> = arguments.values.iter().flatten().copied().collect();
    let first = values.first().ok_or("puts nothing together")?.shape();
    let at = axis(along, first.len())?;
    for value in &values {
        let shape = value.shape();
        let fits = shape.len() == first.len() && (0..shape.len()).all(|a| a == at || shape[a] == first[a]);
        if !fits {
            return Err(format!("puts the shapes {first:?} and {shape:?} together along the axis {at}"));
        }
    }
    let mut shape = first.clone();
    shape[at] = values.iter().map(|value| value.shape()[at]).sum();
    entries(&shape)?;
    let hosts: Option<Vec<&Host>> =
        values.iter().map(|value| if let Value::Host(host) = value { Some(host) } else { None }).collect();
    if let Some(hosts) = hosts {
        few_entries(&shape)?;
        return Ok(Value::Host(join(&hosts, at)));
    }
    let rank = first.len();
    let tensors: Vec<Tensor<MOST_AXES>> =
        values.iter().map(|value| Ok(arguments.to_array(value)?.tensor)).collect::<Result<_, String>>()?;
    Ok(Value::Array(Array { tensor: Tensor::cat(tensors, MOST_AXES - rank + at), rank }))
}

/// Known tensors one after the other.
fn join(hosts: &[&Host], at: usize) -> Host {
    let mut shape = hosts[0].shape.clone();
    shape[at] = hosts.iter().map(|host| host.shape[at]).sum();
    let outer: usize = shape[..at].iter().product();
    // A flat list of all entries, and where each entry of the result lies in it.
    let starts: Vec<usize> = hosts
        .iter()
        .scan(0, |sum, host| {
            let start = *sum;
            *sum += host.len();
            Some(start)
        })
        .collect();
    let mut found = Vec::with_capacity(shape.iter().product());
    for row in 0..outer {
        for (host, start) in hosts.iter().zip(&starts) {
            let inner: usize = host.shape[at..].iter().product();
            found.extend(positions(&[inner], start + row * inner, &[1]));
        }
    }
    let all = if hosts.iter().all(|host| matches!(host.numbers, Numbers::Int(_))) {
        Numbers::Int(hosts.iter().flat_map(|host| host.ints().unwrap_or(&[]).to_vec()).collect())
    } else {
        Numbers::Float(hosts.iter().flat_map(|host| host.to_floats()).collect())
    };
    Host { shape: vec![found.len()], numbers: all }.pick(&found, shape)
}
