//! Normalization of activations: by the batch, or within each example.

use burn::module::{Flag, Module, Param, RunningState};
use burn::tensor::{Shape, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Drawing, NetworkError};

/// What is normalized in a layer, its pre-activations or its weights.
///
/// Normalized pre-activations get a trained gain `γ = 1` and shift `β = 0` a unit; the layer then has no bias of its own.
/// Normalized weights get a trained gain a unit that at the start leaves their norm as it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalization {
    /// Nothing.
    None,
    /// Each unit over the batch: in training by the batch's own statistics, afterwards by a running average of them.
    ///
    /// # Reference
    /// Ioffe and Szegedy 2015.
    Batch {
        /// Added to the variance.
        epsilon: f64,
    },
    /// Each unit over the batch, by the batch's own statistics always. The outputs on an example then depend on the
    /// others, and what is looked at is the very function that training descends on.
    BatchStatistics {
        /// Added to the variance.
        epsilon: f64,
    },
    /// All units of an example together.
    ///
    /// # Reference
    /// Ba, Kiros and Hinton 2016.
    Layer {
        /// Added to the variance.
        epsilon: f64,
    },
    /// Each unit's weights: `w = g v / ‖v‖`.
    ///
    /// # Reference
    /// Salimans and Kingma 2016.
    Weight,
    /// Each unit's weights, without their mean: `w = g v̂ / ‖v̂‖`, `v̂ = v − mean(v)`.
    ///
    /// # Reference
    /// Qiao, Wang, Liu, Shen and Yuille 2019; with the gain of Brock, De and Smith 2021.
    WeightStandardization,
}

impl Normalization {
    /// Refuses an `ε` that is negative, infinite or not a number. Zero is allowed: the identities of scale invariance
    /// are exact only there.
    pub(super) fn checked(self) -> Result<Self, NetworkError> {
        use Normalization::{Batch, BatchStatistics, Layer, None, Weight, WeightStandardization};
        match self {
            Batch { epsilon } | BatchStatistics { epsilon } | Layer { epsilon }
                if !(epsilon.is_finite() && epsilon >= 0.0) =>
            {
                Err(NetworkError::OutOfRange {
                    what: "the ε of a normalization",
                    range: "[0, ∞)",
                    found: epsilon,
                })
            }
            None | Batch { .. } | BatchStatistics { .. } | Layer { .. } | Weight | WeightStandardization => {
                Ok(self)
            }
        }
    }

    /// The module that normalizes pre-activations with this many units, if they are what is normalized.
    pub(super) fn of_activations(self, units: usize, drawing: &Drawing<'_>) -> Option<ActivationNorm> {
        let affine = || Affine {
            gain: drawing.parameter(vec![1.0; units], [units]),
            shift: drawing.parameter(vec![0.0; units], [units]),
        };
        match self {
            Normalization::Batch { epsilon } => {
                let running = Some(Running::new(units, drawing));
                Some(ActivationNorm::Batch(BatchNormalization { affine: affine(), epsilon, running }))
            }
            Normalization::BatchStatistics { epsilon } => {
                let running = None;
                Some(ActivationNorm::Batch(BatchNormalization { affine: affine(), epsilon, running }))
            }
            Normalization::Layer { epsilon } => {
                Some(ActivationNorm::Layer(LayerNormalization { affine: affine(), epsilon }))
            }
            Normalization::None | Normalization::Weight | Normalization::WeightStandardization => None,
        }
    }
}

/// A normalization of pre-activations `[n, units, …]`.
#[derive(Module, Debug)]
pub enum ActivationNorm {
    /// Over the batch.
    Batch(BatchNormalization),
    /// Within each example.
    Layer(LayerNormalization),
}

impl ActivationNorm {
    /// Normalizes.
    ///
    /// # Shapes
    /// `[n, units, …]` to the same.
    pub fn forward<const D: usize>(&self, z: Tensor<D>) -> Tensor<D> {
        match self {
            ActivationNorm::Batch(norm) => norm.forward(z),
            ActivationNorm::Layer(norm) => norm.forward(z),
        }
    }
}

/// A gain and a shift a unit.
#[derive(Module, Debug)]
pub struct Affine {
    /// `γ`.
    pub gain: Param<Tensor<1>>,
    /// `β`.
    pub shift: Param<Tensor<1>>,
}

