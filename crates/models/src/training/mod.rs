//! Training: losses, optimizers, schedules and one loop.

mod attack;
mod course;
mod dropout;
mod error;
mod examples;
mod kfac;
mod loss;
mod optimizer;
mod outcome;
mod preconditioner;
mod schedule;
mod symmetric;

use std::ops::ControlFlow;

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

pub use attack::{ProjectedAttack, fgsm, random_signs};
pub(crate) use dropout::Masks;
pub use error::TrainingError;
pub use examples::{Examples, Gradient};
pub(crate) use examples::{accuracy, one_hot};
pub use loss::{Loss, cross_entropy};
pub use optimizer::Optimizer;
pub use outcome::{Ended, Point, Snapshot, Trained};
pub use schedule::Schedule;

use course::Course;
use preconditioner::Stepper;

use crate::networks::Network;
use crate::parameters::flat;
use crate::random::Stream;

/// How many examples a step sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Batch {
    /// All: gradient descent.
    Full,
    /// This many: each epoch is a fresh permutation, cut into batches, the last one smaller if need be.
    Size(usize),
    /// This many, drawn independently and with replacement. No pass over the examples ever ends, so each step counts as an
    /// epoch.
    Replacement(usize),
}

/// When training ends at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// After this many updates.
    Steps(usize),
    /// After this many passes over the examples.
    Epochs(usize),
}

/// What ends training early; looked at once an epoch, over all examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Only the limit.
    Never,
    /// The training accuracy is at least this.
    Accuracy(f64),
    /// The training loss is at most this.
    Loss(f64),
}

/// How to train: a value that can be run any number of times.
///
/// The same training with the same network, examples and stream gives the same parameters to the bit, on one
/// build, for any number of threads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// What is minimized.
    pub loss: Loss,
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// How many examples a step sees.
    pub batch: Batch,
    /// When to end at the latest.
    pub limit: Limit,
    /// What ends it earlier.
    pub stop: Stop,
    /// Record every this many epochs; 0 records the start and the end only, and costs least.
    pub record_every: usize,
    /// Adversarial training: to each batch its fast-gradient-sign attack of this size is added; 0 for none.
    pub adversarial: f64,
    /// Each hidden unit is dropped with this probability in each step; 0 for none.
    pub dropout: f64,
    /// Keep the parameters after every this many steps; 0 keeps none.
    pub snapshot_every: usize,
}

impl Training {
    /// Full batches, 100 epochs, no early stop, start and end recorded.
    pub fn new(loss: Loss, optimizer: Optimizer, schedule: Schedule) -> Self {
        Self {
            loss,
            optimizer,
            schedule,
            batch: Batch::Full,
            limit: Limit::Epochs(100),
            stop: Stop::Never,
            record_every: 0,
            adversarial: 0.0,
            dropout: 0.0,
            snapshot_every: 0,
        }
    }

    /// Sets the batch size.
    #[must_use]
    pub fn batch(self, batch: Batch) -> Self {
        Self { batch, ..self }
    }

    /// Sets the limit.
    #[must_use]
    pub fn limit(self, limit: Limit) -> Self {
        Self { limit, ..self }
    }

    /// Sets the stop rule.
    #[must_use]
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Trains on each batch together with its fast-gradient-sign attack of size `epsilon`.
    ///
    /// # Reference
    /// Goodfellow, Shlens and Szegedy 2015, section 6, with `α = 1/2`.
    #[must_use]
    pub fn adversarial(self, epsilon: f64) -> Self {
        Self { adversarial: epsilon, ..self }
    }

    /// Drops hidden units with this probability, for networks that show them ([`Network::forward_dropped`]). Masks come from
    /// a stream that is split off the training's; nothing is dropped when the network is looked at.
    ///
    /// # Reference
    /// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.
    #[must_use]
    pub fn dropout(self, probability: f64) -> Self {
        Self { dropout: probability, ..self }
    }

    /// Keeps the parameters after every `steps` steps.
    #[must_use]
    pub fn snapshot_every(self, steps: usize) -> Self {
        Self { snapshot_every: steps, ..self }
    }

    /// Records every `epochs`-th epoch.
    #[must_use]
    pub fn record_every(self, epochs: usize) -> Self {
        Self { record_every: epochs, ..self }
    }

    /// Trains to the end.
    ///
    /// # Errors
    /// [`TrainingError`] when the settings, the examples or the network do not fit together.
    pub fn run<N: Network>(
        &self,
        network: N,
        examples: &Examples,
        stream: &mut Stream,
    ) -> Result<Trained<N>, TrainingError> {
        self.run_watched(network, examples, stream, &mut |_| ControlFlow::Continue(()))
    }

