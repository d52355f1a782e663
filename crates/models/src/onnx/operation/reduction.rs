//! Sums, means and extremes along axes.

use burn::tensor::Tensor;

use crate::onnx::attributes::Attributes;
use crate::onnx::host::{Host, Numbers};
use crate::onnx::value::{Arguments, Array, MOST_AXES, Value};

/// What is kept of the entries along axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// What is kept.
    pub kind: Kind,
    /// The axes, if they are an attribute; otherwise they are the second input, or all.
    pub axes: Option<Vec<i64>>,
    /// Whether the axes stay, with length one.
    pub keep: bool,
    /// Whether no axes mean that each entry is reduced by itself.
    pub empty_is_none: bool,
}

/// What a reduction keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `Σ x`
    Sum,
    /// The mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// `Σ |x|`
    L1,
    /// `√Σ x²`
    L2,
    /// `Σ x²`
    SumOfSquares,
    /// `ln Σ x`
    LogSum,
    /// `ln Σ exp x`
    LogSumExp,
    /// `Π x`
    Product,
}

impl Reduction {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        let kind = match operator {
            "ReduceSum" => Kind::Sum,
            "ReduceMean" => Kind::Mean,
            "ReduceMax" => Kind::Max,
            "ReduceMin" => Kind::Min,
            "ReduceL1" => Kind::L1,
            "ReduceL2" => Kind::L2,
            "ReduceSumSquare" => Kind::SumOfSquares,
            "ReduceLogSum" => Kind::LogSum,
            "ReduceLogSumExp" => Kind::LogSumExp,
            "ReduceProd" => Kind::Product,
            _ => return None,
        };
        Some(Ok(Self {
            kind,
            axes: attributes.ints("axes").map(<[i64]>::to_vec),
            keep: attributes.flag("keepdims", true),
            empty_is_none: attributes.flag("noop_with_empty_axes", false),
        }))
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Value, String> {
        let axes = match &self.axes {
            Some(axes) => Some(axes.clone()),
            None => arguments.integers(1)?,
        };
        let axes = axes.filter(|axes| !axes.is_empty());
        // The number of entries of a shape.
        if let (Kind::Product, Value::Host(host)) = (self.kind, arguments.value(0)?)
            && matches!(host.numbers, Numbers::Int(_))
        {
            if host.shape.len() != 1 || axes.is_some_and(|axes| axes.len() != 1) {
                return Err(format!("multiplies integers of the shape {:?}", host.shape));
            }
            let product = host.ints()?.iter().try_fold(1i64, |product, &x| product.checked_mul(x));
            let value = product.ok_or("overflows an integer")?;
            let shape = if self.keep { vec![1; host.shape.len()] } else { vec![] };
            return Ok(Value::Host(Host { shape, numbers: Numbers::Int(vec![value]) }));
        }
        let x = arguments.array(0)?;
        let shape = x.shape();
        let axes = match axes {
            Some(axes) => axes,
            None if self.empty_is_none => vec![],
            None => (0..shape.len() as i64).collect(),
        };
        let axes: Vec<usize> =
            axes.iter().map(|&axis| crate::onnx::value::axis(axis, shape.len())).collect::<Result<_, _>>()?;
        let reduced = self.reduce(&x, &axes)?;
        if self.keep {
            return Ok(Value::Array(reduced));
        }
        let rest: Vec<usize> =
            (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
        Ok(Value::Array(reduced.reshaped(&rest)?))
    }

    fn reduce(&self, x: &Array, axes: &[usize]) -> Result<Array, String> {
        let dims: Vec<usize> = axes.iter().map(|&axis| x.axis(axis as i64)).collect::<Result<_, _>>()?;
        let t = x.tensor.clone();
        let sum = |t| dims.iter().fold(t, |t: Tensor<MOST_AXES>, &dim| t.sum_dim(dim));
        let max = |t| dims.iter().fold(t, |t: Tensor<MOST_AXES>, &dim| t.max_dim(dim));
        Ok(x.with(match self.kind {
            Kind::Sum => sum(t),
            Kind::Mean => dims.iter().fold(t, |t, &dim| t.mean_dim(dim)),
            Kind::Max => max(t),
            Kind::Min => dims.iter().fold(t, |t, &dim| t.min_dim(dim)),
            Kind::L1 => sum(t.abs()),
            Kind::L2 => sum(t.clone() * t).sqrt(),
            Kind::SumOfSquares => sum(t.clone() * t),
            Kind::LogSum => sum(t).log(),
            Kind::LogSumExp => {
                let largest = max(t.clone()).detach();
                sum((t - largest.clone()).exp()).log() + largest
            }
            Kind::Product => dims.iter().fold(t, |t, &dim| product(t, dim)),
        }))
    }
}

/// The product along an axis, by halves: a product by logarithms would want positive entries.
fn product(tensor: Tensor<MOST_AXES>, dim: usize) -> Tensor<MOST_AXES> {
    let mut rest = tensor;
    loop {
        let length = rest.dims()[dim];
        let half = length / 2;
        if half == 0 {
            return rest;
        }
        let pairs = rest.clone().narrow(dim, 0, half) * rest.clone().narrow(dim, half, half);
        rest = if length.is_multiple_of(2) {
            pairs
        } else {
            Tensor::cat(vec![pairs, rest.narrow(dim, length - 1, 1)], dim)
        };
    }
}
