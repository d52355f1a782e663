//! Small dense networks without a tensor library.
//!
//! A step of a network with a few hundred parameters takes microseconds, and a tensor library's bookkeeping many times
//! that. Here the passes are loops over tiles of examples, which the compiler turns into vector instructions; nothing is
//! allocated between steps, and sums have one fixed order. Parameters are one vector, in the order of
//! [`crate::parameters::flat`] of the same [`Mlp`] on burn: weights before biases, layer by layer.
//!
//! What one learns on one path holds on the other: draws, batches, update rules and stop rules are shared, the arithmetic
//! differs by rounding only.

mod hessian;
mod learner;
mod outer;
mod pass;
mod products;
mod real;
mod slopes;
mod update;

pub use hessian::DenseHessian;
use pass::{Block, Passes, Room};
use products::Layer;
pub use real::{Real, Tile};
pub use update::Update;

use crate::data::{Samples, Targets};
use crate::networks::Mlp;
use crate::parameters::LengthMismatch;
use crate::training::{Gradient, Loss, TrainingError, accuracy, one_hot};

/// Tiles in a block: what the passes keep of a block fits into the first levels of cache.
const TILES: usize = 16;

/// The empirical risk of a multi-layer perceptron, with its derivatives.
///
/// # Formula
/// $R(\theta) = \frac1n \sum_{i=1}^n \ell(f_\theta(x_i), t_i)$.
///
/// ReLU is given the derivative 0 at 0, as burn does; its second derivative is 0 everywhere.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Samples, Targets};
/// use saddlepoint_models::native::DenseRisk;
/// use saddlepoint_models::networks::{Activation, Mlp};
/// use saddlepoint_models::training::Loss;
///
/// let line = Samples::new(&[1], vec![0.0, 1.0, 2.0], Targets::Values(vec![1.0, 3.0, 5.0]))?;
/// let risk = DenseRisk::<f64>::new(&Mlp::new(&[1, 1], Activation::Identity)?, &line, Loss::Squared)?;
/// assert_eq!(risk.loss(&[2.0, 1.0])?, 0.0);
/// assert_eq!(risk.gradient(&[2.0, 0.0])?.entries, [-2.0, -2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DenseRisk<F: Real> {
    passes: Passes,
    parameters: usize,
    /// Inputs and targets of all examples, row by row.
    inputs: Vec<F>,
    targets: Vec<F>,
    labels: Option<Vec<usize>>,
    /// The same, in order, as tiles.
    blocks: Vec<Block<F::Tile>>,
}

impl<F: Real> DenseRisk<F> {
    /// The risk of a network on samples; class labels become one-hot rows.
    ///
    /// # Errors
    /// [`TrainingError::Inputs`] or [`TrainingError::ShapeMismatch`] where the samples do not fit the network.
    pub fn new(network: &Mlp, samples: &Samples, loss: Loss) -> Result<Self, TrainingError> {
        let mut parameters = 0;
        let layer = |pair: &[usize]| {
            let layer = Layer { inputs: pair[0], outputs: pair[1], offset: parameters, bias: network.bias };
            parameters += layer.len();
            layer
        };
        let layers: Vec<Layer> = network.widths.windows(2).map(layer).collect();
        let passes = Passes { layers, activation: network.activation, loss };
        let (n, expected) = (samples.len(), passes.inputs());
        if samples.dimension() != expected {
            return Err(TrainingError::Inputs { found: samples.dimension(), expected });
        }
        let (targets, labels) = match samples.targets() {
            Targets::Classes { labels, classes } => (one_hot(labels, *classes), Some(labels.clone())),
            Targets::Values(values) => (values.clone(), None),
        };
        if targets.len() != n * passes.outputs() {
            let (found, expected) = ([n, passes.outputs()], [n, targets.len() / n]);
            return Err(TrainingError::ShapeMismatch { found, expected });
        }
        let rounded = |values: &[f64]| values.iter().map(|&x| F::from_f64(x)).collect();
        let (inputs, targets) = (rounded(samples.inputs()), rounded(&targets));
        let mut risk = Self { passes, parameters, inputs, targets, labels, blocks: Vec::new() };
        let all: Vec<usize> = (0..n).collect();
        risk.blocks = all
            .chunks(Self::block_size())
            .map(|indices| {
                let mut block = Block::default();
                risk.gather(indices, &mut block);
                block
            })
            .collect();
        Ok(risk)
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.inputs.len() / self.passes.inputs()
    }

    /// The loss, averaged over the examples.
    pub fn loss_function(&self) -> Loss {
        self.passes.loss
    }

