//! Small changes of the inputs that are meant to do harm, and changes of the same size that are not.

use burn::tensor::{Tensor, TensorData};

use super::Loss;
use crate::networks::Network;
use crate::random::Stream;

/// The fast gradient sign attack: each input moves by `ε` in the direction in which the loss grows.
///
/// # Formula
/// `x + ε sign(∇_x ℓ(f(x), t))`: the maximizer of the linearized loss over `‖η‖_∞ ≤ ε`. Inputs are not clipped.
///
/// # Shapes
/// `inputs: [n, d]`, `targets: [n, k]` on a device with automatic differentiation; result `[n, d]` likewise.
///
/// # Reference
/// Goodfellow, Shlens and Szegedy 2015, section 4.
pub fn fgsm<N: Network>(
    network: &N,
    inputs: Tensor<2>,
    targets: Tensor<2>,
    loss: Loss,
    epsilon: f64,
) -> Tensor<2> {
    let inputs = inputs.detach().require_grad();
    let gradients = loss.of(network.forward(inputs.clone()), targets).backward();
    match inputs.grad(&gradients) {
        Some(gradient) => inputs.detach() + Tensor::from_inner(gradient.sign().mul_scalar(epsilon)),
        // A network that does not look at its inputs cannot be attacked through them.
        None => inputs.detach(),
    }
}

/// Projected gradient descent on the inputs, uphill: many small fast-gradient-sign steps that never leave the cube.
///
/// # Formula
/// `x_{k+1} = P(x_k + α sign(∇_x ℓ(f(x_k), t)))`, `x_0 = x`, with the projection `P` on `‖x_k − x‖_∞ ≤ ε`. One step with
/// `α = ε` is [`fgsm`].
///
/// # Reference
/// Madry, Makelov, Schmidt, Tsipras and Vladu 2018, *Towards deep learning models resistant to adversarial attacks*,
/// section 2, without a random start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProjectedAttack {
    /// `ε`.
    pub epsilon: f64,
    /// `α`.
    pub step: f64,
    /// How many steps.
    pub steps: usize,
}

impl ProjectedAttack {
    /// The last iterate.
    ///
    /// # Shapes
    /// As for [`fgsm`].
    pub fn run<N: Network>(
        &self,
        network: &N,
        inputs: &Tensor<2>,
        targets: &Tensor<2>,
        loss: Loss,
    ) -> Tensor<2> {
        (0..self.steps).fold(inputs.clone(), |x, _| {
            let moved = fgsm(network, x, targets.clone(), loss, self.step);
            inputs.clone() + (moved - inputs.clone()).clamp(-self.epsilon, self.epsilon)
        })
    }
}

/// Inputs that each move by `ε` up or down at random: as large in the maximum norm as the attack, but blind.
pub fn random_signs(inputs: Tensor<2>, epsilon: f64, stream: &mut Stream) -> Tensor<2> {
    let [n, d] = inputs.dims();
    let signs: Vec<f64> = (0..n * d).map(|_| epsilon * stream.sign()).collect();
    let options = (&inputs.device(), inputs.dtype());
    inputs + Tensor::from_data(TensorData::new(signs, [n, d]), options)
}
