//! The empirical risk of a multi-layer perceptron as a function of one vector of parameters, wherever it is computed.

use std::ops::ControlFlow;

use crate::data::{Samples, Targets};
use crate::device::{Device, Precision};
use crate::native::DenseRisk;
use crate::networks::{Architecture, Initialization, Mlp, MlpNetwork, NetworkError};
use crate::parameters::{flat, numbers, replace};
use crate::random::Stream;
use crate::training::{Examples, Gradient, Loss, Trained, Training, TrainingError};

/// What computes.
#[derive(Debug, Clone)]
pub enum Engine {
    /// The loops of [`crate::native`].
    Native,
    /// burn, on a device.
    Burn(Device),
}

/// The mean loss of a multi-layer perceptron over samples, as a function of its parameters.
///
/// Parameters are f64 vectors in the order of [`crate::parameters::flat`], rounded to the precision that computes. The
/// same training from the same start with the same stream visits the same examples on every engine.
///
/// # Example
/// ```
/// use saddlepoint_models::data::{Samples, Targets};
/// use saddlepoint_models::device::Precision;
/// use saddlepoint_models::networks::{Activation, Initialization, Mlp};
/// use saddlepoint_models::random::Stream;
/// use saddlepoint_models::risk::{EmpiricalRisk, Engine};
/// use saddlepoint_models::training::{Limit, Loss, Optimizer, Schedule, Training};
///
/// let corners = vec![0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let xor = Samples::new(&[2], corners, Targets::Values(vec![0.0, 1.0, 1.0, 0.0]))?;
/// let network = Mlp::new(&[2, 8, 1], Activation::Tanh)?;
/// let risk = EmpiricalRisk::new(&network, &xor, Loss::Squared, Precision::F32, &Engine::Native)?;
/// let mut stream = Stream::new(1);
/// let start = network.draw(Initialization::GlorotNormal, &mut stream);
/// let training = Training::new(Loss::Squared, Optimizer::adam(), Schedule::Constant { rate: 0.02 })
///     .limit(Limit::Steps(1000));
/// let trained = risk.train(&training, &start, &mut stream)?;
/// assert!(risk.loss(&trained.network)? < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct EmpiricalRisk {
    loss: Loss,
    computed: Computed,
}

/// By whom.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "one of them lives as long as a training")]
enum Computed {
    F32(DenseRisk<f32>),
    F64(DenseRisk<f64>),
    Burn { network: MlpNetwork, examples: Examples },
}

impl EmpiricalRisk {
    /// The risk of a network on samples.
    ///
    /// # Errors
    /// When the samples do not fit the network, or the device cannot compute in this precision.
    pub fn new(
        network: &Mlp,
        samples: &Samples,
        loss: Loss,
        precision: Precision,
        engine: &Engine,
    ) -> Result<Self, TrainingError> {
        // Whatever engine computes, what does not fit is refused in the same words.
        let native = DenseRisk::<f64>::new(network, samples, loss)?;
        let computed = match (engine, precision) {
            (Engine::Native, Precision::F64) => Computed::F64(native),
            (Engine::Native, Precision::F32) => Computed::F32(DenseRisk::new(network, samples, loss)?),
            (Engine::Burn(device), precision) => {
                let examples = Examples::new(samples, precision, device)?;
                // The parameters are replaced before they are used.
                let drawn = network.init(Initialization::GlorotUniform, precision, device, &mut Stream::new(0));
                let network = drawn.map_err(|error| match error {
                    NetworkError::Device(error) => TrainingError::Device(error),
                    // An `Mlp` has sizes that make sense.
                    _ => TrainingError::NoExamples,
                })?;
                Computed::Burn { network, examples }
            }
        };
        Ok(Self { loss, computed })
    }

    /// The loss whose mean it is.
    pub fn loss_function(&self) -> Loss {
        self.loss
    }

