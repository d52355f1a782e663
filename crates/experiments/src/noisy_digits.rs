//! A small sample of the digits, some of its labels wrong: where regularization matters. And the network that is fitted to it.

use saddlepoint_models::data::{Predictions, Samples, corruption, digits};
use saddlepoint_models::device::Precision;
use saddlepoint_models::networks::{Activation, Initialization, Mlp};
use saddlepoint_models::random::Stream;
use saddlepoint_models::risk::{EmpiricalRisk, Engine};
use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Trained, Training};

use crate::claim::{Failure, Lab};

/// Examples to train on, and as many to validate on.
pub const EXAMPLES: usize = 200;

/// The fraction of labels that are drawn anew, of the training and of the validation examples.
pub const NOISE: f64 = 0.2;

/// 200 examples to train on and 200 others to validate on, drawn from the training digits, and the 797 test digits, whose labels
/// are right; a ReLU network 64-128-10.
#[derive(Debug)]
pub struct NoisyDigits<'a> {
    /// To train on.
    pub train: Samples,
    /// To choose by, as noisy as the training examples.
    pub validation: Samples,
    /// To judge by.
    pub test: Samples,
    network: Mlp,
    engine: Engine,
    lab: &'a Lab,
}

impl<'a> NoisyDigits<'a> {
    /// Draws examples and wrong labels; `noise` is the fraction of labels that are drawn anew.
    ///
    /// # Errors
    /// When the fraction is none or the engine cannot be had.
    pub fn draw(noise: f64, lab: &'a Lab, stream: &mut Stream) -> Result<Self, Failure> {
        let (train, test) = digits::split()?;
        let order = stream.permutation(train.len());
        let drawn = corruption::random_labels(&train.select(&order[..2 * EXAMPLES])?, noise, stream)?;
        let (train, validation) = drawn.split_at(EXAMPLES)?;
        let network = Mlp::new(&[64, 128, 10], Activation::Relu)?;
        Ok(Self { train, validation, test, network, engine: lab.engine()?, lab })
    }

    /// Random parameters to start from.
    pub fn start(&self, stream: &mut Stream) -> Vec<f64> {
        self.network.draw(Initialization::HeNormal, stream)
    }

    /// Trains on samples, which need not be those drawn: augmented ones, others' labels.
    ///
    /// # Errors
    /// When the training is none, or the run was interrupted.
    pub fn fit(
        &self,
        on: &Samples,
        training: &Training,
        start: &[f64],
        stream: &mut Stream,
    ) -> Result<Trained<Vec<f64>>, Failure> {
        let risk = EmpiricalRisk::new(&self.network, on, training.loss, Precision::F32, &self.engine)?;
        let trained = risk.train_watched(training, start, stream, &mut self.lab.watch())?;
        self.lab.go_on()?;
        Ok(trained)
    }

    /// What the network predicts at these parameters.
    ///
    /// # Errors
    /// When the parameters are not finite.
    pub fn predict(&self, parameters: &[f64], on: &Samples) -> Result<Predictions, Failure> {
        let risk = EmpiricalRisk::new(&self.network, on, Loss::CrossEntropy, Precision::F32, &self.engine)?;
        Ok(Predictions::softmax(&risk.outputs(parameters)?, on)?)
    }
}

/// Full batches by a method of Adam's family at the rate `2 · 10⁻³`: 25 steps reach 80 % and 400 interpolate.
pub fn full_batch(optimizer: Optimizer, steps: usize) -> Training {
    Training::new(Loss::CrossEntropy, optimizer, Schedule::Constant { rate: 2e-3 }).limit(Limit::Steps(steps))
}
