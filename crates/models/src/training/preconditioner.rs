//! Methods that burn-optim lacks, as maps of the gradients before a plain descent step: AdaDelta, Shampoo, K-FAC.
//!
//! Their state lives on the host in f64, which suits the small networks of the claims; the step itself is burn's.

use std::collections::HashMap;

use burn::module::{ModuleVisitor, Param, ParamId};
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Tensor, TensorData};

use super::kfac::Kfac;
use super::symmetric::Symmetric;
use super::{Loss, Optimizer, TrainingError};
use crate::networks::Network;
use crate::parameters::numbers;

/// An update rule with its state.
pub(super) struct Stepper {
    preconditioner: Preconditioner,
    descent: ModuleOptimizer,
}

enum Preconditioner {
    None,
    Tensors(HashMap<ParamId, Box<dyn TensorRule>>, Start),
    Kfac(Kfac),
}

/// Makes the rule of a tensor of this shape.
type Start = Box<dyn Fn(&[usize]) -> Box<dyn TensorRule>>;

/// A rule that looks at one parameter tensor at a time: what is left of its gradient.
trait TensorRule {
    fn direction(&mut self, gradient: Vec<f64>) -> Vec<f64>;
}

impl Preconditioner {
    fn tensors<R: TensorRule + 'static>(start: impl Fn(&[usize]) -> R + 'static) -> Self {
        Preconditioner::Tensors(HashMap::new(), Box::new(move |shape| Box::new(start(shape))))
    }
}

impl Stepper {
    pub(super) fn new(optimizer: Optimizer) -> Self {
        let preconditioner = match optimizer {
            Optimizer::AdaDelta { decay, epsilon } => {
                let (decay, epsilon) = (f64::from(decay), f64::from(epsilon));
                Preconditioner::tensors(move |shape| AdaDelta::new(decay, epsilon, shape))
            }
            Optimizer::Shampoo { epsilon } => {
                Preconditioner::tensors(move |shape| Shampoo::new(f64::from(epsilon), shape))
            }
            Optimizer::Kfac { damping, decay } => Preconditioner::Kfac(Kfac::new(damping, decay)),
            _ => Preconditioner::None,
        };
        Self { preconditioner, descent: optimizer.init() }
    }

    /// One step along the preconditioned gradients of a batch with these inputs.
    pub(super) fn step<N: Network>(
        &mut self,
        rate: f64,
        network: N,
        inputs: &Tensor<2>,
        loss: Loss,
        mut gradients: GradientsParams,
    ) -> Result<N, TrainingError> {
        match &mut self.preconditioner {
            Preconditioner::None => {}
            Preconditioner::Kfac(kfac) => kfac.precondition(&network, inputs, loss, &mut gradients)?,
            Preconditioner::Tensors(states, start) => {
                network.visit(&mut Precondition { states, start, gradients: &mut gradients });
            }
        }
        Ok(self.descent.step(rate, network, gradients))
    }
}

/// Replaces each gradient by its rule's direction.
struct Precondition<'a> {
    states: &'a mut HashMap<ParamId, Box<dyn TensorRule>>,
    start: &'a Start,
    gradients: &'a mut GradientsParams,
}

impl ModuleVisitor for Precondition<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else { return };
        let (shape, device, dtype) = (gradient.dims(), gradient.device(), gradient.dtype());
        let rule = self.states.entry(param.id).or_insert_with(|| (self.start)(&shape));
        let direction = rule.direction(numbers(gradient));
        self.gradients
            .register(param.id, Tensor::<D>::from_data(TensorData::new(direction, shape), (&device, dtype)));
    }
}

/// `Δ = g √(E Δ² + ε) / √(E g² + ε)`, with running averages `E`.
struct AdaDelta {
    decay: f64,
    epsilon: f64,
    gradients: Vec<f64>,
    steps: Vec<f64>,
}

impl AdaDelta {
    fn new(decay: f64, epsilon: f64, shape: &[usize]) -> Self {
        let zero = vec![0.0; shape.iter().product()];
        Self { decay, epsilon, gradients: zero.clone(), steps: zero }
    }
}

impl TensorRule for AdaDelta {
    fn direction(&mut self, mut gradient: Vec<f64>) -> Vec<f64> {
        let average = |old: f64, new: f64| self.decay * old + (1.0 - self.decay) * new * new;
        for ((g, squares), steps) in gradient.iter_mut().zip(&mut self.gradients).zip(&mut self.steps) {
            *squares = average(*squares, *g);
            *g *= ((*steps + self.epsilon) / (*squares + self.epsilon)).sqrt();
            *steps = average(*steps, *g);
        }
        gradient
    }
}

/// `G ×_1 H_1^(−1/2k) … ×_k H_k^(−1/2k)` for a tensor with `k` dimensions, `H_i = εI + Σ_t G_(i) G_(i)ᵀ` of its
/// unfoldings along dimension `i`.
struct Shampoo {
    shape: Vec<usize>,
    sums: Vec<Symmetric>,
}

impl Shampoo {
    fn new(epsilon: f64, shape: &[usize]) -> Self {
        let sums = shape.iter().map(|&size| Symmetric::scaled_identity(size, epsilon)).collect();
        Self { shape: shape.to_vec(), sums }
    }
}

impl TensorRule for Shampoo {
    fn direction(&mut self, mut gradient: Vec<f64>) -> Vec<f64> {
        let exponent = -0.5 / self.shape.len() as f64;
        // Turning the first dimension into the last, k times over, shows each dimension once and ends where it began.
        for (&size, sum) in self.shape.iter().zip(&mut self.sums) {
            gradient = transposed(&gradient, size);
            sum.add_outer_products(&gradient, 1.0);
        }
        for (&size, sum) in self.shape.iter().zip(&self.sums) {
            // A sum without ε may be singular: the gradient then has no part in its kernel.
            let root = sum.function(|value| if value > 0.0 { value.powf(exponent) } else { 0.0 });
            gradient = transposed(&root.times(&gradient), size);
        }
        gradient
    }
}

/// The rows and columns of a matrix with this many rows, exchanged.
fn transposed(matrix: &[f64], rows: usize) -> Vec<f64> {
    let columns = matrix.len() / rows.max(1);
    (0..matrix.len()).map(|at| matrix[(at % rows) * columns + at / rows]).collect()
}