impl Affine {
    fn forward<const D: usize>(&self, z: Tensor<D>) -> Tensor<D> {
        z * along_units(self.gain.val()) + along_units(self.shift.val())
    }
}

/// Batch normalization.
///
/// # Formula
/// `γ (z − μ) / √(σ² + ε) + β`, with mean `μ` and variance `σ²` of the unit over the batch (and over the places of an
/// image), or their running averages.
#[derive(Module, Debug)]
pub struct BatchNormalization {
    /// Gain and shift.
    pub affine: Affine,
    epsilon: f64,
    running: Option<Running>,
}

impl BatchNormalization {
    fn forward<const D: usize>(&self, z: Tensor<D>) -> Tensor<D> {
        let normalized = match &self.running {
            Some(running) if !(running.training.is_enabled() && z.device().is_autodiff()) => {
                let (mean, variance) = (running.mean.value(), running.variance.value());
                let device = z.device();
                let deviation = (variance.to_device(&device) + self.epsilon).sqrt();
                (z - along_units(mean.to_device(&device))) / along_units(deviation)
            }
            running => {
                let count = z.shape().num_elements() / z.dims()[1];
                let mean = means::<D>(z.clone(), |dimension| dimension != 1);
                let centred = z - mean.clone();
                let variance = means::<D>(centred.clone() * centred.clone(), |dimension| dimension != 1);
                if let Some(running) = running {
                    running.update(mean, variance.clone(), count);
                }
                centred / (variance + self.epsilon).sqrt()
            }
        };
        self.affine.forward(normalized)
    }
}

/// Running averages of the statistics of batches.
///
/// # Formula
/// `μ ← 0.9 μ + 0.1 μ_batch`, the variance likewise with the unbiased estimate.
#[derive(Module, Debug)]
pub struct Running {
    mean: RunningState<Tensor<1>>,
    variance: RunningState<Tensor<1>>,
    training: Param<Flag>,
}

impl Running {
    /// The weight of the newest batch: what burn and PyTorch take.
    const NEWEST: f64 = 0.1;

    fn new(units: usize, drawing: &Drawing<'_>) -> Self {
        let state = |value: f64| {
            let options = (&drawing.device.autodiff(), drawing.precision.dtype());
            RunningState::new(Tensor::from_data(TensorData::new(vec![value; units], [units]), options))
        };
        Self { mean: state(0.0), variance: state(1.0), training: Param::from_bool(true) }
    }

    fn update<const D: usize>(&self, mean: Tensor<D>, variance: Tensor<D>, count: usize) {
        let unbiased = count as f64 / (count.max(2) - 1) as f64;
        let average = |state: &RunningState<Tensor<1>>, new: Tensor<D>| {
            let old = state.value_sync();
            let new = new.detach().reshape([-1]).to_device(&old.device());
            state.update((old * (1.0 - Self::NEWEST) + new * Self::NEWEST).detach());
        };
        average(&self.mean, mean);
        average(&self.variance, variance * unbiased);
    }
}

/// Layer normalization.
///
/// # Formula
/// `γ (z − μ) / √(σ² + ε) + β`, with mean `μ` and variance `σ²` of all units (and places) of the example.
#[derive(Module, Debug)]
pub struct LayerNormalization {
    /// Gain and shift.
    pub affine: Affine,
    epsilon: f64,
}

impl LayerNormalization {
    fn forward<const D: usize>(&self, z: Tensor<D>) -> Tensor<D> {
        let centred = z.clone() - means::<D>(z, |dimension| dimension != 0);
        let variance = means::<D>(centred.clone() * centred.clone(), |dimension| dimension != 0);
        self.affine.forward(centred / (variance + self.epsilon).sqrt())
    }
}

/// Means over the chosen dimensions, which keep size 1.
fn means<const D: usize>(z: Tensor<D>, over: impl Fn(usize) -> bool) -> Tensor<D> {
    (0..D).filter(|&dimension| over(dimension)).fold(z, Tensor::mean_dim)
}

/// A number a unit, as a tensor that broadcasts over `[n, units, …]`.
fn along_units<const D: usize>(values: Tensor<1>) -> Tensor<D> {
    let mut shape = [1; D];
    shape[1] = values.dims()[0];
    values.reshape(Shape::from(shape))
}
