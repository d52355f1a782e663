//! Normalization layers, batch normalization and dropout in inference mode.

use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::{
    BatchNorm, BatchNormConfig, Dropout, DropoutConfig, GroupNorm, GroupNormConfig, InstanceNorm,
    InstanceNormConfig, LayerNorm, LayerNormConfig, LocalResponseNormConfig, RmsNorm, RmsNormConfig,
};
use burn::tensor::activation::tanh;
use burn::tensor::{DType, Tensor};
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast_to, device, tensor_of};

#[derive(Module, Debug)]
pub(crate) struct Norms {
    signal: Conv1d,
    pub(crate) batch: BatchNorm,
    group: GroupNorm,
    instance: InstanceNorm,
    layer: LayerNorm,
    rms: RmsNorm,
    dropout: Dropout,
    head: Conv1d,
}

impl Norms {
    pub(crate) fn new(dtype: DType) -> Self {
        let device = device();
        let model = Norms {
            signal: Conv1dConfig::new(2, 4, 3).init(&device),
            batch: BatchNormConfig::new(4).init(&device),
            group: GroupNormConfig::new(2, 4).init(&device),
            instance: InstanceNormConfig::new(4).init(&device),
            layer: LayerNormConfig::new(4).init(&device),
            rms: RmsNormConfig::new(4).init(&device),
            dropout: DropoutConfig::new(0.5).init(),
            head: Conv1dConfig::new(4, 2, 1).init(&device),
        };
        let mut model = cast_to(model, dtype);
        // As after training: statistics that are not those of the standard normal distribution.
        let shifted = |state: &Tensor<1>, by: f64| (state.clone() + tensor_of(8, [4], dtype).abs()) * by;
        model.batch.running_mean =
            burn::module::RunningState::new(shifted(&model.batch.running_mean.value(), 0.3));
        model.batch.running_var =
            burn::module::RunningState::new(shifted(&model.batch.running_var.value(), 0.7));
        model
    }

    pub(crate) fn loss(&self, x: Tensor<3>, norm: impl Fn(&Self, Tensor<3>) -> Tensor<3>) -> Tensor<1> {
        tanh(self.head.forward(norm(self, tanh(self.signal.forward(x))))).powi_scalar(2).mean()
    }
}

type Norm = fn(&Norms, Tensor<3>) -> Tensor<3>;

const NORMS: [(&str, Norm); 7] = [
    ("batch", |m, x| m.batch.forward(x)),
    ("group", |m, x| m.group.forward(x)),
    ("instance", |m, x| m.instance.forward(x)),
    ("layer", |m, x| m.layer.forward(x.swap_dims(1, 2)).swap_dims(1, 2)),
    ("root mean square", |m, x| m.rms.forward(x.swap_dims(1, 2)).swap_dims(1, 2)),
    ("local response", |_, x| LocalResponseNormConfig::new(3).init().forward(x)),
    ("dropout", |m, x| m.dropout.forward(x)),
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let model = Norms::new(dtype);
    let trace = |norm| trace(&model, tensor_of(4, [3, 2, 8], dtype), |m, x| m.loss(x, norm));
    NORMS.into_iter().map(|(name, norm)| case(name, trace(norm))).collect()
}
