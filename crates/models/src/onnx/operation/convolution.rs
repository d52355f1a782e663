//! Convolutions.

use burn::tensor::module::{conv1d, conv2d};
use burn::tensor::ops::ConvOptions;

use super::window::{Window, kernel};
use crate::onnx::attributes::Attributes;
use crate::onnx::value::{Arguments, Array};

/// A convolution over one or two axes: inputs `[n, c, …]`, weights `[k, c/groups, …]`, biases `[k]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convolution {
    /// How its windows lie.
    pub window: Window,
    /// Into how many groups the channels are divided.
    pub groups: usize,
}

impl Convolution {
    pub(super) fn read(operator: &str, attributes: &Attributes) -> Option<Result<Self, String>> {
        (operator == "Conv").then(|| {
            let groups = attributes.int("group", 1);
            let groups =
                usize::try_from(groups).ok().filter(|&g| g > 0).ok_or(format!("has {groups} groups"))?;
            let axes = kernel(attributes)?.len();
            if axes > 2 {
                return Err(format!("convolves over {axes} axes; one and two are computed"));
            }
            Ok(Self { window: Window::read(attributes)?, groups })
        })
    }

    pub(super) fn run(&self, arguments: &Arguments) -> Result<Array, String> {
        let (x, weight) = (arguments.array(0)?, arguments.array(1)?);
        let (xs, ws) = (x.shape(), weight.shape());
        if xs.len() != ws.len() || xs.len() < 3 {
            return Err(format!("convolves the shape {xs:?} with weights {ws:?}"));
        }
        if ws[1].checked_mul(self.groups) != Some(xs[1]) || ws[0] % self.groups != 0 {
            return Err(format!("convolves {} channels with weights {ws:?} in {} groups", xs[1], self.groups));
        }
        let bias = arguments.optional(2).map(|_| arguments.array(2)?.fixed::<1>()).transpose()?;
        if let Some(bias) = &bias
            && bias.dims()[0] != ws[0]
        {
            return Err(format!("adds {} biases to {} channels", bias.dims()[0], ws[0]));
        }
        match xs.len() {
            3 => {
                let laid = self.window.lay([xs[2]], [ws[2]])?;
                laid.outputs([xs[2]], [ws[2]], false, [xs[0], ws[0].max(xs[1])])?;
                let mut options = ConvOptions::new(laid.strides, [0], laid.dilations, self.groups);
                options.padding = laid.padding;
                Array::new(conv1d(x.fixed::<3>()?, weight.fixed::<3>()?, bias, options))
            }
            4 => {
                let laid = self.window.lay([xs[2], xs[3]], [ws[2], ws[3]])?;
                laid.outputs([xs[2], xs[3]], [ws[2], ws[3]], false, [xs[0], ws[0].max(xs[1])])?;
                let mut options = ConvOptions::new(laid.strides, [0; 2], laid.dilations, self.groups);
                options.padding = laid.padding;
                Array::new(conv2d(x.fixed::<4>()?, weight.fixed::<4>()?, bias, options))
            }
            axes => Err(format!("convolves over {} axes; one and two are computed", axes - 2)),
        }
    }
}
