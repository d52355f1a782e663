//! Weights that are used as they are, or normalized unit by unit.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::{Drawing, Normalization};

/// The weights of a dense (`D = 2`, `[inputs, units]`) or convolutional (`D = 4`, `[units, channels, k, k]`) layer.
///
/// # Formula
/// `w_j = v_j`, or `w_j = g_j v_j / ‖v_j‖` for each unit `j`, where standardization first takes the mean off `v_j`.
#[derive(Module, Debug)]
pub struct Weights<const D: usize> {
    /// The raw weights.
    pub raw: Param<Tensor<D>>,
    /// The norms of the effective weights, where these are normalized; of size 1 but along the units.
    pub gain: Option<Param<Tensor<D>>>,
    centred: bool,
}

impl<const D: usize> Weights<D> {
    /// Draws the raw weights by the initialization of the drawing.
    pub(super) fn new(
        shape: [usize; D],
        fans: [usize; 2],
        normalization: Normalization,
        drawing: &mut Drawing<'_>,
    ) -> Self {
        let Drawing { initialization, stream, .. } = drawing;
        let values = initialization.weights(fans[0], fans[1], shape.iter().product(), stream);
        let raw = drawing.parameter(values, shape);
        let centred = normalization == Normalization::WeightStandardization;
        let normalized = centred || normalization == Normalization::Weight;
        let gain = normalized.then(|| {
            let norm = norms(direction(raw.val().inner(), centred));
            let (shape, values) = (norm.dims(), crate::parameters::numbers(norm));
            drawing.parameter(values, shape)
        });
        Self { raw, gain, centred }
    }

    /// The weights that multiply the inputs.
    pub fn effective(&self) -> Tensor<D> {
        match &self.gain {
            None => self.raw.val(),
            Some(gain) => {
                let direction = direction(self.raw.val(), self.centred);
                direction.clone() * (gain.val() / norms(direction))
            }
        }
    }
}

/// The dimension along which units lie.
const fn units<const D: usize>() -> usize {
    if D == 2 { 1 } else { 0 }
}

fn direction<const D: usize>(raw: Tensor<D>, centred: bool) -> Tensor<D> {
    if !centred {
        return raw;
    }
    let mean = (0..D).filter(|&dimension| dimension != units::<D>()).fold(raw.clone(), Tensor::mean_dim);
    raw - mean
}

/// The Euclidean norm of each unit's weights.
fn norms<const D: usize>(weights: Tensor<D>) -> Tensor<D> {
    let squares = weights.clone() * weights;
    (0..D).filter(|&dimension| dimension != units::<D>()).fold(squares, Tensor::sum_dim).sqrt()
}