    /// The network's outputs on all examples, row by row.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn outputs(&self, parameters: &[f64]) -> Result<Vec<f64>, TrainingError> {
        let parameters = self.rounded(parameters)?;
        Ok(self.look(&parameters, &mut self.passes.room(TILES)).1)
    }

    /// The mean loss.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn loss(&self, parameters: &[f64]) -> Result<f64, TrainingError> {
        let parameters = self.rounded(parameters)?;
        Ok(self.look(&parameters, &mut self.passes.room(TILES)).0)
    }

    /// The fraction of examples whose label has the largest output; the lowest class among equals.
    ///
    /// # Errors
    /// [`TrainingError::NotLabelled`] for regression targets, and as for [`loss`](Self::loss).
    pub fn accuracy(&self, parameters: &[f64]) -> Result<f64, TrainingError> {
        let labels = self.labels.as_deref().ok_or(TrainingError::NotLabelled)?;
        Ok(accuracy(&self.outputs(parameters)?, labels))
    }

    /// The loss and its gradient.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn gradient(&self, parameters: &[f64]) -> Result<Gradient, TrainingError> {
        let parameters = self.rounded(parameters)?;
        let mut gradient = vec![F::default(); self.parameters];
        let (mut room, mut loss) = (self.passes.room(TILES), 0.0);
        for block in &self.blocks {
            let outputs = self.passes.forward(&parameters, block, &[], &mut room);
            loss += self.passes.loss::<F>(block, outputs);
            self.passes.backward(
                &parameters,
                block,
                &[],
                &mut room,
                Self::share(self.examples()),
                &mut gradient,
            );
        }
        let entries = gradient.into_iter().map(Real::to_f64).collect();
        Ok(Gradient { loss: loss / self.examples() as f64, entries })
    }

    /// The gradients of the single examples, row by row: their mean is the gradient of the risk.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn sample_gradients(&self, parameters: &[f64]) -> Result<Vec<f64>, TrainingError> {
        let parameters = self.rounded(parameters)?;
        let (mut room, mut block) = (self.passes.room(1), Block::default());
        let mut rows = vec![F::default(); self.examples() * self.parameters];
        for (example, row) in rows.chunks_exact_mut(self.parameters).enumerate() {
            self.gather(&[example], &mut block);
            self.passes.forward(&parameters, &block, &[], &mut room);
            self.passes.backward(&parameters, &block, &[], &mut room, F::from_f64(1.0), row);
        }
        Ok(rows.into_iter().map(Real::to_f64).collect())
    }

    fn block_size() -> usize {
        TILES * F::Tile::LANES
    }

    /// `1/n`: the weight of one of `n` examples.
    fn share(n: usize) -> F {
        F::from_f64(1.0 / n as f64)
    }

    /// Mean loss and outputs over all examples.
    fn look(&self, parameters: &[F], room: &mut Room<F::Tile>) -> (f64, Vec<f64>) {
        let (k, lanes) = (self.passes.outputs(), F::Tile::LANES);
        let (mut sum, mut rows) = (0.0, Vec::with_capacity(self.targets.len()));
        for block in &self.blocks {
            let outputs = self.passes.forward(parameters, block, &[], room);
            sum += self.passes.loss::<F>(block, outputs);
            for example in 0..block.examples {
                let group = &outputs[example / lanes * k..][..k];
                rows.extend(group.iter().map(|tile| tile.as_ref()[example % lanes].to_f64()));
            }
        }
        (sum / self.examples() as f64, rows)
    }

    /// Writes the examples with these indices into a block, at most as many as it holds.
    fn gather(&self, indices: &[usize], block: &mut Block<F::Tile>) {
        block.examples = indices.len();
        scatter(&self.inputs, self.passes.inputs(), indices, &mut block.inputs);
        scatter(&self.targets, self.passes.outputs(), indices, &mut block.targets);
    }

    fn rounded(&self, parameters: &[f64]) -> Result<Vec<F>, TrainingError> {
        let (expected, found) = (self.parameters, parameters.len());
        if found != expected {
            return Err(LengthMismatch { expected, found }.into());
        }
        if let Some((index, &value)) = parameters.iter().enumerate().find(|(_, x)| !x.is_finite()) {
            return Err(TrainingError::Parameter { index, value });
        }
        Ok(parameters.iter().map(|&x| F::from_f64(x)).collect())
    }
}

/// Rows with these indices, as tiles; lanes without a row are 0.
fn scatter<F: Real>(rows: &[F], width: usize, indices: &[usize], tiles: &mut Vec<F::Tile>) {
    let lanes = F::Tile::LANES;
    tiles.clear();
    tiles.resize(indices.len().div_ceil(lanes) * width, F::Tile::default());
    for (group, indices) in tiles.chunks_exact_mut(width).zip(indices.chunks(lanes)) {
        for (lane, &index) in indices.iter().enumerate() {
            for (tile, &x) in group.iter_mut().zip(&rows[index * width..]) {
                tile.as_mut()[lane] = x;
            }
        }
    }
}
