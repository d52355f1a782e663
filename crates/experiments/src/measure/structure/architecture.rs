//! The sizes of a chain, as the bound of the VC dimension of piecewise linear networks takes them.

use saddlepoint_theory::capacity::vc::piecewise_linear::{Architecture, Layer};

use super::chain::{Refused, Sequence};
use super::operator::Operator;

impl Sequence<'_> {
    /// The network with one of its outputs, whose sign is the label: its last layer then has one unit, with the weights and
    /// the bias of that unit alone. Weights that a convolution shares count once.
    ///
    /// # Errors
    /// When the activation is not piecewise linear, or sizes cannot be counted.
    pub(super) fn architecture(&self) -> Result<Architecture, Refused> {
        let breakpoints = match self.activation {
            None => 1,
            Some(curve) => curve.breakpoints().ok_or(Refused::NotPiecewiseLinear(curve.name))?,
        };
        let last = self.stages.len().saturating_sub(1);
        let layer = |(at, stage): (usize, &super::chain::Stage)| {
            let (weights, channels) = match stage.operator {
                Operator::Dense { matrix, .. } => (matrix.midpoints().len(), matrix.shape().0),
                Operator::Convolution(convolution) => {
                    (convolution.kernel().len(), convolution.channels().outputs)
                }
                Operator::Diagonal { scale, .. } => (scale.len(), scale.len()),
            };
            let biases = if stage.bias.is_some() { channels } else { 0 };
            let units = stage.operator.dimensions().1;
            if at == last {
                Layer { units: 1, parameters: ((weights + biases) / channels.max(1)) as u64 }
            } else {
                Layer { units: units as u64, parameters: (weights + biases) as u64 }
            }
        };
        let layers: Vec<Layer> = self.stages.iter().enumerate().map(layer).collect();
        Ok(Architecture::new(&layers, breakpoints)?)
    }
}
