//! Centring and scaling.

use crate::onnx::attributes::Attributes;
use crate::onnx::host::broadcast;
use crate::onnx::value::{Arguments, Array, MOST_AXES, lead};

/// A normalization `γ (x − μ)/√(v + ε) + β`; they differ in what μ and v are taken over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Normalization {
    /// Stored μ and v of each channel: inference.
    Batch {
        /// ε
        epsilon: f64,
    },
    /// Over an axis and all that follow.
    Layer {
        /// ε
        epsilon: f64,
        /// The first of the axes.
        axis: i64,
    },
    /// Over groups of channels, and all positions.
    Group {
        /// ε
        epsilon: f64,
        /// The number of groups.
        groups: usize,
        /// Whether γ and β are given for each group (opset 18 to 20) and not for each channel.
        by_group: bool,
    },
    /// Over all positions of each channel.
    Instance {
        /// ε
        epsilon: f64,
    },
}

impl Normalization {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        let epsilon = attributes.float("epsilon", 1e-5);
        Some(match operator {
            "BatchNormalization" if attributes.flag("training_mode", false) => {
                Err("normalizes by its batch; export the network in inference mode: model.eval()".to_owned())
            }
            "BatchNormalization" => Ok(Self::Batch { epsilon }),
            "LayerNormalization" => Ok(Self::Layer { epsilon, axis: attributes.int("axis", -1) }),
            "GroupNormalization" => {
                let groups = attributes.int("num_groups", 0);
                let by_group = attributes.opset < 21;
                usize::try_from(groups)
                    .ok()
                    .filter(|&groups| groups > 0)
                    .map(|groups| Self::Group { epsilon, groups, by_group })
                    .ok_or_else(|| format!("has {groups} groups"))
            }
            "InstanceNormalization" => Ok(Self::Instance { epsilon }),
            _ => return None,
        })
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Array, String> {
        let x = arguments.array(0)?;
        let shape = x.shape();
        match *self {
            Self::Layer { epsilon, axis } => {
                let first = crate::onnx::value::axis(axis, shape.len())?;
                let inner = shape[first..].iter().product::<usize>();
                let flat = x.clone().reshaped(&[shape[..first].iter().product(), inner])?;
                let normal = standardized(&flat, epsilon).reshaped(&shape)?;
                let gain = within(arguments, 1, &shape[first..])?;
                let scaled = normal.with(normal.tensor.clone() * gain.tensor);
                if arguments.optional(2).is_none() {
                    return Ok(scaled);
                }
                let shift = within(arguments, 2, &shape[first..])?;
                Ok(scaled.with(scaled.tensor.clone() + shift.tensor))
            }
            Self::Batch { epsilon } => {
                let channel = |at: usize| channels(arguments, at, &shape);
                let [gain, shift, mean, variance] = [channel(1)?, channel(2)?, channel(3)?, channel(4)?];
                let deviation = (variance.tensor + epsilon).sqrt();
                Ok(x.with((x.tensor.clone() - mean.tensor) / deviation * gain.tensor + shift.tensor))
            }
            Self::Instance { epsilon } => {
                let groups = shape.get(1).copied().ok_or("normalizes a tensor without channels")?;
                let normal = grouped(x, &shape, groups, epsilon)?;
                affine(&normal, arguments, &shape)
            }
            Self::Group { epsilon, groups, by_group } => {
                let normal = grouped(x, &shape, groups, epsilon)?;
                if !by_group {
                    return affine(&normal, arguments, &shape);
                }
                let split = [shape[0], groups, entries_after(&shape) / groups];
                let normal = normal.reshaped(&split)?;
                affine(&normal, arguments, &split)?.reshaped(&shape)
            }
        }
    }
}

fn entries_after(shape: &[usize]) -> usize {
    shape[1..].iter().product()
}

/// Groups of channels of each example, standardized.
fn grouped(x: Array, shape: &[usize], groups: usize, epsilon: f64) -> Result<Array, String> {
    if shape.len() < 2 || !shape[1].is_multiple_of(groups) {
        return Err(format!("normalizes the shape {shape:?} in {groups} groups"));
    }
    let flat = x.reshaped(&[shape[0] * groups, entries_after(shape) / groups])?;
    standardized(&flat, epsilon).reshaped(shape)
}

/// Rows with mean 0 and variance 1, up to ε.
fn standardized(rows: &Array, epsilon: f64) -> Array {
    let last = MOST_AXES - 1;
    let centred = rows.tensor.clone() - rows.tensor.clone().mean_dim(last);
    let variance = (centred.clone() * centred.clone()).mean_dim(last);
    rows.with(centred / (variance + epsilon).sqrt())
}

/// γ x + β, by channel.
fn affine(x: &Array, arguments: &Arguments, shape: &[usize]) -> Result<Array, String> {
    let (gain, shift) = (channels(arguments, 1, shape)?, channels(arguments, 2, shape)?);
    Ok(x.with(x.tensor.clone() * gain.tensor + shift.tensor))
}

/// An argument with one number for each channel, along the second axis of a shape.
fn channels(arguments: &Arguments, at: usize, shape: &[usize]) -> Result<Array, String> {
    let count = *shape.get(1).ok_or("normalizes a tensor without channels")?;
    let found = sized(arguments, at, &[count])?;
    let mut along = vec![1; shape.len()];
    along[1] = count;
    lead(&along)?;
    found.reshaped(&along)
}

/// An argument that fits into a shape when it is repeated.
fn within(arguments: &Arguments, at: usize, shape: &[usize]) -> Result<Array, String> {
    let found = arguments.array(at)?;
    if broadcast(&found.shape(), shape).as_deref() == Ok(shape) {
        Ok(found)
    } else {
        Err(format!("scales or shifts the shape {shape:?} by the shape {:?}", found.shape()))
    }
}

fn sized(arguments: &Arguments, at: usize, shape: &[usize]) -> Result<Array, String> {
    let found = arguments.array(at)?;
    if found.shape() == shape {
        Ok(found)
    } else {
        Err(format!("scales or shifts the shape {shape:?} by the shape {:?}", found.shape()))
    }
}
