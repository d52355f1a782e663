//! Dropout as a part of training: masks for the hidden units, the same on every engine.

use burn::tensor::Tensor;

use super::{Training, TrainingError};
use crate::networks::{Network, dropout};
use crate::random::Stream;

/// Where the masks of a training come from.
#[derive(Debug, Clone)]
pub(crate) struct Masks {
    probability: f64,
    stream: Stream,
}

impl Masks {
    /// Those of a training; none, and nothing drawn from the stream, where it drops nothing.
    pub(crate) fn of(training: &Training, stream: &mut Stream) -> Result<Option<Self>, TrainingError> {
        let probability = training.dropout;
        if !(0.0..1.0).contains(&probability) {
            return Err(TrainingError::Dropout(probability));
        }
        Ok((probability > 0.0).then(|| Self { probability, stream: stream.split() }))
    }

    /// Factors for so many entries: those of one layer, example by example.
    pub(crate) fn draw(&mut self, entries: usize) -> Vec<f64> {
        dropout::mask(self.probability, entries, &mut self.stream)
    }

    /// The outputs of a burn network whose hidden units are dropped.
    pub(super) fn forward<N: Network>(
        &mut self,
        network: &N,
        inputs: Tensor<2>,
    ) -> Result<Tensor<2>, TrainingError> {
        let outputs = network.forward_dropped(inputs, self.probability, &mut self.stream);
        outputs.ok_or(TrainingError::NotDropped)
    }
}
