//! Poolings.

use burn::tensor::module::{avg_pool1d, avg_pool2d, conv2d, max_pool1d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Tensor, TensorData};

use super::window::{Laid, Window, kernel};
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
        let [count, channels, length] = x.dims();
        Ok(match self {
            Self::Average { window, ceiling, count_padding, .. } => {
                let laid = window.lay([length], [kernel])?;
                if laid.plain() && !ceiling {
                    let mut options = AvgPoolOptions::new([kernel]);
                    options.stride = laid.strides;
                    avg_pool1d(x, options)
                } else {
                    let flat = x.reshape([count * channels, 1, 1, length]);
                    let laid = laid.beside();
                    let means =
                        means(flat, [count, channels], [1, kernel], &laid, [false, *ceiling], *count_padding)?;
                    let width = means.dims()[3];
                    means.reshape([count, channels, width])
                }
            }
            Self::Max { window, ceiling, .. } => {
                let laid = window.lay([length], [kernel])?;
                laid.outputs([length], [kernel], *ceiling, [count, channels])?;
                let mut options = MaxPoolOptions::new([kernel]);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.dilation) = (*ceiling, laid.dilations);
                max_pool1d(x, options)
            }
            _ => x,
        })
    }

    fn two(&self, x: Tensor<4>, kernel: [usize; 2]) -> Result<Tensor<4>, String> {
        let [count, channels, height, width] = x.dims();
        Ok(match self {
            Self::Average { window, ceiling, count_padding, .. } => {
                let laid = window.lay([height, width], kernel)?;
                if laid.plain() && !ceiling {
                    let mut options = AvgPoolOptions::new(kernel);
                    options.stride = laid.strides;
                    avg_pool2d(x, options)
                } else {
                    let flat = x.reshape([count * channels, 1, height, width]);
                    let means = means(flat, [count, channels], kernel, &laid, [*ceiling; 2], *count_padding)?;
                    let [_, _, height, width] = means.dims();
                    means.reshape([count, channels, height, width])
                }
            }
            Self::Max { window, ceiling, .. } => {
                let laid = window.lay([height, width], kernel)?;
                laid.outputs([height, width], kernel, *ceiling, [count, channels])?;
                let mut options = MaxPoolOptions::new(kernel);
                (options.stride, options.padding) = (laid.strides, laid.padding);
                (options.ceil_mode, options.dilation) = (*ceiling, laid.dilations);
                max_pool2d(x, options)
            }
            _ => x,
        })
    }
}

/// Means over windows that may be dilated or reach into padding: a convolution with ones, divided by how many entries each
/// window has. Padding counts as it does for PyTorch: up to its end, and not where a last window reaches beyond it.
fn means(
    x: Tensor<4>,
    examples: [usize; 2],
    kernel: [usize; 2],
    laid: &Laid<2>,
    ceiling: [bool; 2],
    count_padding: bool,
) -> Result<Tensor<4>, String> {
    let [_, _, height, width] = x.dims();
    let lengths = [height, width];
    laid.outputs(lengths, kernel, ceiling.contains(&true), examples)?;
    let mut padding = laid.padding;
    let mut counts: [Vec<f64>; 2] = [vec![], vec![]];
    for axis in 0..2 {
        let windows = laid.windows(axis, lengths[axis], kernel[axis], ceiling[axis]);
        let (before, after) = laid.padding[axis];
        let counted =
            if count_padding { 0..before + lengths[axis] + after } else { before..before + lengths[axis] };
        for window in 0..windows {
            // The entries of the window before a position.
            let below = |end: usize| {
                let rest = end.saturating_sub(window * laid.strides[axis]);
                rest.div_ceil(laid.dilations[axis]).min(kernel[axis])
            };
            counts[axis].push((below(counted.end) - below(counted.start)).max(1) as f64);
        }
        let span = (windows - 1) * laid.strides[axis] + (kernel[axis] - 1) * laid.dilations[axis] + 1;
        padding[axis].1 = span.saturating_sub(before + lengths[axis]);
    }
    let place = (x.device(), x.dtype());
    let ones = Tensor::<4>::ones([1, 1, kernel[0], kernel[1]], (&place.0, place.1));
    let mut options = ConvOptions::new(laid.strides, [0; 2], laid.dilations, 1);
    options.padding = padding;
    let sums = conv2d(x, ones, None, options);
    let each: Vec<f64> =
        counts[0].iter().flat_map(|&a| counts[1].iter().map(move |&b| 1.0 / (a * b))).collect();
    let shares = TensorData::new(each, [1, 1, counts[0].len(), counts[1].len()]);
    // More windows than counted lie in the padding's rest, which is cut off.
    let sums = sums.narrow(2, 0, counts[0].len()).narrow(3, 0, counts[1].len());
    Ok(sums * Tensor::from_data(shares, (&place.0, place.1)))
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
