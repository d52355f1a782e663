//! Activation functions.

use burn::tensor::{Tensor, activation};

use crate::onnx::attributes::Attributes;
use crate::onnx::value::{Arguments, Array, MOST_AXES};

/// A function of each entry, or a softmax along axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Activation {
    /// `max(x, 0)`
    Relu,
    /// `max(x, 0) + α min(x, 0)`
    LeakyRelu {
        /// α, the slope below zero.
        slope: f64,
    },
    /// The same with a slope for each channel, which is an input.
    PRelu,
    /// `γ (max(x, 0) + α (exp(min(x, 0)) − 1))`: ELU, and SELU by its two numbers.
    Elu {
        /// α
        alpha: f64,
        /// γ
        scale: f64,
    },
    /// `max(x, 0) + α (exp(min(x, 0)/α) − 1)`
    Celu {
        /// α
        alpha: f64,
    },
    /// `x Φ(x)`, with Φ the standard normal distribution function.
    Gelu,
    /// Its approximation by a hyperbolic tangent.
    GeluTanh,
    /// `1/(1 + exp(−x))`
    Sigmoid,
    /// `clamp(α x + β, 0, 1)`
    HardSigmoid {
        /// α
        slope: f64,
        /// β
        shift: f64,
    },
    /// `x clamp(x/6 + ½, 0, 1)`
    HardSwish,
    /// `tanh x`
    Tanh,
    /// `ln(1 + exp x)`
    Softplus,
    /// `x tanh(softplus x)`
    Mish,
    /// `x/(1 + |x|)`
    Softsign,
    /// `exp(x_i)/Σ_j exp(x_j)`
    Softmax(Axes),
    /// Its logarithm.
    LogSoftmax(Axes),
}

/// Along which axes a softmax is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axes {
    /// Along one.
    One(i64),
    /// Along one and all that follow, together (before opset 13).
    From(i64),
}

impl Activation {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        let axes = || {
            if attributes.opset < 13 {
                Axes::From(attributes.int("axis", 1))
            } else {
                Axes::One(attributes.int("axis", -1))
            }
        };
        Some(Ok(match operator {
            "Relu" => Self::Relu,
            "LeakyRelu" => Self::LeakyRelu { slope: attributes.float("alpha", 0.01) },
            "PRelu" => Self::PRelu,
            "Elu" => Self::Elu { alpha: attributes.float("alpha", 1.0), scale: 1.0 },
            "Selu" => Self::Elu {
                alpha: attributes.float("alpha", 1.673_263_242_354_377_2),
                scale: attributes.float("gamma", 1.050_700_987_355_480_5),
            },
            "Celu" => Self::Celu { alpha: attributes.float("alpha", 1.0) },
            "Gelu" => match attributes.text("approximate", "none") {
                Ok("none") => Self::Gelu,
                Ok("tanh") => Self::GeluTanh,
                Ok(other) => {
                    return Some(Err(format!("approximates by `{other}`; none and tanh are computed")));
                }
                Err(reason) => return Some(Err(reason)),
            },
            "Sigmoid" => Self::Sigmoid,
            "HardSigmoid" => Self::HardSigmoid {
                slope: attributes.float("alpha", 0.2),
                shift: attributes.float("beta", 0.5),
            },
            "HardSwish" => Self::HardSwish,
            "Tanh" => Self::Tanh,
            "Softplus" => Self::Softplus,
            "Mish" => Self::Mish,
            "Softsign" => Self::Softsign,
            "Softmax" => Self::Softmax(axes()),
            "LogSoftmax" => Self::LogSoftmax(axes()),
            _ => return None,
        }))
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Array, String> {
        let x = arguments.array(0)?;
        let entries = match *self {
            Self::Softmax(axes) => return along(x, axes, activation::softmax),
            Self::LogSoftmax(axes) => return along(x, axes, activation::log_softmax),
            Self::PRelu => {
                let slope = arguments.array(1)?;
                crate::onnx::host::broadcast(&x.shape(), &slope.shape())?;
                let below = x.tensor.clone().clamp_max(0.0);
                activation::relu(x.tensor.clone()) + below * slope.tensor
            }
            Self::Relu => activation::relu(x.tensor.clone()),
            Self::LeakyRelu { slope } => activation::leaky_relu(x.tensor.clone(), slope),
            Self::Elu { alpha, scale } => {
                let elu = activation::elu(x.tensor.clone(), alpha);
                if scale == 1.0 { elu } else { elu * scale }
            }
            Self::Celu { alpha } => activation::celu(x.tensor.clone(), alpha),
            Self::Gelu => activation::gelu(x.tensor.clone()),
            Self::GeluTanh => activation::gelu_approximate(x.tensor.clone()),
            Self::Sigmoid => activation::sigmoid(x.tensor.clone()),
            Self::HardSigmoid { slope, shift } => hard_sigmoid(x.tensor.clone(), slope, shift),
            Self::HardSwish => x.tensor.clone() * hard_sigmoid(x.tensor.clone(), 1.0 / 6.0, 0.5),
            Self::Tanh => x.tensor.clone().tanh(),
            Self::Softplus => activation::softplus(x.tensor.clone(), 1.0),
            Self::Mish => x.tensor.clone() * activation::softplus(x.tensor.clone(), 1.0).tanh(),
            Self::Softsign => x.tensor.clone() / (x.tensor.clone().abs() + 1.0),
        };
        Ok(x.with(entries))
    }
}

/// burn's own passes through binary32.
fn hard_sigmoid(x: Tensor<MOST_AXES>, slope: f64, shift: f64) -> Tensor<MOST_AXES> {
    (x * slope + shift).clamp(0.0, 1.0)
}

fn along(
    x: Array,
    axes: Axes,
    softmax: fn(Tensor<MOST_AXES>, usize) -> Tensor<MOST_AXES>,
) -> Result<Array, String> {
    match axes {
        Axes::One(axis) => {
            let axis = x.axis(axis)?;
            Ok(x.with(softmax(x.tensor.clone(), axis)))
        }
        Axes::From(first) => {
            let shape = x.shape();
            let first = if first == shape.len() as i64 {
                shape.len()
            } else {
                crate::onnx::value::axis(first, shape.len())?
            };
            let flat = x.reshaped(&[shape[..first].iter().product(), shape[first..].iter().product()])?;
            flat.with(softmax(flat.tensor.clone(), MOST_AXES - 1)).reshaped(&shape)
        }
    }
}
