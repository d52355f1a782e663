//! Numbers that are known before anything runs: stored tensors, shapes, indices.

use super::proto;
use super::storage;
use std::path::Path;

/// Numbers of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Floating-point numbers, whatever their width in the file.
    Float(Vec<f64>),
    /// Integers.
    Int(Vec<i64>),
    /// Truth values.
    Bool(Vec<bool>),
}

/// A tensor outside of any device.
#[derive(Debug, Clone, PartialEq)]
pub struct Host {
    /// Its shape; empty for a single number.
    pub shape: Vec<usize>,
    /// Its entries, row by row.
    pub numbers: Numbers,
}

/// The largest number of entries that a tensor may have: one gibibyte of binary64. A file of a few bytes can ask for any
/// number of them.
const MOST_ENTRIES: usize = 1 << 27;

/// The number of entries of a shape, or a reason why there cannot be so many.
pub(super) fn entries(shape: &[usize]) -> Result<usize, String> {
    let product = shape.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis));
    match product {
        Some(product) if product <= MOST_ENTRIES => Ok(product),
        _ => Err(format!("has the shape {shape:?}: more than {MOST_ENTRIES} entries; take smaller batches")),
    }
}

/// The most entries that windows over one example, or its repetitions, may leave: a file of a few bytes can ask for any number.
pub(super) const MOST_FOR_ONE: usize = 1 << 24;

/// The number of entries of what so many examples are repeated to.
pub(super) fn entries_of(examples: usize, shape: &[usize]) -> Result<usize, String> {
    let all = entries(shape)?;
    if all / examples.max(1) > MOST_FOR_ONE {
        return Err(format!(
            "has the shape {shape:?}: more than {MOST_FOR_ONE} entries for each of {examples}"
        ));
    }
    Ok(all)
}

/// The same for numbers that are computed before a network runs: shapes, masks, positions.
pub(super) fn few_entries(shape: &[usize]) -> Result<usize, String> {
    let most = MOST_ENTRIES >> 3;
    entries(shape).ok().filter(|&count| count <= most).ok_or_else(|| {
        format!("has the shape {shape:?}: more than {most} entries that do not depend on the examples")
    })
}

impl Host {
    /// One number.
    pub(super) fn number(value: f64) -> Self {
        Self { shape: vec![], numbers: Numbers::Float(vec![value]) }
    }

    /// A list of integers.
    pub(super) fn integers(values: Vec<i64>) -> Self {
        Self { shape: vec![values.len()], numbers: Numbers::Int(values) }
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        match &self.numbers {
            Numbers::Float(values) => values.len(),
            Numbers::Int(values) => values.len(),
            Numbers::Bool(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries as floating-point numbers, if they are.
    pub fn floats(&self) -> Option<&[f64]> {
        if let Numbers::Float(values) = &self.numbers { Some(values) } else { None }
    }

    /// The entries as integers.
    pub(super) fn ints(&self) -> Result<&[i64], String> {
        if let Numbers::Int(values) = &self.numbers {
            Ok(values)
        } else {
            Err("needs integers where the graph has other numbers".to_owned())
        }
    }

    /// The single entry as a number.
    pub(super) fn scalar(&self) -> Option<f64> {
        match &self.numbers {
            Numbers::Float(values) if values.len() == 1 => Some(values[0]),
            Numbers::Int(values) if values.len() == 1 => Some(values[0] as f64),
            _ => None,
        }
    }

    /// All entries as floating-point numbers.
    pub(super) fn to_floats(&self) -> Vec<f64> {
        match &self.numbers {
            Numbers::Float(values) => values.clone(),
            Numbers::Int(values) => values.iter().map(|&value| value as f64).collect(),
            Numbers::Bool(values) => values.iter().map(|&value| f64::from(u8::from(value))).collect(),
        }
    }

    /// The same entries in another shape.
    pub(super) fn reshaped(self, shape: Vec<usize>) -> Self {
        Self { shape, ..self }
    }

    /// A stored tensor. `folder` is where its entries may lie if they are not in the file itself.
    pub(super) fn stored(tensor: &proto::Tensor, folder: Option<&Path>) -> Result<Self, String> {
        let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&axis| usize::try_from(axis).ok()).collect();
        let shape = shape.ok_or_else(|| format!("has the shape {:?}", tensor.dims))?;
        let count = entries(&shape)?;
        let numbers = storage::numbers(tensor, count, folder)?;
        Ok(Self { shape, numbers })
    }

    /// The entries at the given positions of the flat tensor, in a new shape.
    pub(super) fn pick(&self, positions: &[usize], shape: Vec<usize>) -> Self {
        let numbers = match &self.numbers {
            Numbers::Float(values) => Numbers::Float(positions.iter().map(|&at| values[at]).collect()),
            Numbers::Int(values) => Numbers::Int(positions.iter().map(|&at| values[at]).collect()),
            Numbers::Bool(values) => Numbers::Bool(positions.iter().map(|&at| values[at]).collect()),
        };
        Self { shape, numbers }
    }
}

/// The position in a flat tensor of each entry of a broadcast of it.
pub(super) fn broadcast_positions(from: &[usize], to: &[usize]) -> Vec<usize> {
    let lead = to.len() - from.len();
    let mut strides = vec![0; to.len()];
    let mut stride = 1;
    for axis in (0..from.len()).rev() {
        strides[lead + axis] = if from[axis] == 1 { 0 } else { stride };
        stride *= from[axis];
    }
    positions(to, 0, &strides)
}

/// `offset + Σ i_k stride_k` over all indices of a shape, row by row.
pub(super) fn positions(shape: &[usize], offset: usize, strides: &[usize]) -> Vec<usize> {
    let mut found = vec![offset];
    for (&axis, &stride) in shape.iter().zip(strides) {
        found = found.iter().flat_map(|&start| (0..axis).map(move |index| start + index * stride)).collect();
    }
    found
}

/// The shape of two tensors that are combined entry by entry.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, String> {
    let rank = a.len().max(b.len());
    let axis = |shape: &[usize], at: usize| (at + shape.len()).checked_sub(rank).map_or(1, |at| shape[at]);
    let shape = (0..rank)
        .map(|at| match (axis(a, at), axis(b, at)) {
            (x, y) if x == y => Ok(x),
            (1, y) => Ok(y),
            (x, 1) => Ok(x),
            _ => Err(format!("cannot combine the shapes {a:?} and {b:?}")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    entries(&shape)?;
    Ok(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_combined_from_the_right() {
        assert_eq!(broadcast(&[4, 1, 3], &[2, 1]), Ok(vec![4, 2, 3]));
        assert_eq!(broadcast(&[], &[2]), Ok(vec![2]));
        assert!(broadcast(&[4, 3], &[2]).is_err());
    }

    #[test]
    fn a_broadcast_repeats_entries() {
        assert_eq!(broadcast_positions(&[2, 1], &[2, 3]), [0, 0, 0, 1, 1, 1]);
        assert_eq!(broadcast_positions(&[3], &[2, 3]), [0, 1, 2, 0, 1, 2]);
        assert_eq!(broadcast_positions(&[], &[2]), [0, 0]);
    }

    #[test]
    fn too_many_entries_are_refused() {
        assert!(entries(&[usize::MAX, 2]).is_err());
        assert_eq!(entries(&[]), Ok(1));
    }
}