    /// Trains; `watch` sees the number of each finished step and may end it there.
    ///
    /// # Errors
    /// [`TrainingError`] when the settings, the examples or the network do not fit together.
    pub fn run_watched<N: Network>(
        &self,
        network: N,
        examples: &Examples,
        stream: &mut Stream,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Trained<N>, TrainingError> {
        examples.require_computed()?;
        let masks = Masks::of(self, stream)?;
        let learner =
            NetworkLearner { network, stepper: Stepper::new(self.optimizer), training: self, examples, masks };
        Ok(self.drive(learner, stream, watch)?.map(|learner| learner.network))
    }

    /// The loop itself, for anything that learns: the order of the examples is the same for all.
    pub(crate) fn drive<L: Learner>(
        &self,
        mut learner: L,
        stream: &mut Stream,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Trained<L>, TrainingError> {
        let n = learner.examples();
        let size = self.batch_size(n)?;
        // How many examples are seen between two looks at all of them.
        let pass = if let Batch::Replacement(size) = self.batch { size } else { n };
        let steps = match self.limit {
            Limit::Steps(steps) => steps,
            Limit::Epochs(epochs) => epochs.saturating_mul(pass.div_ceil(size)),
        };
        let mut course = Course::begin(self, &mut learner)?;
        while course.goes_on(steps) {
            // A fresh permutation, cut into batches, the last one smaller if need be; or all examples, in order.
            let order = match self.batch {
                Batch::Replacement(size) => (0..size).map(|_| stream.index(n)).collect(),
                _ if size < n => stream.permutation(n),
                _ => Vec::new(),
            };
            for start in (0..pass).step_by(size).take(steps - course.step()) {
                let batch = order.get(start..pass.min(start + size));
                learner = learner.step(self.schedule.rate(course.step()), batch)?;
                let flow = course.stepped(watch);
                course.keep(&learner);
                if flow.is_break() {
                    break;
                }
            }
            course.epoch_passed(&mut learner)?;
        }
        course.end(learner)
    }

    /// The gradients of one batch, with its attack where training is adversarial.
    fn gradients<N: Network>(
        &self,
        network: &N,
        inputs: Tensor<2>,
        targets: Tensor<2>,
        masks: Option<&mut Masks>,
    ) -> Result<GradientsParams, TrainingError> {
        let (inputs, targets) = if self.adversarial > 0.0 {
            let attacked = fgsm(network, inputs.clone(), targets.clone(), self.loss, self.adversarial);
            (Tensor::cat(vec![inputs, attacked], 0), Tensor::cat(vec![targets.clone(), targets], 0))
        } else {
            (inputs, targets)
        };
        let outputs = match masks {
            None => network.forward(inputs),
            Some(masks) => masks.forward(network, inputs)?,
        };
        Ok(GradientsParams::from_grads(self.loss.of(outputs, targets).backward(), network))
    }

    fn batch_size(&self, available: usize) -> Result<usize, TrainingError> {
        let rate = self.schedule.initial();
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(TrainingError::LearningRate(rate));
        }
        match self.batch {
            Batch::Full => Ok(available),
            Batch::Size(size) if (1..=available).contains(&size) => Ok(size),
            Batch::Replacement(size) if size > 0 => Ok(size),
            Batch::Size(size) | Batch::Replacement(size) => Err(TrainingError::BatchSize { size, available }),
        }
    }

    fn reached(&self, point: &Point) -> bool {
        match self.stop {
            Stop::Never => false,
            Stop::Accuracy(target) => point.accuracy.is_some_and(|accuracy| accuracy >= target),
            Stop::Loss(target) => point.loss <= target,
        }
    }
}

/// Something that learns from examples, step by step.
pub(crate) trait Learner: Sized {
    /// How many examples there are.
    fn examples(&self) -> usize;

    /// One update at this rate, on the examples with these indices or, where there are none given, on all.
    fn step(self, rate: f64, batch: Option<&[usize]>) -> Result<Self, TrainingError>;

    /// The loss over all examples and, where they have labels, the accuracy.
    fn observe(&mut self) -> Result<(f64, Option<f64>), TrainingError>;

    /// Whether every parameter is finite.
    fn all_finite(&self) -> bool;

    /// The parameters as numbers.
    fn parameters(&self) -> Vec<f64>;
}

/// A burn network in training.
struct NetworkLearner<'a, N: Network> {
    network: N,
    stepper: Stepper,
    training: &'a Training,
    examples: &'a Examples,
    masks: Option<Masks>,
}

impl<N: Network> Learner for NetworkLearner<'_, N> {
    fn examples(&self) -> usize {
        self.examples.len()
    }

    fn step(mut self, rate: f64, batch: Option<&[usize]>) -> Result<Self, TrainingError> {
        let (inputs, targets) = self.examples.batch(batch);
        let gradients = self.training.gradients(&self.network, inputs.clone(), targets, self.masks.as_mut())?;
        self.network = self.stepper.step(rate, self.network, &inputs, self.training.loss, gradients)?;
        Ok(self)
    }

    fn observe(&mut self) -> Result<(f64, Option<f64>), TrainingError> {
        self.examples.observe(&self.network, self.training.loss)
    }

    fn all_finite(&self) -> bool {
        examples::all_finite(&self.network)
    }

    fn parameters(&self) -> Vec<f64> {
        flat(&self.network)
    }
}
