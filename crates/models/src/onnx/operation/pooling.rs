//! Poolings.

use burn::tensor::Tensor;
use burn::tensor::module::{avg_pool1d, avg_pool2d, max_pool1d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};

use super::window::{Window, kernel};
use crate::onnx::attributes::Attributes;
use crate::onnx::value::{Arguments, Array};

/// What is kept of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pooling {
    /// The largest entry.
    Max {
        /// The lengths of the windows.
        kernel: Vec<usize>,
        /// How they lie.
        window: Window,
        /// Whether a last window may reach beyond the padding.
        ceiling: bool,
    },
    /// The mean.
    Average {
        /// The lengths of the windows.
        kernel: Vec<usize>,
        /// How they lie.
        window: Window,
        /// Whether a last window may reach beyond the padding.
        ceiling: bool,
        /// Whether padding counts in the mean.
        count_padding: bool,
    },
    /// The mean of each channel.
    GlobalAverage,
    /// The largest entry of each channel.
    GlobalMax,
}

impl Pooling {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        Some(match operator {
            "MaxPool" => (|| {
                let ceiling = attributes.flag("ceil_mode", false);
                Ok(Self::Max { kernel: axes(attributes)?, window: Window::read(attributes)?, ceiling })
            })(),
            "AveragePool" => (|| {
                let window = Window::read(attributes)?;
                if window.dilations.iter().any(|&dilation| dilation != 1) {
                    return Err(format!("takes means over dilated windows {:?}", window.dilations));
                }
                let ceiling = attributes.flag("ceil_mode", false);
                let count_padding = attributes.flag("count_include_pad", false);
                Ok(Self::Average { kernel: axes(attributes)?, window, ceiling, count_padding })
            })(),
            "GlobalAveragePool" => Ok(Self::GlobalAverage),
            "GlobalMaxPool" => Ok(Self::GlobalMax),
            _ => return None,
        })
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Array, String> {
        let x = arguments.array(0)?;
        let shape = x.shape();
        if shape.len() < 3 {
            return Err(format!("pools the shape {shape:?}, which has no axes after its channels"));
        }
        match self {
            Self::GlobalAverage | Self::GlobalMax => {
                let mut tensor = x.tensor.clone();
                for axis in 2..shape.len() {
                    let axis = x.axis(axis as i64)?;
                    tensor =
                        if *self == Self::GlobalMax { tensor.max_dim(axis) } else { tensor.mean_dim(axis) };
                }
                Ok(x.with(tensor))
            }
            Self::Max { kernel, .. } | Self::Average { kernel, .. } => match (shape.len() - 2, kernel.len()) {
                (1, 1) => Array::new(self.one(x.fixed::<3>()?, kernel[0])?),
                (2, 2) => Array::new(self.two(x.fixed::<4>()?, [kernel[0], kernel[1]])?),
                (axes, given) => {
                    Err(format!("pools {axes} axes with windows of {given}; one and two are computed"))
                }
            },
        }
    }

    fn one(&self, x: Tensor<3>, kernel: usize) -> Result<Tensor<3>, String> {
        let kernel = [kernel];
        let length = [x.dims()[2]];
        Ok(match self {
            Self::Average { window, ceiling, count_padding, .. } => {
                let laid = window.lay(length, kernel)?;
                let mut options = AvgPoolOptions::new(kernel);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.count_include_pad) = (*ceiling, *count_padding);
                avg_pool1d(x, options)
            }
            Self::Max { window, ceiling, .. } => {
                let laid = window.lay(length, kernel)?;
                let mut options = MaxPoolOptions::new(kernel);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.dilation) = (*ceiling, laid.dilations);
                max_pool1d(x, options)
            }
            _ => x,
        })
    }

    fn two(&self, x: Tensor<4>, kernel: [usize; 2]) -> Result<Tensor<4>, String> {
        let lengths = [x.dims()[2], x.dims()[3]];
        Ok(match self {
            Self::Average { window, ceiling, count_padding, .. } => {
                let laid = window.lay(lengths, kernel)?;
                let mut options = AvgPoolOptions::new(kernel);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.count_include_pad) = (*ceiling, *count_padding);
                avg_pool2d(x, options)
            }
            Self::Max { window, ceiling, .. } => {
                let laid = window.lay(lengths, kernel)?;
                let mut options = MaxPoolOptions::new(kernel);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.dilation) = (*ceiling, laid.dilations);
                max_pool2d(x, options)
            }
            _ => x,
        })
    }
}

/// The lengths of the windows, of one or two axes.
fn axes(attributes: &Attributes) -> Result<Vec<usize>, String> {
    let kernel = kernel(attributes)?;
    if (1..=2).contains(&kernel.len()) {
        Ok(kernel)
    } else {
        Err(format!("pools over windows {kernel:?}; one and two axes are computed"))
    }
}
