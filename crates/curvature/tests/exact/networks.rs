//! Products of whole networks: against differences, symmetric, the same for a block as one by one.

use crate::common::{difference_error, distance, gradient_error, norm, numbers, tensor};
use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::loss::{CrossEntropyLossConfig, MseLoss, Reduction};
use burn::nn::pool::{AdaptiveAvgPool2dConfig, AvgPool2dConfig, MaxPool2dConfig};
use burn::nn::{
    Embedding, EmbeddingConfig, Gelu, LayerNorm, LayerNormConfig, LeakyReluConfig, Linear, LinearConfig,
    PaddingConfig2d,
};
use burn::tensor::activation::{
    gelu, log_sigmoid, log_softmax, quiet_softmax, relu, sigmoid, silu, softmax, softplus, tanh,
};
use burn::tensor::{DType, Int, Tensor, TensorData};
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;

/// Of fourth-order differences: truncation grows with its fourth power and the fifth derivative (up to 1e6 for the
/// polynomials of the table, so 3e-11 here), rounding as 1e-16 over it.
const STEP: f64 = 2e-4;

#[derive(Module, Debug)]
struct Mlp {
    layers: Vec<Linear>,
}

fn mlp(sizes: &[usize]) -> Mlp {
    let device = crate::common::device();
    let layers = sizes.windows(2).map(|w| LinearConfig::new(w[0], w[1]).init(&device)).collect::<Vec<_>>();
    cast(Mlp { layers })
}

pub(crate) fn cast<M: Module>(module: M) -> M {
    struct Cast;
    impl burn::module::ModuleMapper for Cast {
        fn map_float<const D: usize>(
            &mut self,
            param: burn::module::Param<Tensor<D>>,
        ) -> burn::module::Param<Tensor<D>> {
            let (id, tensor, mapper) = param.consume();
            burn::module::Param::from_mapped_value(id, tensor.cast(DType::F64), mapper)
        }
    }
    module.map(&mut Cast)
}

