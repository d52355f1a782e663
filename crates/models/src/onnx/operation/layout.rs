//! The same entries in another arrangement.

use burn::tensor::Tensor;

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{Host, Numbers, entries, entries_of, few_entries, positions};
use crate::onnx::value::{Arguments, Array, MOST_AXES, Value, axis};

/// Another arrangement of the same entries, or what is known about an arrangement.
#[derive(Debug, Clone, PartialEq)]
pub enum Layout {
    /// Nothing changes: identities, dropout in inference, conversions between floating-point types.
    Identity,
    /// A stored tensor.
    Constant(Host),
    /// Two axes: those before an axis, and the rest.
    Flatten(i64),
    /// A shape that is an input; 0 keeps an axis unless zeros are meant, −1 is what is left.
    Reshape {
        /// Whether a zero is a length of zero.
        zero_is_zero: bool,
    },
    /// Axes in another order; reversed if none is stated.
    Transpose(Option<Vec<i64>>),
    /// Without axes of length one.
    Squeeze(Option<Vec<i64>>),
    /// With more of them.
    Unsqueeze(Option<Vec<i64>>),
    /// Repeated along axes of length one.
    Expand,
    /// The whole repeated along each axis as often as an input says.
    Tile,
    /// Nothing changes, unless a third input asks for training.
    Dropout,
    /// The shape, as integers, from one axis to another.
    Shape {
        /// The first axis.
        start: i64,
        /// The axis after the last.
        end: Option<i64>,
    },
    /// The number of entries.
    Size,
    /// Numbers of another type: whether they become integers, truth values or floats.
    Cast(Kind),
    /// Numbers of the type of another input.
    CastLike,
    /// A tensor of one value in a shape that is an input.
    Fill(Host),
    /// Numbers from a first one, by steps, up to a limit.
    Range,
}

/// The types that numbers are converted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Floating-point numbers.
    Float,
    /// Integers.
    Int,
    /// Truth values.
    Bool,
}

impl Layout {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        let axes = || attributes.ints("axes").map(<[i64]>::to_vec);
        Some(Ok(match operator {
            "Identity" => Self::Identity,
            "Dropout" => Self::Dropout,
            "CastLike" => Self::CastLike,
            "Tile" => Self::Tile,
            "Constant" => return Some(attributes.constant().map(Self::Constant)),
            "Flatten" => Self::Flatten(attributes.int("axis", 1)),
            "Reshape" => Self::Reshape { zero_is_zero: attributes.flag("allowzero", false) },
            "Transpose" => Self::Transpose(attributes.ints("perm").map(<[i64]>::to_vec)),
            "Squeeze" => Self::Squeeze(axes()),
            "Unsqueeze" => Self::Unsqueeze(axes()),
            "Expand" => Self::Expand,
            "Shape" => {
                let end = attributes.int("end", i64::MAX);
                Self::Shape { start: attributes.int("start", 0), end: (end != i64::MAX).then_some(end) }
            }
            "Size" => Self::Size,
            "Cast" => match attributes.int("to", 0) {
                1 | 10 | 11 | 16 => Self::Cast(Kind::Float),
                2..=7 | 12 | 13 => Self::Cast(Kind::Int),
                9 => Self::Cast(Kind::Bool),
                other => return Some(Err(format!("converts to the ONNX type {other}"))),
            },
            "ConstantOfShape" => {
                let value = attributes.tensor("value").map(|value| value.unwrap_or_else(|| Host::number(0.0)));
                return Some(value.map(Self::Fill));
            }
            "Range" => Self::Range,
            _ => return None,
        }))
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Value, String> {
        match self {
            Self::Identity => Ok(arguments.value(0)?.clone()),
            Self::Dropout => {
                if let Some(Value::Host(Host { numbers: Numbers::Bool(train), .. })) = arguments.optional(2)
                    && train.contains(&true)
                {
                    return Err("drops entries at random; export the network in inference mode: model.eval()"
                        .to_owned());
                }
                Ok(arguments.value(0)?.clone())
            }
            Self::CastLike => {
                let kind = match arguments.value(1)? {
                    Value::Array(_) | Value::Host(Host { numbers: Numbers::Float(_), .. }) => Kind::Float,
                    Value::Truth(_) | Value::Host(Host { numbers: Numbers::Bool(_), .. }) => Kind::Bool,
                    Value::Host(_) => Kind::Int,
                };
                cast(arguments, kind)
            }
            Self::Tile => tile(arguments),
            Self::Constant(host) => Ok(Value::Host(host.clone())),
            Self::Cast(kind) => cast(arguments, *kind),
            Self::Shape { start, end } => {
                let shape: Vec<i64> = arguments.value(0)?.shape().iter().map(|&axis| axis as i64).collect();
                let clamp =
                    |at: i64| (if at < 0 { at + shape.len() as i64 } else { at }).clamp(0, shape.len() as i64);
                let (start, end) = (clamp(*start) as usize, clamp(end.unwrap_or(shape.len() as i64)) as usize);
                Ok(Value::Host(Host::integers(shape[start.min(end)..end].to_vec())))
            }
            Self::Size => {
                let count = entries(&arguments.value(0)?.shape())?;
                Ok(Value::Host(Host::integers(vec![count as i64]).reshaped(vec![])))
            }
            Self::Fill(value) => {
                let shape = lengths(arguments.host(0)?.ints()?)?;
                let count = few_entries(&shape)?;
                if value.len() != 1 {
                    return Err(format!("fills a tensor with {} values at once", value.len()));
                }
                Ok(Value::Host(value.pick(&vec![0; count], shape)))
            }
            Self::Range => range(arguments),
            Self::Transpose(order) => transpose(arguments.value(0)?, order.as_deref()),
            Self::Expand => {
                let asked = lengths(arguments.host(1)?.ints()?)?;
                let value = arguments.value(0)?;
                let shape = crate::onnx::host::broadcast(&value.shape(), &asked)?;
                if let Value::Host(host) = value {
                    few_entries(&shape)?;
                    let positions = crate::onnx::host::broadcast_positions(&host.shape, &shape);
                    return Ok(Value::Host(host.pick(&positions, shape)));
                }
                if shape.contains(&0) {
                    return Err(format!("leaves the shape {shape:?}, without entries"));
                }
                entries_of(value.shape().first().copied().unwrap_or(1), &shape)?;
                let tensor = arguments.array(0)?.tensor.expand(crate::onnx::value::lead(&shape)?);
                Ok(Value::Array(Array { tensor, rank: shape.len() }))
            }
            Self::Flatten(_) | Self::Reshape { .. } | Self::Squeeze(_) | Self::Unsqueeze(_) => {
                let value = arguments.value(0)?;
                let shape = self.shape(arguments, &value.shape())?;
                match value {
                    Value::Host(host) if entries(&shape)? == host.len() => {
                        Ok(Value::Host(host.clone().reshaped(shape)))
                    }
                    Value::Host(host) => Err(format!("cannot bring the shape {:?} into {shape:?}", host.shape)),
                    _ => Ok(Value::Array(arguments.array(0)?.reshaped(&shape)?)),
                }
            }
        }
    }

