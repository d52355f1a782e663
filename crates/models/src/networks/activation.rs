//! Activation functions.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

/// An activation function, applied entry by entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `z ↦ z`.
    Identity,
    /// `z ↦ max(0, z)`.
    Relu,
    /// `z ↦ 1 / (1 + e^(−z))`.
    Sigmoid,
    /// `z ↦ tanh z`.
    Tanh,
}

impl Activation {
    /// Applies it to a tensor of any shape.
    pub fn apply<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::Identity => z,
            Activation::Relu => activation::relu(z),
            Activation::Sigmoid => activation::sigmoid(z),
            Activation::Tanh => activation::tanh(z),
        }
    }
}
