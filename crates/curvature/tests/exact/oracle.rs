//! The nested autodiff oracle: burn's own backward pass, differentiated by burn's own backward pass.

use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid, tanh};
use burn_autodiff::Autodiff;
use burn_backend::ops::{ActivationOps, FloatTensorOps};
use burn_backend::{AutodiffBackend, Backend, BackendTypes, Shape, TensorData};
use burn_flex::{Flex, FlexDevice};
use saddlepoint_curvature::trace;

use crate::common::{cast, device, distance, norm, numbers, tensor};

type Once = Autodiff<Flex>;
type Twice = Autodiff<Once>;
type Activation = fn(Tensor<2>) -> Tensor<2>;
type Squash = fn(Float<Twice>) -> Float<Twice>;
type Float<B> = <B as BackendTypes>::FloatTensorPrimitive;

const SIZES: (usize, usize, usize, usize) = (6, 3, 5, 2);

/// The mean square of `squash(x A) B - y`, on primitives.
fn loss<B: Backend>(
    squash: fn(Float<B>) -> Float<B>,
    a: Float<B>,
    b: Float<B>,
    x: Float<B>,
    y: Float<B>,
) -> Float<B> {
    let out = B::float_matmul(squash(B::float_matmul(x, a)), b);
    let error = B::float_sub(out, y);
    B::float_mean(B::float_mul(error.clone(), error))
}

fn flex(numbers: &[f64], shape: [usize; 2]) -> Float<Flex> {
    Flex::float_from_data(TensorData::new(numbers.to_vec(), Shape::new(shape)), &FlexDevice)
}

fn product(squash: Squash, point: &[f64], vector: &[f64], x: &[f64], y: &[f64]) -> Vec<f64> {
    let (n, d, h, c) = SIZES;
    let split = |v: &[f64]| [flex(&v[..d * h], [d, h]), flex(&v[d * h..], [h, c])];
    let constant = |v: &[f64], shape| Twice::from_inner(Once::from_inner(flex(v, shape)));
    let inner =
        split(point).map(|p| <Once as FloatTensorOps<Once>>::float_set_require_grad(Once::from_inner(p), true));
    let outer = inner
        .clone()
        .map(|p| <Twice as FloatTensorOps<Twice>>::float_set_require_grad(Twice::from_inner(p), true));
    let [a, b] = outer.clone();
    let gradients = Twice::backward(loss::<Twice>(squash, a, b, constant(x, [n, d]), constant(y, [n, c])));
    let along = outer
        .iter()
        .zip(split(vector))
        .map(|(p, v)| {
            let gradient = Twice::grad(p, &gradients).unwrap();
            Once::float_sum(Once::float_mul(gradient, Once::from_inner(v)))
        })
        .reduce(Once::float_add)
        .unwrap();
    let second = Once::backward(along);
    inner
        .iter()
        .flat_map(|p| {
            let part = Flex::float_into_data(Once::grad(p, &second).unwrap());
            burn_backend::try_read_sync(part).unwrap().unwrap().iter::<f64>().collect::<Vec<_>>()
        })
        .collect()
}

#[derive(Module, Debug)]
struct Net {
    a: Linear,
    b: Linear,
}

#[test]
fn products_agree_with_nested_autodiff() {
    let (n, d, h, c) = SIZES;
    let net: Net = cast(Net {
        a: LinearConfig::new(d, h).with_bias(false).init(&device()),
        b: LinearConfig::new(h, c).with_bias(false).init(&device()),
    });
    let (x, y) = (tensor::<2>(1, [n, d]), tensor::<2>(2, [n, c]));
    let list = |t: Tensor<2>| t.into_data().iter::<f64>().collect::<Vec<_>>();
    let (xs, ys) = (list(x.clone()), list(y.clone()));
    let cases: [(Activation, Squash); 3] = [
        (relu, Twice::relu),
        (tanh, Twice::float_tanh),
        // Stated in smooth primitives: the oracle's own sigmoid rounds to binary32.
        (sigmoid, |x| {
            let power = Twice::float_exp(Twice::float_neg(x));
            Twice::float_recip(Twice::float_add_scalar(power, 1.0.into()))
        }),
    ];
    for (ours, theirs) in cases {
        let traced = trace(&net, (x.clone(), y.clone()), |m, (x, y)| {
            (m.b.forward(ours(m.a.forward(x))) - y).powi_scalar(2).mean()
        })
        .unwrap();
        for seed in 0..3 {
            let (point, v) = (numbers(30 + seed, traced.dimension()), numbers(40 + seed, traced.dimension()));
            let exact = product(theirs, &point, &v, &xs, &ys);
            let product = traced.linearize(&point).unwrap().hessian_vector(&v).unwrap();
            assert!(distance(&product, &exact) < 1e-12 * norm(&exact));
        }
    }
}