    /// The shape of a result with the same entries in the same order.
    fn shape(&self, arguments: &Arguments, from: &[usize]) -> Result<Vec<usize>, String> {
        let rank = from.len();
        let stated =
            |axes: &Option<Vec<i64>>| axes.clone().map_or_else(|| arguments.integers(1), |axes| Ok(Some(axes)));
        match self {
            Self::Flatten(at) => {
                let at = if *at == rank as i64 { rank } else { axis(*at, rank)? };
                Ok(vec![from[..at].iter().product(), from[at..].iter().product()])
            }
            Self::Squeeze(axes) => {
                let axes = match stated(axes)? {
                    Some(axes) => axes.iter().map(|&a| axis(a, rank)).collect::<Result<Vec<_>, _>>()?,
                    None => (0..rank).filter(|&a| from[a] == 1).collect(),
                };
                if let Some(&long) = axes.iter().find(|&&a| from[a] != 1) {
                    return Err(format!("drops the axis {long} of the shape {from:?}"));
                }
                Ok((0..rank).filter(|a| !axes.contains(a)).map(|a| from[a]).collect())
            }
            Self::Unsqueeze(axes) => {
                let axes = stated(axes)?.ok_or("does not say where axes are added")?;
                let whole = rank + axes.len();
                let new: Vec<usize> = axes.iter().map(|&a| axis(a, whole)).collect::<Result<_, _>>()?;
                let mut rest = from.iter();
                (0..whole)
                    .map(|a| if new.contains(&a) { Some(1) } else { rest.next().copied() })
                    .collect::<Option<_>>()
                    .ok_or_else(|| format!("adds the axes {axes:?}"))
            }
            Self::Reshape { zero_is_zero } => reshape(from, arguments.host(1)?.ints()?, *zero_is_zero),
            _ => Ok(from.to_vec()),
        }
    }
}

/// Integers as a shape.
fn lengths(values: &[i64]) -> Result<Vec<usize>, String> {
    let shape: Option<Vec<usize>> = values.iter().map(|&value| usize::try_from(value).ok()).collect();
    let shape = shape.ok_or_else(|| format!("asks for the shape {values:?}"))?;
    entries(&shape)?;
    Ok(shape)
}

fn reshape(from: &[usize], asked: &[i64], zero_is_zero: bool) -> Result<Vec<usize>, String> {
    let impossible = || format!("cannot bring the shape {from:?} into the shape {asked:?}");
    let mut shape = Vec::with_capacity(asked.len());
    let mut open = None;
    for (at, &length) in asked.iter().enumerate() {
        shape.push(match length {
            0 if !zero_is_zero => *from.get(at).ok_or_else(impossible)?,
            -1 if open.is_none() => {
                open = Some(at);
                1
            }
            _ => usize::try_from(length).map_err(|_| impossible())?,
        });
    }
    if let Some(at) = open {
        let known = entries(&shape)?;
        let all = entries(from)?;
        if known == 0 || all % known != 0 {
            return Err(impossible());
        }
        shape[at] = all / known;
    }
    Ok(shape)
}