    /// The outputs on all samples, row by row.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn outputs(&self, parameters: &[f64]) -> Result<Vec<f64>, TrainingError> {
        match &self.computed {
            Computed::F32(risk) => risk.outputs(parameters),
            Computed::F64(risk) => risk.outputs(parameters),
            Computed::Burn { network, examples } => Ok(numbers(examples.outputs(&at(network, parameters)?)?)),
        }
    }

    /// The mean loss.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn loss(&self, parameters: &[f64]) -> Result<f64, TrainingError> {
        match &self.computed {
            Computed::F32(risk) => risk.loss(parameters),
            Computed::F64(risk) => risk.loss(parameters),
            Computed::Burn { network, examples } => examples.loss(&at(network, parameters)?, self.loss),
        }
    }

    /// The fraction of samples whose label has the largest output.
    ///
    /// # Errors
    /// [`TrainingError::NotLabelled`] for regression targets, and as for [`loss`](Self::loss).
    pub fn accuracy(&self, parameters: &[f64]) -> Result<f64, TrainingError> {
        match &self.computed {
            Computed::F32(risk) => risk.accuracy(parameters),
            Computed::F64(risk) => risk.accuracy(parameters),
            Computed::Burn { network, examples } => examples.accuracy(&at(network, parameters)?),
        }
    }

    /// The mean loss and its gradient.
    ///
    /// # Errors
    /// When the parameters do not fit the network or are not finite.
    pub fn gradient(&self, parameters: &[f64]) -> Result<Gradient, TrainingError> {
        match &self.computed {
            Computed::F32(risk) => risk.gradient(parameters),
            Computed::F64(risk) => risk.gradient(parameters),
            Computed::Burn { network, examples } => examples.gradient(&at(network, parameters)?, self.loss),
        }
    }

    /// Trains from a start to the end.
    ///
    /// # Errors
    /// [`TrainingError`] when settings, start and samples do not fit together.
    pub fn train(
        &self,
        training: &Training,
        start: &[f64],
        stream: &mut Stream,
    ) -> Result<Trained<Vec<f64>>, TrainingError> {
        self.train_watched(training, start, stream, &mut |_| ControlFlow::Continue(()))
    }

    /// Trains; `watch` sees the number of each finished step and may end it there.
    ///
    /// # Errors
    /// [`TrainingError`] when settings, start and samples do not fit together.
    pub fn train_watched(
        &self,
        training: &Training,
        start: &[f64],
        stream: &mut Stream,
        watch: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Trained<Vec<f64>>, TrainingError> {
        if training.loss != self.loss {
            return Err(TrainingError::LossMismatch { training: training.loss, risk: self.loss });
        }
        match &self.computed {
            Computed::F32(risk) => risk.train(training, start, stream, watch),
            Computed::F64(risk) => risk.train(training, start, stream, watch),
            Computed::Burn { network, examples } => {
                let trained = training.run_watched(at(network, start)?, examples, stream, watch)?;
                Ok(trained.map(|network| flat(&network)))
            }
        }
    }
}

/// Inputs with the class that a network gives each: the place of its largest output, the first among equals.
///
/// # Errors
/// When the parameters or the inputs do not fit the network or are not finite.
pub fn labelled_by(
    network: &Mlp,
    parameters: &[f64],
    inputs: Vec<f64>,
) -> Result<Samples, Box<dyn std::error::Error + Send + Sync>> {
    let (dimension, classes) = network.ends();
    let n = inputs.len() / dimension;
    let unlabelled = Samples::new(&[dimension], inputs, Targets::Values(vec![0.0; n * classes]))?;
    let outputs = DenseRisk::<f64>::new(network, &unlabelled, Loss::Squared)?.outputs(parameters)?;
    let largest =
        |row: &[f64]| (1..classes).fold(0, |best, class| if row[class] > row[best] { class } else { best });
    let labels = outputs.chunks_exact(classes).map(largest).collect();
    Ok(unlabelled.with_targets(Targets::Classes { labels, classes })?)
}

/// The network at these parameters.
fn at(network: &MlpNetwork, parameters: &[f64]) -> Result<MlpNetwork, TrainingError> {
    if let Some((index, &value)) = parameters.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(TrainingError::Parameter { index, value });
    }
    Ok(replace(network.clone(), parameters)?)
}