impl Mlp {
    fn forward(&self, x: Tensor<2>, activation: fn(Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let (last, hidden) = self.layers.split_last().unwrap();
        last.forward(hidden.iter().fold(x, |x, layer| activation(layer.forward(x))))
    }
}

fn labels(count: usize, classes: usize) -> Tensor<1, Int> {
    let labels: Vec<i64> = (0..count).map(|i| ((i * 7 + i / 3) % classes) as i64).collect();
    Tensor::from_data(TensorData::new(labels, [count]), &crate::common::device())
}

/// The gradient against differences of the loss, the product against differences of the gradient, the dense Hessian
/// symmetric, and a block of vectors against one vector at a time.
pub(crate) fn check(name: &str, traced: &Traced) {
    let point: Vec<f64> =
        traced.point().iter().zip(numbers(99, traced.dimension())).map(|(p, z)| p + 0.1 * z).collect();
    let n = traced.dimension();
    let v = numbers(7, n);
    let scale = 1.0 / norm(&v);
    let v: Vec<f64> = v.iter().map(|x| x * scale).collect();
    let error = gradient_error(traced, &point, &v, STEP);
    assert!(error < 1e-9, "{name}: gradient off by {error:e}");
    let error = difference_error(traced, &point, &v, STEP);
    assert!(error < 1e-9, "{name}: product off by {error:e}");
    let at = traced.linearize(&point).unwrap();
    let hessian = at.hessian(16).unwrap();
    let size = norm(&hessian);
    let transposed: Vec<f64> = (0..n * n).map(|i| hessian[(i % n) * n + i / n]).collect();
    let error = distance(&hessian, &transposed) / size;
    assert!(error < 1e-13, "{name}: asymmetric by {error:e}");
    let product: Vec<f64> =
        hessian.chunks_exact(n).map(|row| row.iter().zip(&v).map(|(h, v)| h * v).sum()).collect();
    let error = distance(&product, &at.hessian_vector(&v).unwrap()) / norm(&product);
    assert!(error < 1e-12, "{name}: dense and product differ by {error:e}");
    assert!(at.bytes() > 0, "{name}: keeps something");
}

type Cases = Vec<(String, Traced)>;
type Function<const D: usize> = fn(Tensor<D>) -> Tensor<D>;

/// Every network of this file, traced.
pub(crate) fn cases() -> Cases {
    [perceptrons(), softmaxes(), convolutional_networks(), sequences()].into_iter().flatten().collect()
}

fn check_all(cases: Cases) {
    for (name, traced) in cases {
        check(&name, &traced);
    }
}

#[test]
fn perceptrons_with_every_activation_and_both_losses() {
    check_all(perceptrons());
}

fn perceptrons() -> Cases {
    let mut cases = Cases::new();
    let activations: [(&str, Function<2>); 8] = [
        ("tanh", tanh),
        ("relu", relu),
        ("sigmoid", sigmoid),
        ("gelu", gelu),
        ("silu", silu),
        ("softplus", |x| softplus(x, 1.0)),
        ("log_sigmoid", log_sigmoid),
        ("leaky_relu", |x| burn::tensor::activation::leaky_relu(x, 0.1)),
    ];
    let model = mlp(&[5, 6, 4, 3]);
    let device = crate::common::device();
    for (name, activation) in activations {
        let batch = (tensor(1, [9, 5]), tensor(2, [9, 3]));
        let squared = trace(&model, batch, |m, (x, y)| {
            MseLoss::new().forward(m.forward(x, activation), y, Reduction::Mean)
        });
        cases.push((format!("{name}, squared error"), squared.unwrap()));
        let entropy = trace(&model, (tensor(1, [9, 5]), labels(9, 3)), |m, (x, y)| {
            CrossEntropyLossConfig::new().init(&device).forward(m.forward(x, activation), y)
        });
        cases.push((format!("{name}, cross entropy"), entropy.unwrap()));
    }
    cases
}

#[test]
fn softmax_by_hand_with_its_maximum() {
    check_all(softmaxes());
}

fn softmaxes() -> Cases {
    let mut cases = Cases::new();
    let model = mlp(&[4, 5, 3]);
    for (name, f) in [
        ("log_softmax", (|x| log_softmax(x, 1)) as Function<2>),
        ("softmax", |x| softmax(x, 1)),
        ("quiet_softmax", |x| quiet_softmax(x, 1)),
        ("max", |x| x.max_dim(1).powi_scalar(3)),
    ] {
        let traced = trace(&model, (tensor(3, [6, 4]), tensor(4, [6, 3])), |m, (x, y)| {
            (f(m.forward(x, tanh)) * y).sum_dim(1).mean().neg()
        });
        cases.push((name.to_owned(), traced.unwrap()));
    }
    cases
}

#[derive(Module, Debug)]
struct Convolutional {
    first: Conv2d,
    second: Conv2d,
    head: Linear,
}

fn convolutional() -> Convolutional {
    let device = crate::common::device();
    cast(Convolutional {
        first: Conv2dConfig::new([1, 4], [3, 3])
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
            .init(&device),
        second: Conv2dConfig::new([4, 4], [2, 2]).with_stride([2, 1]).with_groups(2).init(&device),
        head: LinearConfig::new(4, 3).init(&device),
    })
}

#[test]
fn convolutions_and_pooling() {
    check_all(convolutional_networks());
}

fn convolutional_networks() -> Cases {
    let mut cases = Cases::new();
    let device = crate::common::device();
    let model = convolutional();
    let pools: [(&str, Function<4>); 3] = [
        ("average", |x| AvgPool2dConfig::new([2, 2]).with_strides([2, 2]).init().forward(x)),
        ("maximum", |x| MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init().forward(x)),
        ("adaptive", |x| AdaptiveAvgPool2dConfig::new([4, 4]).init().forward(x)),
    ];
    for (name, pool) in pools {
        let traced = trace(&model, (tensor(5, [3, 1, 8, 8]), labels(3, 3)), |m, (x, y)| {
            let x = tanh(pool(tanh(m.first.forward(x))));
            let x = tanh(m.second.forward(x)).mean_dim(3).mean_dim(2).flatten::<2>(1, 3);
            CrossEntropyLossConfig::new().init(&device).forward(m.head.forward(x), y)
        });
        cases.push((name.to_owned(), traced.unwrap()));
    }
    cases
}

#[derive(Module, Debug)]
struct Sequence {
    embedding: Embedding,
    norm: LayerNorm,
    signal: Conv1d,
    query: Linear,
    head: Linear,
}

#[test]
fn embedding_attention_normalization_and_a_residual_path() {
    check_all(sequences());
}

fn sequences() -> Cases {
    let device = crate::common::device();
    let model = cast(Sequence {
        embedding: EmbeddingConfig::new(5, 4).init(&device),
        norm: LayerNormConfig::new(4).init(&device),
        signal: Conv1dConfig::new(4, 4, 3).init(&device),
        query: LinearConfig::new(4, 4).init(&device),
        head: LinearConfig::new(8, 1).init(&device),
    });
    let words = Tensor::<2, Int>::from_data([[0_i64, 3, 2, 3, 1], [4, 4, 0, 1, 2]], &device);
    let traced = trace(&model, (words, tensor(8, [2, 1])), |m, (words, y)| {
        let x = m.norm.forward(m.embedding.forward(words));
        let weights = softmax(m.query.forward(x.clone()).matmul(x.clone().swap_dims(1, 2)), 2);
        let x = x.clone() + Gelu::new().forward(weights.matmul(x));
        let signal = tanh(m.signal.forward(x.clone().swap_dims(1, 2))).mean_dim(2).flatten::<2>(1, 2);
        let mean = x.mean_dim(1).flatten::<2>(1, 2);
        let out = LeakyReluConfig::new().init().forward(m.head.forward(Tensor::cat(vec![signal, mean], 1)));
        (out - y).powi_scalar(2).mean()
    });
    vec![("sequence".to_owned(), traced.unwrap())]
}

#[test]
fn single_precision_agrees_with_double() {
    let double = mlp(&[5, 6, 3]);
    let single = {
        struct Cast;
        impl burn::module::ModuleMapper for Cast {
            fn map_float<const D: usize>(
                &mut self,
                param: burn::module::Param<Tensor<D>>,
            ) -> burn::module::Param<Tensor<D>> {
                let (id, tensor, mapper) = param.consume();
                burn::module::Param::from_mapped_value(id, tensor.cast(DType::F32), mapper)
            }
        }
        double.clone().map(&mut Cast)
    };
    let loss = |m: &Mlp, (x, y): (Tensor<2>, Tensor<2>)| (m.forward(x, tanh) - y).powi_scalar(2).mean();
    let (x, y) = (tensor(1, [9, 5]), tensor(2, [9, 3]));
    let a = trace(&double, (x.clone(), y.clone()), loss).unwrap();
    let b = trace(&single, (x.cast(DType::F32), y.cast(DType::F32)), loss).unwrap();
    let v = numbers(3, a.dimension());
    let exact = a.linearize(a.point()).unwrap().hessian_vector(&v).unwrap();
    let rounded = b.linearize(b.point()).unwrap();
    // A few hundred roundings of relative size 2^-24, which partly cancel.
    assert!(distance(&exact, &rounded.hessian_vector(&v).unwrap()) < 2e-6 * norm(&exact));
    assert!(2 * rounded.bytes() == a.linearize(a.point()).unwrap().bytes());
}