fn transpose(value: &Value, order: Option<&[i64]>) -> Result<Value, String> {
    let shape = value.shape();
    let rank = shape.len();
    let order: Vec<usize> = match order {
        None => (0..rank).rev().collect(),
        Some(order) => order.iter().map(|&a| axis(a, rank)).collect::<Result<_, _>>()?,
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted != (0..rank).collect::<Vec<_>>() {
        return Err(format!("orders the axes of the shape {shape:?} as {order:?}"));
    }
    match value {
        Value::Array(array) => {
            let lead = MOST_AXES - rank;
            let full: [usize; MOST_AXES] =
                std::array::from_fn(|a| if a < lead { a } else { lead + order[a - lead] });
            Ok(Value::Array(array.with(array.tensor.clone().permute(full))))
        }
        Value::Host(host) => {
            let mut strides = vec![1; rank];
            for a in (0..rank.saturating_sub(1)).rev() {
                strides[a] = strides[a + 1] * shape[a + 1];
            }
            let to: Vec<usize> = order.iter().map(|&a| shape[a]).collect();
            let steps: Vec<usize> = order.iter().map(|&a| strides[a]).collect();
            Ok(Value::Host(host.pick(&positions(&to, 0, &steps), to)))
        }
        Value::Truth(_) => Err("transposes truth values".to_owned()),
    }
}

fn tile(arguments: &Arguments) -> Result<Value, String> {
    let value = arguments.value(0)?;
    let mut shape = value.shape();
    let times = lengths(arguments.host(1)?.ints()?)?;
    if times.len() != shape.len() || times.contains(&0) {
        return Err(format!("repeats the shape {shape:?} {times:?} times"));
    }
    let from = shape.clone();
    for (length, times) in shape.iter_mut().zip(&times) {
        *length = length.checked_mul(*times).ok_or("has too many entries")?;
    }
    entries(&shape)?;
    if let Value::Host(host) = value {
        few_entries(&shape)?;
        let mut found = vec![0];
        for (axis, length) in shape.iter().enumerate() {
            let stride: usize = from[axis + 1..].iter().product();
            let at = |n: usize| n % from[axis] * stride;
            found = found.iter().flat_map(|&start| (0..*length).map(move |n| start + at(n))).collect();
        }
        return Ok(Value::Host(host.pick(&found, shape)));
    }
    entries_of(from.first().copied().unwrap_or(1), &shape)?;
    let array = arguments.array(0)?;
    let lead = MOST_AXES - array.rank;
    let repeated = |tensor, (axis, &times): (usize, &usize)| {
        if times == 1 { tensor } else { Tensor::repeat_dim(tensor, lead + axis, times) }
    };
    Ok(Value::Array(array.with(times.iter().enumerate().fold(array.tensor.clone(), repeated))))
}

fn cast(arguments: &Arguments, kind: Kind) -> Result<Value, String> {
    match (arguments.value(0)?, kind) {
        (Value::Host(host), _) => {
            let numbers = match kind {
                Kind::Float => Numbers::Float(host.to_floats()),
                Kind::Int => match &host.numbers {
                    Numbers::Int(values) => Numbers::Int(values.clone()),
                    _ => Numbers::Int(host.to_floats().iter().map(|&x| x as i64).collect()),
                },
                Kind::Bool => Numbers::Bool(host.to_floats().iter().map(|&x| x != 0.0).collect()),
            };
            Ok(Value::Host(Host { shape: host.shape.clone(), numbers }))
        }
        (value @ Value::Array(_), Kind::Float) | (value @ Value::Truth(_), Kind::Bool) => Ok(value.clone()),
        (Value::Truth(truth), Kind::Float) => {
            let tensor = truth.tensor.clone().float().cast(arguments.place.dtype);
            Ok(Value::Array(Array { tensor, rank: truth.rank }))
        }
        (Value::Array(array), Kind::Bool) => {
            let tensor = array.tensor.clone().not_equal_scalar(0.0);
            Ok(Value::Truth(crate::onnx::value::Truth { tensor, rank: array.rank }))
        }
        (_, Kind::Int) => {
            Err("makes integers of the data; only numbers stored in the graph become integers".to_owned())
        }
    }
}

fn range(arguments: &Arguments) -> Result<Value, String> {
    let number =
        |at: usize| arguments.host(at)?.scalar().ok_or_else(|| "has limits that are no numbers".to_owned());
    let (start, limit, step) = (number(0)?, number(1)?, number(2)?);
    let count = ((limit - start) / step).ceil().max(0.0);
    if count.is_nan() || count > f64::from(1 << 24) {
        return Err(format!("counts from {start} to {limit} by {step}"));
    }
    let values: Vec<f64> = (0..count as usize).map(|n| start + n as f64 * step).collect();
    let integers = matches!(arguments.host(0)?.numbers, Numbers::Int(_));
    let shape = vec![values.len()];
    let numbers = if integers {
        Numbers::Int(values.iter().map(|&x| x as i64).collect())
    } else {
        Numbers::Float(values)
    };
    Ok(Value::Host(Host { shape, numbers }))
}
