//! Named initializations, since several claims hold for one and fail for another.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::device::{Device, Precision};
use crate::random::Stream;

/// How the weights and biases of a layer with `fan_in` inputs and `fan_out` outputs a unit are drawn.
///
/// For convolutions a fan counts the kernel's area: `fan_in = channels_in · k²`, `fan_out = channels_out · k²`.
///
/// # Reference
/// Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015; LeCun, Bottou, Orr and Müller 1998.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialization {
    /// Weights `U(±√(6 / (fan_in + fan_out)))`, biases 0.
    GlorotUniform,
    /// Weights `N(0, 2 / (fan_in + fan_out))`, biases 0.
    GlorotNormal,
    /// Weights `U(±√(6 / fan_in))`, biases 0.
    HeUniform,
    /// Weights `N(0, 2 / fan_in)`, biases 0.
    HeNormal,
    /// Weights `N(0, 1 / fan_in)`, biases 0.
    LecunNormal,
    /// Weights and biases `U(±1 / √fan_in)`: what PyTorch's linear and convolutional layers do by default.
    PytorchDefault,
}

impl Initialization {
    /// Draws `count` weights.
    pub fn weights(self, fan_in: usize, fan_out: usize, count: usize, stream: &mut Stream) -> Vec<f64> {
        let (inputs, both) = (fan_in as f64, (fan_in + fan_out) as f64);
        let mut uniform = |half: f64| (0..count).map(|_| stream.between(-half, half)).collect();
        match self {
            Initialization::GlorotUniform => uniform((6.0 / both).sqrt()),
            Initialization::HeUniform => uniform((6.0 / inputs).sqrt()),
            Initialization::PytorchDefault => uniform(inputs.sqrt().recip()),
            Initialization::GlorotNormal => normal((2.0 / both).sqrt(), count, stream),
            Initialization::HeNormal => normal((2.0 / inputs).sqrt(), count, stream),
            Initialization::LecunNormal => normal(inputs.sqrt().recip(), count, stream),
        }
    }

    /// Draws `count` biases.
    pub fn biases(self, fan_in: usize, count: usize, stream: &mut Stream) -> Vec<f64> {
        match self {
            Initialization::PytorchDefault => {
                let half = (fan_in as f64).sqrt().recip();
                (0..count).map(|_| stream.between(-half, half)).collect()
            }
            _ => vec![0.0; count],
        }
    }
}

fn normal(deviation: f64, count: usize, stream: &mut Stream) -> Vec<f64> {
    (0..count).map(|_| deviation * stream.normal()).collect()
}

/// Where the parameters of a network under construction come from and go to.
#[derive(Debug)]
pub struct Drawing<'a> {
    pub(super) initialization: Initialization,
    pub(super) precision: Precision,
    pub(super) device: &'a Device,
    pub(super) stream: &'a mut Stream,
}

impl Drawing<'_> {
    /// A parameter with these values, tracked by automatic differentiation.
    pub(super) fn parameter<const D: usize>(&self, values: Vec<f64>, shape: [usize; D]) -> Param<Tensor<D>> {
        let options = (&self.device.autodiff(), self.precision.dtype());
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), options))
    }

    /// Biases by the initialization, for units with this many inputs.
    pub(super) fn biases(&mut self, fan_in: usize, count: usize) -> Param<Tensor<1>> {
        let values = self.initialization.biases(fan_in, count, self.stream);
        self.parameter(values, [count])
    }

    /// A fully connected layer.
    pub(super) fn linear(&mut self, inputs: usize, outputs: usize, bias: bool) -> Linear {
        let Self { initialization, stream, .. } = self;
        let weights = initialization.weights(inputs, outputs, inputs * outputs, stream);
        Linear {
            weight: self.parameter(weights, [inputs, outputs]),
            bias: bias.then(|| self.biases(inputs, outputs)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_initialization_has_the_variance_that_its_name_promises() {
        let (fan_in, fan_out, count) = (50, 30, 100_000);
        for (initialization, variance) in [
            (Initialization::GlorotUniform, 2.0 / 80.0),
            (Initialization::GlorotNormal, 2.0 / 80.0),
            (Initialization::HeUniform, 2.0 / 50.0),
            (Initialization::HeNormal, 2.0 / 50.0),
            (Initialization::LecunNormal, 1.0 / 50.0),
            (Initialization::PytorchDefault, 1.0 / 150.0),
        ] {
            let weights = initialization.weights(fan_in, fan_out, count, &mut Stream::new(3));
            let measured = weights.iter().map(|w| w * w).sum::<f64>() / count as f64;
            // The relative standard error of a variance is at most √(2/n) = 0.45 %: four of them.
            assert!((measured / variance - 1.0).abs() < 0.018, "{initialization:?}: {measured} not {variance}");
        }
    }
}
