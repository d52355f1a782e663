//! Loss functions: the mean over the examples, whatever the batch.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

/// A loss of outputs `[n, k]` against targets `[n, k]`; always the mean over the `n` examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// `−(1/n) Σ_i Σ_c t_ic ln softmax(z_i)_c`; targets are distributions, usually one-hot. In nats.
    CrossEntropy,
    /// `(1/n) Σ_i ‖z_i − t_i‖²`.
    Squared,
    /// `(1/2n) Σ_i ‖z_i − t_i‖²`: the convention in which the gradient has no factor 2.
    HalfSquared,
}

impl Loss {
    /// The loss as a tensor of one number, ready for `backward`.
    ///
    /// # Shapes
    /// `outputs` and `targets: [n, k]`; result `[1]`.
    pub fn of(self, outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        match self {
            Loss::CrossEntropy => (activation::log_softmax(outputs, 1) * targets).sum_dim(1).mean().neg(),
            Loss::Squared => squared_distance(outputs, targets),
            Loss::HalfSquared => squared_distance(outputs, targets).mul_scalar(0.5),
        }
    }
}

fn squared_distance(outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let difference = outputs - targets;
    (difference.clone() * difference).sum_dim(1).mean()
}
