//! Kronecker-factored natural gradients of chains of dense layers.

use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData, activation};

use super::symmetric::Symmetric;
use super::{Loss, TrainingError};
use crate::networks::{Factored, Network};
use crate::parameters::numbers;

/// K-FAC's state: the two factors of each layer.
///
/// # Formula
/// The Fisher matrix of a layer is taken for `A ⊗ G`, `A = E a aᵀ` of its inputs (with a 1 for the bias),
/// `G = E g gᵀ` of the gradients at its outputs. For losses whose Hessian in the outputs is that of the model's log
/// likelihood, as all here, `G` is also the generalized Gauss-Newton factor: `g` runs over the columns of a root of that Hessian
/// (Botev, Ritter and Barber 2017), so nothing is sampled.
pub(super) struct Kfac {
    damping: f64,
    decay: f64,
    layers: Vec<[Symmetric; 2]>,
}

impl Kfac {
    pub(super) fn new(damping: f32, decay: f32) -> Self {
        Self { damping: f64::from(damping), decay: f64::from(decay), layers: Vec::new() }
    }

    /// Replaces the gradients of each layer by `A^(−1) ∇ G^(−1)`.
    pub(super) fn precondition<N: Network>(
        &mut self,
        network: &N,
        inputs: &Tensor<2>,
        loss: Loss,
        gradients: &mut GradientsParams,
    ) -> Result<(), TrainingError> {
        let (seen, factors) = factors(network, inputs, loss)?;
        if self.layers.is_empty() {
            self.layers = factors;
        } else {
            for (old, new) in self.layers.iter_mut().flatten().zip(factors.iter().flatten()) {
                for (old, new) in old.entries.iter_mut().zip(&new.entries) {
                    *old = self.decay * *old + (1.0 - self.decay) * new;
                }
            }
        }
        for (layer, [a, g]) in seen.iter().zip(&self.layers) {
            self.precondition_layer(layer, a, g, gradients);
        }
        Ok(())
    }

    fn precondition_layer(
        &self,
        layer: &Factored,
        a: &Symmetric,
        g: &Symmetric,
        gradients: &mut GradientsParams,
    ) {
        let Some(weight) = gradients.remove::<2>(layer.weight) else { return };
        let (shape, device, dtype) = (weight.dims(), weight.device(), weight.dtype());
        let mut rows = numbers(weight);
        let bias = layer.bias.and_then(|id| Some((id, gradients.remove::<1>(id)?)));
        rows.extend(bias.iter().flat_map(|(_, bias)| numbers(bias.clone())));
        // Section 6.3: the damping is split so that both factors are perturbed alike.
        let mean_eigenvalue = |m: &Symmetric| m.entries.iter().step_by(m.size + 1).sum::<f64>() / m.size as f64;
        let (root, ratio) = (self.damping.sqrt(), (mean_eigenvalue(a) / mean_eigenvalue(g)).sqrt());
        let ratio = if ratio.is_finite() && ratio > 0.0 { ratio } else { 1.0 };
        let left = a.inverse(root * ratio).times(&rows);
        // ∇ G⁻¹ = (G⁻¹ ∇ᵀ)ᵀ.
        let [_, outputs] = shape;
        let inverse = g.inverse(root / ratio);
        let direction: Vec<f64> = left.chunks_exact(outputs).flat_map(|row| inverse.times(row)).collect();
        let (weights, biases) = direction.split_at(shape[0] * outputs);
        gradients.register(
            layer.weight,
            Tensor::<2>::from_data(TensorData::new(weights.to_vec(), shape), (&device, dtype)),
        );
        if let Some((id, _)) = bias {
            gradients.register(
                id,
                Tensor::<1>::from_data(TensorData::new(biases.to_vec(), [outputs]), (&device, dtype)),
            );
        }
    }
}

/// The layers of a network and the factors of a batch: one backward pass an output.
fn factors<N: Network>(
    network: &N,
    inputs: &Tensor<2>,
    loss: Loss,
) -> Result<(Vec<Factored>, Vec<[Symmetric; 2]>), TrainingError> {
    let pass = || network.forward_factored(inputs.clone()).ok_or(TrainingError::NotFactored);
    let (outputs, seen) = pass()?;
    let [n, count] = outputs.dims();
    let weight = (n as f64).recip();
    let mut factors: Vec<[Symmetric; 2]> = seen
        .iter()
        .map(|layer| {
            let mut a =
                Symmetric::scaled_identity(layer.inputs.dims()[1] + usize::from(layer.bias.is_some()), 0.0);
            a.add_outer_products(&with_ones(layer), weight);
            [a, Symmetric::scaled_identity(layer.probe.dims()[1], 0.0)]
        })
        .collect();
    for output in 0..count {
        let (outputs, seen) = pass()?;
        let column = root_column(loss, outputs.clone().detach(), output);
        let gradients = (outputs * column).sum().backward();
        for (layer, [_, g]) in seen.iter().zip(&mut factors) {
            if let Some(gradient) = layer.probe.grad(&gradients) {
                g.add_outer_products(&numbers(gradient), weight);
            }
        }
    }
    Ok((seen, factors))
}

/// The inputs of a layer, row by row, each with a 1 where there is a bias.
fn with_ones(layer: &Factored) -> Vec<f64> {
    let width = layer.inputs.dims()[1];
    let values = numbers(layer.inputs.clone().inner());
    if layer.bias.is_none() {
        return values;
    }
    values.chunks(width).flat_map(|row| row.iter().copied().chain([1.0])).collect()
}

/// A column of a matrix `S` with `S Sᵀ` the Hessian of the loss of one example in its outputs, for each example.
fn root_column(loss: Loss, outputs: Tensor<2>, column: usize) -> Tensor<2> {
    let shape = outputs.dims();
    let mut unit = vec![0.0; shape[0] * shape[1]];
    unit.iter_mut().skip(column).step_by(shape[1]).for_each(|entry| *entry = 1.0);
    let unit = Tensor::from_data(TensorData::new(unit, shape), (&outputs.device(), outputs.dtype()));
    match loss {
        Loss::HalfSquared => unit,
        Loss::Squared => unit.mul_scalar(std::f64::consts::SQRT_2),
        Loss::Logistic => {
            let p = activation::sigmoid(outputs);
            unit * (p.clone() * (p.neg() + 1.0)).sqrt()
        }
        // diag(p) − p pᵀ = Σ_c p_c (e_c − p)(e_c − p)ᵀ.
        Loss::CrossEntropy => {
            let p = activation::softmax(outputs, 1);
            let weight = (p.clone() * unit.clone()).sum_dim(1).sqrt();
            (unit - p) * weight
        }
    }
}
