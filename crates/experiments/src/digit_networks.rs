//! Networks trained on digits whose norms, margins and cushions several claims measure: trained once a run.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use saddlepoint_models::data::{Samples, corruption, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::EmpiricalRisk;
use saddlepoint_models::training::{Batch, Limit, Loss, Optimizer, Schedule, Training};
use saddlepoint_rigor::{Interval, IntervalMatrix};
use saddlepoint_theory::bounds::inputs::Inputs;
use saddlepoint_theory::capacity::margins::Margins;
use saddlepoint_theory::capacity::norms::Layers;
use saddlepoint_theory::capacity::spectral_complexity;
use saddlepoint_theory::expressivity::relu_network::ReluNetwork;
use serde::{Deserialize, Serialize};

use crate::claim::{Failure, Lab};

/// Inputs, hidden units, outputs; no biases.
pub const WIDTHS: [usize; 4] = [64, 128, 128, 10];

/// The number of weights.
pub const WEIGHTS: usize = 25_856;

/// Epochs of a whole training.
pub const EPOCHS: usize = 300;

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The part of the training labels that is drawn anew, uniformly.
    pub random_labels: f64,
    /// Training examples: the first ones of the split.
    pub examples: usize,
    /// Passes over them.
    pub epochs: usize,
    /// Of the start, the labels and the order of the examples.
    pub seed: u64,
}

/// A trained network with the data that it saw.
#[derive(Debug, Clone)]
pub struct DigitNetwork {
    /// The weights.
    pub layers: Layers,
    /// What it was trained on: inputs of norm 1, labels as it learnt them.
    pub train: Samples,
    /// The part of the training labels that it gives.
    pub train_accuracy: f64,
    /// The part of the 797 test images, with their true labels, that it gets right.
    pub test_accuracy: f64,
}

/// Trains the network, or takes it from the run's other tasks: inputs divided by their norm, He's start, Adam at rate `10⁻³`,
/// batches of 100, cross-entropy.
///
/// # Errors
/// Where the lab's device fails, there are more examples than the split has, or the run was interrupted.
pub fn trained(recipe: Recipe, lab: &Lab) -> Result<Arc<DigitNetwork>, Failure> {
    let name = format!("digit network {}", serde_json::to_string(&recipe)?);
    lab.once().get(&name, || train(recipe, lab))
}

fn train(recipe: Recipe, lab: &Lab) -> Result<DigitNetwork, Failure> {
    let (train, test) = digits::split()?;
    let train = normalized(&train.select(&(0..recipe.examples).collect::<Vec<_>>())?)?;
    let test = normalized(&test)?;
    let mut stream = Stream::new(recipe.seed);
    let network = Mlp::new(&WIDTHS, Activation::Relu)?.without_bias();
    let start = network.draw(Initialization::HeNormal, &mut stream);
    let train = corruption::random_labels(&train, recipe.random_labels, &mut stream)?;
    let engine = lab.engine()?;
    let risk =
        |samples: &Samples| EmpiricalRisk::new(&network, samples, Loss::CrossEntropy, Precision::F32, &engine);
    let training = Training::new(Loss::CrossEntropy, Optimizer::adam(), Schedule::Constant { rate: 1e-3 })
        .batch(Batch::Size(100.min(recipe.examples)))
        .limit(Limit::Epochs(recipe.epochs));
    let of_train = risk(&train)?;
    let end = of_train.train_watched(&training, &start, &mut stream, &mut lab.watch())?.network;
    lab.go_on()?;
    let (train_accuracy, test_accuracy) = (of_train.accuracy(&end)?, risk(&test)?.accuracy(&end)?);
    Ok(DigitNetwork { layers: layers(&end)?, train, train_accuracy, test_accuracy })
}

/// Every input over its norm, to nearest.
fn normalized(samples: &Samples) -> Result<Samples, Failure> {
    let unit = |x: &[f64]| {
        let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt();
        x.iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    Ok(samples.with_inputs(samples.rows().flat_map(unit).collect())?)
}

/// The weight matrices in a vector of parameters, which has those of a layer row by row for each input.
fn layers(parameters: &[f64]) -> Result<Layers, Failure> {
    let mut rest = parameters;
    let layer = |pair: &[usize]| {
        let (weights, after) = rest.split_at(pair[0] * pair[1]);
        rest = after;
        Ok(IntervalMatrix::from_rows(pair[0], pair[1], weights.to_vec())?.transpose())
    };
    Ok(Layers::new(WIDTHS.windows(2).map(layer).collect::<Result<_, Failure>>()?)?)
}

impl DigitNetwork {
    /// The training inputs.
    ///
    /// # Errors
    /// Never: there are some, and they are finite.
    pub fn inputs(&self) -> Result<Inputs, Failure> {
        Ok(Inputs::new(self.points()?))
    }

    /// The margins on the training examples, enclosed.
    ///
    /// # Errors
    /// Where an output overflows.
    pub fn margins(&self) -> Result<Margins, Failure> {
        Ok(Margins::of_classes(&self.layers.relu_outputs(&self.points()?)?, self.train.labels()?.0)?)
    }

    /// What margins are divided by to be compared between networks.
    ///
    /// # Formula
    /// `R_A ‖X‖_F / n`
    ///
    /// # Errors
    /// When a spectral norm cannot be enclosed.
    ///
    /// # Reference
    /// Bartlett, Foster, Telgarsky, Spectrally-normalized margin bounds for neural networks, NeurIPS 2017, figure 2.
    pub fn margin_scale(&self) -> Result<Interval, Failure> {
        let n = self.train.len() as f64;
        let norm = self.inputs()?.frobenius();
        Ok((spectral_complexity::of_layers(&self.layers)? * norm).checked_div(Interval::point(n)?)?)
    }

    /// The same network with biases of zero.
    ///
    /// # Errors
    /// Never: the weights fit, and are finite.
    pub fn relu_network(&self) -> Result<ReluNetwork, Failure> {
        let layer = |weights: &IntervalMatrix| {
            let (rows, columns) = weights.shape();
            (DMatrix::from_row_slice(rows, columns, weights.midpoints()), DVector::zeros(rows))
        };
        Ok(ReluNetwork::new(self.layers.weights().iter().map(layer).collect())?)
    }

    fn points(&self) -> Result<IntervalMatrix, Failure> {
        let (n, d) = (self.train.len(), self.train.dimension());
        Ok(IntervalMatrix::from_rows(n, d, self.train.inputs().to_vec())?)
    }
}
