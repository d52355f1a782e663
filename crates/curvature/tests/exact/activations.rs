//! Perceptrons with burn's activations.

use burn::module::Module;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig, PRelu, PReluConfig, SwiGlu, SwiGluConfig};
use burn::tensor::{DType, Tensor, activation as a};
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast_to, device, tensor_of};

#[derive(Module, Debug)]
pub(crate) struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    pub(crate) fn new(sizes: &[usize], dtype: DType) -> Self {
        let layers = sizes.windows(2).map(|w| LinearConfig::new(w[0], w[1]).init(&device())).collect();
        cast_to(Mlp { layers }, dtype)
    }

    pub(crate) fn forward(&self, x: Tensor<2>, activation: fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let (last, hidden) = self.layers.split_last().unwrap();
        last.forward(hidden.iter().fold(x, |x, layer| activation(layer.forward(x))))
    }
}

#[derive(Module, Debug)]
struct Gated {
    first: Linear,
    slopes: PRelu,
    gate: SwiGlu,
}

pub(crate) type Function = fn(Tensor<2>) -> Tensor<2>;

const ACTIVATIONS: [(&str, Function); 28] = [
    ("tanh", a::tanh),
    ("relu", a::relu),
    ("relu6", |x| a::relu6(x * 6.0)),
    ("leaky_relu", |x| a::leaky_relu(x, 0.1)),
    ("sigmoid", a::sigmoid),
    ("log_sigmoid", a::log_sigmoid),
    ("hard_sigmoid", |x| a::hard_sigmoid(x, 0.5, 0.4)),
    ("hard_swish", |x| a::hard_swish(x * 3.0)),
    ("hardtanh", |x| a::hardtanh(x, -0.7, 0.8)),
    ("gelu", a::gelu),
    ("gelu_approximate", a::gelu_approximate),
    ("silu", a::silu),
    ("softplus", |x| a::softplus(x, 1.3)),
    ("softplus, linear beyond a threshold", |x| a::softplus_with_threshold(x, 1.0, 0.5)),
    ("mish", a::mish),
    ("elu", |x| a::elu(x, 0.9)),
    ("celu", |x| a::celu(x, 0.5)),
    ("selu", a::selu),
    ("softsign", a::softsign),
    ("tanhshrink", a::tanhshrink),
    ("soft_shrink", |x| a::soft_shrink(x, 0.3)),
    ("hard_shrink", |x| a::hard_shrink(x, 0.3)),
    ("thresholded_relu", |x| a::thresholded_relu(x, 0.2)),
    ("threshold", |x| a::threshold(x, 0.2, 0.1)),
    ("glu", |x| a::glu(Tensor::cat(vec![x.clone(), x], 1), 1)),
    ("softmax", |x| a::softmax(x, 1)),
    ("softmin", |x| a::softmin(x, 1)),
    ("log_softmax", |x| a::log_softmax(x, 1)),
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let model = Mlp::new(&[4, 6, 3, 2], dtype);
    let batch = || (tensor_of(1, [7, 4], dtype), tensor_of(2, [7, 2], dtype));
    let mut cases: Cases = ACTIVATIONS
        .into_iter()
        .map(|(name, activation)| {
            let traced = trace(&model, batch(), |m, (x, y)| {
                MseLoss::new().forward(m.forward(x, activation), y, Reduction::Mean)
            });
            case(name, traced)
        })
        .collect();
    let device = device();
    let gated = Gated {
        first: LinearConfig::new(4, 3).init(&device),
        slopes: PReluConfig::new().with_num_parameters(3).init(&device),
        gate: SwiGluConfig::new(3, 2).with_bias(true).init(&device),
    };
    let traced = trace(&cast_to(gated, dtype), batch(), |m, (x, y)| {
        (m.gate.forward(m.slopes.forward(m.first.forward(x))) - y).powi_scalar(2).mean()
    });
    cases.push(case("prelu and swiglu", traced));
    cases
}
