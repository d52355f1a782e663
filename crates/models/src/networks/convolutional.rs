//! Convolutional networks in the style of LeNet: convolutions with pooling, then fully connected layers.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig, MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, PaddingConfig2d};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Activation, Architecture, Drawing, Network, NetworkError, at_least, dense};

/// How a 2 × 2 window is summarized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Mean: what LeNet does.
    Average,
    /// Maximum.
    Max,
}

/// One convolution: output channels, kernel side, zero padding.
type Layer = (usize, usize, usize);

/// A LeNet-style network that is yet to be initialized.
///
/// Each convolution (stride 1) is followed by the activation and 2 × 2 pooling (stride 2); the fully connected
/// layers follow, with the activation after each but the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Convolutional {
    image: [usize; 3],
    convolutions: Vec<Layer>,
    dense: Vec<usize>,
    activation: Activation,
    pooling: Pooling,
    /// Numbers that leave the last pooling for one image.
    flat: usize,
}

impl Convolutional {
    /// Images of `[channels, height, width]`; convolutions as `(channels out, kernel side, zero padding)`;
    /// widths of the fully connected layers, the number of outputs last.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] for a size of zero, [`NetworkError::WindowTooLarge`] where a kernel or a
    /// pooling window does not fit.
    pub fn new(
        image: [usize; 3],
        convolutions: &[(usize, usize, usize)],
        dense: &[usize],
        activation: Activation,
        pooling: Pooling,
    ) -> Result<Self, NetworkError> {
        for size in image {
            at_least("a side of the image", 1, size)?;
        }
        at_least("the number of fully connected layers", 1, dense.len())?;
        for &width in dense {
            at_least("a width", 1, width)?;
        }
        let [mut channels, mut height, mut width] = image;
        for (index, &(out, kernel, padding)) in convolutions.iter().enumerate() {
            at_least("the number of channels", 1, out)?;
            at_least("a kernel side", 1, kernel)?;
            let after = |side: usize| {
                let layer = index + 1;
                let padded = side + 2 * padding;
                let convolved = (padded + 1)
                    .checked_sub(kernel)
                    .filter(|&side| side > 0)
                    .ok_or(NetworkError::WindowTooLarge { window: kernel, side: padded, layer })?;
                if convolved < 2 {
                    return Err(NetworkError::WindowTooLarge { window: 2, side: convolved, layer });
                }
                Ok(convolved / 2)
            };
            (channels, height, width) = (out, after(height)?, after(width)?);
        }
        Ok(Self {
            image,
            convolutions: convolutions.to_vec(),
            dense: dense.to_vec(),
            activation,
            pooling,
            flat: channels * height * width,
        })
    }

    /// LeNet-5 on 1 × 28 × 28 images: 6@5×5 (padding 2), 16@5×5, 120, 84, 10, tanh, average pooling.
    ///
    /// # Reference
    /// LeCun, Bottou, Bengio and Haffner 1998, with the output layer of today's practice.
    ///
    /// # Errors
    /// None for these sizes.
    pub fn lenet5() -> Result<Self, NetworkError> {
        Self::new([1, 28, 28], &[(6, 5, 2), (16, 5, 0)], &[120, 84, 10], Activation::Tanh, Pooling::Average)
    }

    /// The same shape for the 8 × 8 digits: 6@3×3 and 16@3×3 (padding 1), 32, 10.
    ///
    /// # Errors
    /// None for these sizes.
    pub fn digits() -> Result<Self, NetworkError> {
        Self::new([1, 8, 8], &[(6, 3, 1), (16, 3, 1)], &[32, 10], Activation::Relu, Pooling::Average)
    }
}

impl Architecture for Convolutional {
    type Network = ConvolutionalNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> ConvolutionalNetwork {
        let (mut channels, mut inputs) = (self.image[0], self.flat);
        let mut convolve =
            |&layer: &Layer| convolution(drawing, std::mem::replace(&mut channels, layer.0), layer);
        let convolutions = self.convolutions.iter().map(&mut convolve).collect();
        let mut connect = |&width: &usize| drawing.linear(std::mem::replace(&mut inputs, width), width, true);
        let dense = self.dense.iter().map(&mut connect).collect();
        let window = [2, 2];
        ConvolutionalNetwork {
            convolutions,
            dense,
            average: AvgPool2dConfig::new(window).with_strides(window).init(),
            max: MaxPool2dConfig::new(window).with_strides(window).init(),
            pooling: self.pooling,
            activation: self.activation,
            image: self.image,
        }
    }
}

fn convolution(drawing: &mut Drawing<'_>, inputs: usize, (outputs, kernel, padding): Layer) -> Conv2d {
    let area = kernel * kernel;
    let Drawing { initialization, stream, .. } = drawing;
    let weights = initialization.weights(inputs * area, outputs * area, outputs * inputs * area, stream);
    let biases = initialization.biases(inputs * area, outputs, stream);
    Conv2d {
        weight: drawing.parameter(weights, [outputs, inputs, kernel, kernel]),
        bias: Some(drawing.parameter(biases, [outputs])),
        ..Conv2dConfig::new([inputs, outputs], [kernel, kernel])
            .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
            .with_bias(false)
            .init(&drawing.device.autodiff())
    }
}

/// An initialized LeNet-style network.
#[derive(Module, Debug)]
pub struct ConvolutionalNetwork {
    /// The convolutions, first to last.
    pub convolutions: Vec<Conv2d>,
    /// The fully connected layers, first to last.
    pub dense: Vec<Linear>,
    average: AvgPool2d,
    max: MaxPool2d,
    #[module(skip)]
    pooling: Pooling,
    #[module(skip)]
    activation: Activation,
    image: [usize; 3],
}

impl Network for ConvolutionalNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let n = inputs.dims()[0];
        let [channels, height, width] = self.image;
        let image = self.convolutions.iter().fold(inputs.reshape([n, channels, height, width]), |x, layer| {
            let x = self.activation.apply(layer.forward(x));
            match self.pooling {
                Pooling::Average => self.average.forward(x),
                Pooling::Max => self.max.forward(x),
            }
        });
        dense(&self.dense, self.activation, image.flatten(1, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_larger_than_its_image_is_refused() {
        let made = Convolutional::new([1, 4, 4], &[(2, 5, 0)], &[3], Activation::Relu, Pooling::Max);
        assert_eq!(made, Err(NetworkError::WindowTooLarge { window: 5, side: 4, layer: 1 }));
    }

    #[test]
    fn lenet5_has_the_size_that_it_is_known_for() {
        assert_eq!(Convolutional::lenet5().map(|net| net.flat), Ok(400));
    }
}
