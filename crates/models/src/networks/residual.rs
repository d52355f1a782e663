//! Small residual convolutional networks.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use serde::{Deserialize, Serialize};

use super::deep::finite_scale;
use super::normalization::{ActivationNorm, Normalization};
use super::weights::Weights;
use super::{Activation, Architecture, Drawing, Network, NetworkError, at_least};

/// Side of every kernel; with padding 1 it keeps the size of an image.
const KERNEL: usize = 3;

/// A residual convolutional network that is yet to be initialized.
///
/// Stages of residual blocks between images of one size. A stage begins with a convolution to its number of channels, of
/// stride 2 but in the first stage; the mean over all places and a linear layer follow the last. All kernels are 3 × 3.
///
/// # Formula
/// A block maps `x` to `φ(x + α norm(W₂ φ(norm(W₁ x))))`; without skip connections the `x +` is missing, and nothing else.
///
/// # Reference
/// He, Zhang, Ren and Sun 2016, section 4.2, with a convolution in place of the shortcuts that change the size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResidualConvolutional {
    image: [usize; 3],
    stages: Vec<usize>,
    blocks: usize,
    outputs: usize,
    activation: Activation,
    normalization: Normalization,
    skip: Option<f64>,
}

impl ResidualConvolutional {
    /// Images of `[channels, height, width]`, the channels of each stage, the residual blocks of each stage; ReLU, batch
    /// normalization with `ε = 1e-5`, skip connections of scale 1.
    ///
    /// # Errors
    /// [`NetworkError::TooSmall`] for a size of zero.
    pub fn new(
        image: [usize; 3],
        stages: &[usize],
        blocks: usize,
        outputs: usize,
    ) -> Result<Self, NetworkError> {
        for size in image {
            at_least("a side of the image", 1, size)?;
        }
        at_least("the number of stages", 1, stages.len())?;
        for &channels in stages {
            at_least("the number of channels", 1, channels)?;
        }
        at_least("the number of outputs", 1, outputs)?;
        let (activation, normalization) = (Activation::Relu, Normalization::Batch { epsilon: 1e-5 });
        Ok(Self { image, stages: stages.to_vec(), blocks, outputs, activation, normalization, skip: Some(1.0) })
    }

    /// For the 8 × 8 digits: stages of 8 and 16 channels with this many blocks each.
    ///
    /// # Errors
    /// None for these sizes.
    pub fn digits(blocks: usize) -> Result<Self, NetworkError> {
        Self::new([1, 8, 8], &[8, 16], blocks, 10)
    }

    /// The same with another activation.
    #[must_use]
    pub fn activated(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The same with another normalization, or none.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for an `ε` that is negative or no number.
    pub fn normalized(self, normalization: Normalization) -> Result<Self, NetworkError> {
        Ok(Self { normalization: normalization.checked()?, ..self })
    }

    /// The same with skip connections of another scale `α`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for a scale that is infinite or no number.
    pub fn skipped(self, scale: f64) -> Result<Self, NetworkError> {
        Ok(Self { skip: Some(finite_scale(scale)?), ..self })
    }

    /// The same without skip connections: the same layers and parameters, only stacked.
    #[must_use]
    pub fn without_skip(self) -> Self {
        Self { skip: None, ..self }
    }
}

impl Architecture for ResidualConvolutional {
    type Network = ResidualConvolutionalNetwork;

    fn build(&self, drawing: &mut Drawing<'_>) -> ResidualConvolutionalNetwork {
        let mut channels = self.image[0];
        let mut stages = Vec::with_capacity(self.stages.len());
        for (index, &width) in self.stages.iter().enumerate() {
            let stride = if index == 0 { 1 } else { 2 };
            let entry = Convolution::new([channels, width], stride, self.normalization, drawing);
            let mut convolve = || Convolution::new([width, width], 1, self.normalization, drawing);
            let blocks = (0..self.blocks).map(|_| Block { first: convolve(), second: convolve() }).collect();
            stages.push(Stage { entry, blocks });
            channels = width;
        }
        ResidualConvolutionalNetwork {
            stages,
            output: drawing.linear(channels, self.outputs, true),
            image: self.image,
            skip: self.skip,
            activation: self.activation,
        }
    }
}

/// An initialized residual convolutional network.
#[derive(Module, Debug)]
pub struct ResidualConvolutionalNetwork {
    /// The stages, first to last.
    pub stages: Vec<Stage>,
    /// The output layer.
    pub output: Linear,
    image: [usize; 3],
    skip: Option<f64>,
    #[module(skip)]
    activation: Activation,
}

impl Network for ResidualConvolutionalNetwork {
    fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        let n = inputs.dims()[0];
        let [channels, height, width] = self.image;
        let mut x = inputs.reshape([n, channels, height, width]);
        for stage in &self.stages {
            x = self.activation.apply(stage.entry.forward(x));
            for Block { first, second } in &stage.blocks {
                let h = second.forward(self.activation.apply(first.forward(x.clone())));
                x = self.activation.apply(self.skip.map_or(h.clone(), |scale| x + h * scale));
            }
        }
        self.output.forward(x.mean_dim(3).mean_dim(2).flatten(1, 3))
    }
}

/// A convolution to a new number of channels, then residual blocks.
#[derive(Module, Debug)]
pub struct Stage {
    /// The convolution at its entry.
    pub entry: Convolution,
    /// Its blocks, first to last.
    pub blocks: Vec<Block>,
}

/// Two convolutions, around which a skip connection may lead.
#[derive(Module, Debug)]
pub struct Block {
    /// The first one.
    pub first: Convolution,
    /// The second one.
    pub second: Convolution,
}

/// A 3 × 3 convolution with padding 1 and its normalization.
#[derive(Module, Debug)]
pub struct Convolution {
    /// Its kernels, `[channels out, channels in, 3, 3]`.
    pub weights: Weights<4>,
    /// Its biases, where nothing normalizes its results.
    pub bias: Option<Param<Tensor<1>>>,
    /// What normalizes its results.
    pub norm: Option<ActivationNorm>,
    stride: usize,
}

impl Convolution {
    fn new(
        [inputs, outputs]: [usize; 2],
        stride: usize,
        normalization: Normalization,
        drawing: &mut Drawing<'_>,
    ) -> Self {
        let fans = [inputs, outputs].map(|channels| channels * KERNEL * KERNEL);
        let weights = Weights::new([outputs, inputs, KERNEL, KERNEL], fans, normalization, drawing);
        let norm = normalization.of_activations(outputs, drawing);
        let bias = norm.is_none().then(|| drawing.biases(fans[0], outputs));
        Self { weights, bias, norm, stride }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvOptions::new([self.stride; 2], [KERNEL / 2; 2], [1; 2], 1);
        let bias = self.bias.as_ref().map(Param::val);
        let z = conv2d(x, self.weights.effective(), bias, options);
        match &self.norm {
            Some(norm) => norm.forward(z),
            None => z,
        }
    }
}
