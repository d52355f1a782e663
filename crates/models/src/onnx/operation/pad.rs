//! What lies around a tensor.

use burn::tensor::{Int, Tensor, TensorData};

use crate::onnx::attributes::Attributes;
use crate::onnx::host::entries;
use crate::onnx::value::{Arguments, MOST_AXES, Value, axis};

/// More entries before and after a tensor's own, along axes; a negative number of them takes some away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pad {
    /// One number, an input.
    Constant,
    /// The tensor's own entries, mirrored in the first and the last one.
    Reflect,
    /// The first and the last entry, repeated.
    Edge,
    /// The tensor's own entries, over and over.
    Wrap,
}

impl Pad {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        (operator == "Pad").then(|| match attributes.text("mode", "constant")? {
            "constant" => Ok(Self::Constant),
            "reflect" => Ok(Self::Reflect),
            "edge" => Ok(Self::Edge),
            "wrap" => Ok(Self::Wrap),
            mode => Err(format!("pads by `{mode}`; constant, reflect, edge and wrap are computed")),
        })
    }

    pub(super) fn run(self, arguments: &Arguments) -> Result<Value, String> {
        let array = arguments.array(0)?;
        let pads = arguments.integers(1)?.ok_or("lacks its pads")?;
        let number = match arguments.optional(2) {
            Some(_) => arguments.host(2)?.scalar().ok_or("pads with more than one number")?,
            None => 0.0,
        };
        let axes = arguments.integers(3)?.unwrap_or_else(|| (0..array.rank as i64).collect());
        if pads.len() != 2 * axes.len() {
            return Err(format!("has pads {pads:?} for {} axes", axes.len()));
        }
        let mut shape = array.shape();
        let mut tensor = array.tensor.clone();
        for (n, &along) in axes.iter().enumerate() {
            let along = axis(along, array.rank)?;
            let sources = self.sources(shape[along], pads[n], pads[n + axes.len()])?;
            shape[along] = sources.len();
            entries(&shape)?;
            tensor = taken(tensor, along + MOST_AXES - array.rank, &sources, number, arguments)?;
        }
        Ok(Value::Array(array.with(tensor)))
    }

    /// For each entry of the padded axis, the entry that it repeats, or none for the constant.
    fn sources(self, length: usize, before: i64, after: i64) -> Result<Vec<Option<usize>>, String> {
        let impossible = || format!("pads an axis of {length} by {before} and {after}");
        let most = i64::from(1 << 24);
        if before.abs() > most || after.abs() > most || length == 0 {
            return Err(impossible());
        }
        let length = length as i64;
        if self == Self::Reflect && (before >= length || after >= length) {
            return Err(impossible());
        }
        let sources: Vec<Option<usize>> = (-before..length + after)
            .map(|at| match self {
                Self::Constant => (0..length).contains(&at).then_some(at as usize),
                Self::Reflect => {
                    let at = at.abs();
                    Some((if at < length { at } else { 2 * (length - 1) - at }) as usize)
                }
                Self::Edge => Some(at.clamp(0, length - 1) as usize),
                Self::Wrap => Some(at.rem_euclid(length) as usize),
            })
            .collect();
        if sources.is_empty() { Err(impossible()) } else { Ok(sources) }
    }
}

/// The entries of an axis that are named, with a number where none is.
fn taken(
    tensor: Tensor<MOST_AXES>,
    along: usize,
    sources: &[Option<usize>],
    number: f64,
    arguments: &Arguments,
) -> Result<Tensor<MOST_AXES>, String> {
    let known: Vec<i64> = sources.iter().flatten().map(|&at| at as i64).collect();
    let before = sources.iter().take_while(|source| source.is_none()).count();
    if known.is_empty() {
        return Err("takes all entries of an axis away".to_owned());
    }
    let after = sources.len() - before - known.len();
    let mut dims = tensor.dims();
    let in_order = known.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let inner = if in_order {
        tensor.narrow(along, known[0] as usize, known.len())
    } else {
        let indices = TensorData::new(known.clone(), [known.len()]);
        tensor.select(along, Tensor::<1, Int>::from_data(indices, &arguments.place.device))
    };
    let mut edge = |length: usize| {
        dims[along] = length;
        Tensor::full(dims, number, (&arguments.place.device, arguments.place.dtype))
    };
    let mut pieces = vec![];
    if before > 0 {
        pieces.push(edge(before));
    }
    pieces.push(inner.clone());
    if after > 0 {
        pieces.push(edge(after));
    }
    Ok(if pieces.len() > 1 { Tensor::cat(pieces, along) } else { inner })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_repeats_its_entries() {
        let sources = |pad: Pad, before, after| {
            let found = pad.sources(3, before, after).expect("a good padding");
            found.iter().map(|source| source.map_or("-".to_owned(), |at| at.to_string())).collect::<String>()
        };
        assert_eq!(sources(Pad::Constant, 2, 1), "--012-");
        assert_eq!(sources(Pad::Reflect, 2, 2), "2101210");
        assert_eq!(sources(Pad::Edge, 2, 1), "000122");
        assert_eq!(sources(Pad::Wrap, 4, 4), "20120120120");
        assert_eq!(sources(Pad::Constant, -1, 0), "12");
        assert!(Pad::Reflect.sources(3, 3, 0).is_err());
        assert!(Pad::Edge.sources(3, -2, -1).is_err());
        assert!(Pad::Edge.sources(3, i64::MIN + 1, i64::MAX).is_err());
    }
}
