//! What a module holds beside trained parameters: running statistics, plain tensors, frozen parameters.

use burn::module::Module;
use burn::nn::{
    Linear, LinearConfig, PositionalEncoding, PositionalEncodingConfig, RotaryEncoding, RotaryEncodingConfig,
};
use burn::tensor::{DType, Tensor};
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::{TraceError, Traced};

use crate::common::{cast, cast_to, check, device, point, tensor, tensor_of};
use crate::normalization::Norms;

#[derive(Module, Debug)]
struct Scaled {
    layer: Linear,
    scale: Tensor<2>,
}

impl Scaled {
    fn new(dtype: DType) -> Self {
        cast(Scaled { layer: LinearConfig::new(3, 2).init(&device()), scale: tensor_of(1, [4, 2], dtype) })
    }

    fn trace(&self) -> Result<Traced, TraceError> {
        trace(self, tensor(2, [4, 3]), |m, x| {
            (m.layer.forward(x) * m.scale.clone()).tanh().powi_scalar(2).sum()
        })
    }
}

#[test]
fn a_plain_tensor_of_a_module_is_a_constant() {
    let traced = Scaled::new(DType::F64).trace().unwrap();
    assert_eq!(traced.dimension(), 8);
    check("plain tensor", &traced);
}

#[test]
fn a_plain_tensor_of_another_type_is_refused_with_the_reason() {
    let error = Scaled::new(DType::F32).trace().unwrap_err().to_string();
    assert!(error.contains("different types meet"), "{error}");
}

#[derive(Module, Debug)]
struct Positions {
    layer: Linear,
    sinusoidal: PositionalEncoding,
    rotary: RotaryEncoding,
}

#[test]
fn positional_encodings_are_recorded_in_the_type_they_were_made_in() {
    let model = Positions {
        layer: LinearConfig::new(3, 4).init(&device()),
        sinusoidal: PositionalEncodingConfig::new(4).with_max_sequence_size(8).init(&device()),
        rotary: RotaryEncodingConfig::new(8, 4).init(&device()),
    };
    let traced = trace(&model, tensor_of::<3>(2, [2, 5, 3], DType::F32), |m, x| {
        m.rotary.forward(m.sinusoidal.forward(m.layer.forward(x))).tanh().powi_scalar(2).sum()
    });
    let traced = traced.unwrap();
    let at = traced.linearize(&point(&traced)).unwrap();
    assert!(at.hessian_vector(&[1.0; 16]).unwrap().iter().all(|x| *x != 0.0));
}

#[test]
fn tracing_leaves_running_statistics_alone() {
    let model = Norms::new(DType::F64);
    let statistics =
        || (model.batch.running_mean.value().into_data(), model.batch.running_var.value().into_data());
    let before = statistics();
    let traced = trace(&model, tensor(4, [3, 2, 8]), |m, x| m.loss(x, |m, x| m.batch.forward(x))).unwrap();
    assert_eq!(statistics(), before);
    assert!(traced.parameters().iter().all(|parameter| !parameter.name.contains("running")));
}

#[test]
fn frozen_parameters_are_constants() {
    let layer = cast_to(LinearConfig::new(3, 2).init(&device()), DType::F64);
    let x = || tensor::<2>(2, [4, 3]);
    let error = trace(&layer.clone().freeze(), x(), |m, x| m.forward(x).powi_scalar(2).sum()).unwrap_err();
    assert_eq!(error, TraceError::NoParameters);
    let traced = trace(&layer, x(), |m, x| m.forward(x).powi_scalar(2).sum()).unwrap();
    assert_eq!(traced.dimension(), 8);
}
