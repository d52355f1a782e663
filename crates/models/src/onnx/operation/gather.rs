//! Entries by their indices.

use burn::tensor::{Int, Tensor, TensorData};

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{Host, entries, few_entries};
use crate::onnx::value::{Arguments, Array, Value, axis};

/// The slices of a tensor along an axis that integers name: `Gather`, an embedding among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gather {
    /// The axis.
    pub axis: i64,
}

impl Gather {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        (operator == "Gather").then(|| Ok(Self { axis: attributes.int("axis", 0) }))
    }

    pub(super) fn run(self, arguments: &Arguments) -> Result<Value, String> {
        let value = arguments.value(0)?;
        let from = value.shape();
        let along = axis(self.axis, from.len())?;
        let indices = arguments.host(1)?;
        let count = from[along] as i64;
        let chosen: Vec<usize> = indices
            .ints()?
            .iter()
            .map(|&index| {
                let found = if index < 0 { index + count } else { index };
                usize::try_from(found)
                    .ok()
                    .filter(|_| found < count)
                    .ok_or_else(|| format!("takes entry {index} of an axis of {count}"))
            })
            .collect::<Result<_, _>>()?;
        let mut shape = from[..along].to_vec();
        shape.extend(&indices.shape);
        shape.extend(&from[along + 1..]);
        entries(&shape)?;
        if chosen.is_empty() && matches!(value, Value::Array(_)) {
            return Err("takes no entries".to_owned());
        }
        match value {
            Value::Host(host) => few_entries(&shape).map(|_| Value::Host(taken(host, along, &chosen, shape))),
            Value::Array(array) => {
                let at = array.axis(along as i64)?;
                let data =
                    TensorData::new(chosen.iter().map(|&n| n as i64).collect::<Vec<_>>(), [chosen.len()]);
                let indices = Tensor::<1, Int>::from_data(data, &arguments.place.device);
                let tensor = array.tensor.clone().select(at, indices);
                Ok(Value::Array(Array { tensor, rank: array.rank }.reshaped(&shape)?))
            }
            Value::Truth(_) => Err("takes truth values by their indices".to_owned()),
        }
    }
}

fn taken(host: &Host, along: usize, chosen: &[usize], shape: Vec<usize>) -> Host {
    let inner: usize = host.shape[along + 1..].iter().product();
    let outer: usize = host.shape[..along].iter().product();
    let count = host.shape[along];
    let slices = (0..outer).flat_map(|row| chosen.iter().map(move |&n| (row * count + n) * inner));
    let positions: Vec<usize> = slices.flat_map(|start| start..start + inner).collect();
    host.pick(&positions, shape)
}
