//! Loss functions: the mean over the examples, whatever the batch.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_sigmoid, log_softmax};
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
    /// `(1/n) Σ_i Σ_c [ln(1 + e^{z_ic}) − t_ic z_ic]`: cross entropy of `σ(z)` with targets in `[0, 1]`. In nats.
    Logistic,
}

impl Loss {
    /// The loss as a tensor of one number, ready for `backward`.
    ///
    /// # Shapes
    /// `outputs` and `targets: [n, k]`; result `[1]`.
    pub fn of(self, outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
        match self {
            Loss::CrossEntropy => (log_softmax(outputs, 1) * targets).sum_dim(1).mean().neg(),
            Loss::Squared => squared_distance(outputs, targets),
            Loss::HalfSquared => squared_distance(outputs, targets).mul_scalar(0.5),
            Loss::Logistic => {
                let (right, wrong) = (log_sigmoid(outputs.clone()), log_sigmoid(outputs.neg()));
                (targets.clone() * right + (targets.neg() + 1.0) * wrong).sum_dim(1).mean().neg()
            }
        }
    }
}

impl Loss {
    /// The loss of each example, of which [`of`](Self::of) is the mean.
    ///
    /// # Shapes
    /// `outputs` and `targets: [n, k]`; result `[n, 1]`.
    pub fn each(self, outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<2> {
        let squares = |outputs: Tensor<2>, targets: Tensor<2>| {
            let difference = outputs - targets;
            (difference.clone() * difference).sum_dim(1)
        };
        match self {
            Loss::CrossEntropy => (log_softmax(outputs, 1) * targets).sum_dim(1).neg(),
            Loss::Squared => squares(outputs, targets),
            Loss::HalfSquared => squares(outputs, targets).mul_scalar(0.5),
            Loss::Logistic => {
                let (right, wrong) = (log_sigmoid(outputs.clone()), log_sigmoid(outputs.neg()));
                (targets.clone() * right + (targets.neg() + 1.0) * wrong).sum_dim(1).neg()
            }
        }
    }
}

fn squared_distance(outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let difference = outputs - targets;
    (difference.clone() * difference).sum_dim(1).mean()
}
