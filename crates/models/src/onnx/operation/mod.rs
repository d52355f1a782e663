//! What nodes compute, one family a file.
//!
//! Each family reads its nodes' attributes once, when the network is read (`read`), and then computes with burn's tensor
//! operations alone (`run`): whatever follows a module of burn, curvature or training, follows these networks.

pub(super) mod activation;
pub(super) mod arithmetic;
pub(super) mod choice;
pub(super) mod convolution;
pub(super) mod gather;
pub(super) mod layout;
pub(super) mod linear;
pub(super) mod normalization;
pub(super) mod pad;
pub(super) mod pooling;
pub(super) mod reduction;
pub(super) mod slice;
pub(super) mod window;

pub use activation::{Activation, Axes};
pub use arithmetic::{Binary, Unary};
pub use choice::Choice;
pub use convolution::Convolution;
pub use gather::Gather;
pub use layout::{Kind as NumberKind, Layout};
pub use linear::Linear;
pub use normalization::Normalization;
pub use pad::Pad;
pub use pooling::Pooling;
pub use reduction::{Kind as ReductionKind, Reduction};
pub use slice::Slice;
pub use window::{Padding, Sliding, Window};

use super::attributes::Attributes;
use super::value::{Arguments, Value};

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// A function of each entry, or a softmax.
    Activation(Activation),
    /// An elementary function of each entry.
    Unary(Unary),
    /// Two tensors, entry by entry.
    Binary(Binary),
    /// Comparisons and what is chosen by them.
    Choice(Choice),
    /// Matrix products.
    Linear(Linear),
    /// A convolution.
    Convolution(Convolution),
    /// Windows of which the largest entry or the mean is kept.
    Pooling(Pooling),
    /// Centring and scaling.
    Normalization(Normalization),
    /// Sums, means and extremes along axes.
    Reduction(Reduction),
    /// The same entries in another arrangement.
    Layout(Layout),
    /// Parts of a tensor, and tensors put together.
    Slice(Slice),
    /// What lies around a tensor.
    Pad(Pad),
    /// Entries by their indices.
    Gather(Gather),
}

impl Operation {
    /// Reads a node.
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Result<Self, String> {
        fn family<T>(
            found: Option<Result<T, String>>,
            wrap: fn(T) -> Operation,
        ) -> Option<Result<Operation, String>> {
            found.map(|read| read.map(wrap))
        }
        let a = attributes;
        family(Activation::read(operator, a), Self::Activation)
            .or_else(|| family(Unary::read(operator), Self::Unary))
            .or_else(|| family(Binary::read(operator), Self::Binary))
            .or_else(|| family(Choice::read(operator, a), Self::Choice))
            .or_else(|| family(Linear::read(operator, a), Self::Linear))
            .or_else(|| family(Convolution::read(operator, a), Self::Convolution))
            .or_else(|| family(Pooling::read(operator, a), Self::Pooling))
            .or_else(|| family(Normalization::read(operator, a), Self::Normalization))
            .or_else(|| family(Reduction::read(operator, a), Self::Reduction))
            .or_else(|| family(Layout::read(operator, a), Self::Layout))
            .or_else(|| family(Slice::read(operator, a), Self::Slice))
            .or_else(|| family(Pad::read(operator, a), Self::Pad))
            .or_else(|| family(Gather::read(operator, a), Self::Gather))
            .unwrap_or_else(|| Err("is an operator without support".to_owned()))
    }

    /// Computes a node.
    pub(super) fn run(&self, arguments: &Arguments, outputs: usize) -> Result<Vec<Value>, String> {
        let one = |value: Result<Value, String>| value.map(|value| vec![value]);
        match self {
            Self::Activation(op) => one(op.run(arguments).map(Value::Array)),
            Self::Unary(op) => one(op.run(arguments)),
            Self::Binary(op) => one(op.run(arguments)),
            Self::Choice(op) => one(op.run(arguments)),
            Self::Linear(op) => one(op.run(arguments).map(Value::Array)),
            Self::Convolution(op) => one(op.run(arguments).map(Value::Array)),
            Self::Pooling(op) => one(op.run(arguments).map(Value::Array)),
            Self::Normalization(op) => one(op.run(arguments).map(Value::Array)),
            Self::Reduction(op) => one(op.run(arguments)),
            Self::Layout(op) => one(op.run(arguments)),
            Self::Slice(op) => op.run(arguments, outputs),
            Self::Pad(op) => one(op.run(arguments)),
            Self::Gather(op) => one(op.run(arguments)),
        }
    }
}
