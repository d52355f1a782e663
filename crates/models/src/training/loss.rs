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

/// The cross entropy of one example, in nats: how surprising its label is to the softmax of the outputs. None if there is no output
/// for the label; NaN if an output is NaN or +∞, or all are −∞.
///
/// # Formula
/// $$\ln\sum_c e^{z_c} - z_y = (m - z_y) + \ln\sum_c e^{z_c - m}, \qquad m = \max_c z_c$$
/// in the second form: no exponential overflows, and where the label's output is the largest nothing cancels.
pub fn cross_entropy(outputs: &[f64], label: usize) -> Option<f64> {
    let of_label = outputs.get(label)?;
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = outputs.iter().map(|output| (output - largest).exp()).sum();
    Some(largest - of_label + total.ln())
}

fn squared_distance(outputs: Tensor<2>, targets: Tensor<2>) -> Tensor<1> {
    let difference = outputs - targets;
    (difference.clone() * difference).sum_dim(1).mean()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cross_entropy_is_the_logarithm_of_the_softmax() {
        let z = [0.3, -1.0, 2.0f64];
        let total: f64 = z.iter().map(|z| z.exp()).sum();
        for (label, of_label) in z.iter().enumerate() {
            let found = cross_entropy(&z, label).unwrap();
            assert!((found + (of_label.exp() / total).ln()).abs() < 1e-15, "{label}");
        }
        assert_eq!(cross_entropy(&z, 3), None);
    }

    #[test]
    fn large_outputs_neither_overflow_nor_cancel() {
        assert_eq!(cross_entropy(&[1e300, -1e300], 0), Some(0.0));
        assert_eq!(cross_entropy(&[1000.0, 0.0], 1), Some(1000.0));
        // With ln Σ eᶻ − z, 40 digits before the point would leave the loss none of its own.
        let sure = cross_entropy(&[1e6, 1e6 - 10.0], 0).unwrap();
        assert!((sure - (-10f64).exp().ln_1p()).abs() < 1e-15, "{sure}");
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(cross_entropy(&[bad, 1.0], 1).unwrap().is_nan(), "{bad}");
        }
        let never = f64::NEG_INFINITY;
        assert_eq!([0, 1].map(|label| cross_entropy(&[0.0, never], label)), [Some(0.0), Some(f64::INFINITY)]);
        assert!(cross_entropy(&[never, never], 0).unwrap().is_nan());
    }
}
