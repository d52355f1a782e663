//! Dropout with masks of the project's own random stream.

use std::sync::{Arc, Mutex, PoisonError};

use burn::module::{Flag, Module, Param};
use burn::tensor::{Tensor, TensorData};

use super::NetworkError;
use crate::random::Stream;

/// Sets each entry to zero with probability `p` in training and divides the others by `1 − p`; does nothing afterwards.
///
/// Masks come from a stream that is split off when the network is drawn. Clones of a network share it, as they share
/// running statistics, so a training is the same on every backend and on every repetition that draws the network anew.
///
/// # Reference
/// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014.
#[derive(Module, Debug)]
pub struct Dropout {
    probability: f64,
    #[module(skip)]
    stream: Arc<Mutex<Stream>>,
    training: Param<Flag>,
}

impl Dropout {
    /// Refuses what is no probability below 1.
    pub(super) fn checked(probability: f64) -> Result<f64, NetworkError> {
        if (0.0..1.0).contains(&probability) {
            Ok(probability)
        } else {
            Err(NetworkError::OutOfRange {
                what: "the probability of dropout",
                range: "[0, 1)",
                found: probability,
            })
        }
    }

    pub(super) fn new(probability: f64, stream: &mut Stream) -> Self {
        Self { probability, stream: Arc::new(Mutex::new(stream.split())), training: Param::from_bool(true) }
    }

    /// Drops entries, where the network is being trained.
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        if !(self.training.is_enabled() && x.device().is_autodiff()) {
            return x;
        }
        dropped(x, self.probability, &mut self.stream.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// `0` with probability `p`, else `1/(1 − p)`: factors for so many entries.
pub(crate) fn mask(probability: f64, entries: usize, stream: &mut Stream) -> Vec<f64> {
    let kept = (1.0 - probability).recip();
    (0..entries).map(|_| if stream.uniform() < probability { 0.0 } else { kept }).collect()
}

/// Entries times their factors.
pub(super) fn dropped<const D: usize>(x: Tensor<D>, probability: f64, stream: &mut Stream) -> Tensor<D> {
    let mask = mask(probability, x.shape().num_elements(), stream);
    let options = (&x.device(), x.dtype());
    let mask = Tensor::from_data(TensorData::new(mask, x.dims()), options);
    x * mask
}
