//! What keeps training from its start or its end.

use crate::device::DeviceError;
use crate::parameters::LengthMismatch;

use super::Loss;

/// Why training cannot start or go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainingError {
    /// There is nothing to learn from.
    #[error("there are no examples")]
    NoExamples,
    /// Regression targets where class labels are needed.
    #[error("accuracy needs class labels, but the targets are numbers")]
    NotLabelled,
    /// Network and targets do not fit together.
    #[error("the network's outputs have shape {found:?}, the targets {expected:?}")]
    ShapeMismatch {
        /// Shape of the outputs.
        found: [usize; 2],
        /// Shape of the targets.
        expected: [usize; 2],
    },
    /// A batch of no examples, or of more than there are.
    #[error("a batch of {size} cannot be drawn from {available} examples")]
    BatchSize {
        /// The size asked for.
        size: usize,
        /// How many examples there are.
        available: usize,
    },
    /// The learning rate is negative, infinite or not a number.
    #[error("the learning rate must be finite and not negative, but is {0}")]
    LearningRate(f64),
    /// The examples have another number of inputs than the network.
    #[error("the network has {expected} inputs, the examples {found}")]
    Inputs {
        /// Inputs of an example.
        found: usize,
        /// Inputs of the network.
        expected: usize,
    },
    /// A parameter is NaN or infinite.
    #[error("parameter {index} is {value}")]
    Parameter {
        /// Its place.
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A vector of parameters that does not fit the network.
    #[error(transparent)]
    Parameters(#[from] LengthMismatch),
    /// The loss to be minimized is not the one of the risk.
    #[error("the training minimizes {training:?}, but the risk is that of {risk:?}")]
    LossMismatch {
        /// The loss of the training.
        training: Loss,
        /// The loss of the risk.
        risk: Loss,
    },
    /// Something that only burn networks do.
    #[error("{0} needs a burn backend: name one, as in `--backend flex`")]
    NotNative(&'static str),
    /// K-FAC is for networks that show it their layers.
    #[error("K-FAC must see the dense layers of a network, and this network does not show them")]
    NotFactored,
    /// A probability of dropping everything, or none at all.
    #[error("units are dropped with a probability in [0, 1), not {0}")]
    Dropout(f64),
    /// Dropout in training is for networks that show their hidden units.
    #[error("dropout must see the hidden units of a network, and this network does not show them")]
    NotDropped,
    /// The device refuses.
    #[error(transparent)]
    Device(#[from] DeviceError),
}
