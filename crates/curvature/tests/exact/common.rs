//! What the tests of this crate share.

use burn::tensor::{DType, Device, Tensor, TensorData};
use saddlepoint_curvature::trace::Traced;
use saddlepoint_models::device::{Backend, Device as ModelDevice};
use saddlepoint_models::random::Stream;

pub(crate) fn device() -> Device {
    ModelDevice::open(Backend::Flex).unwrap().burn()
}

pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed);
    (0..count).map(|_| stream.normal()).collect()
}

/// A seeded Gaussian tensor in f64.
pub(crate) fn tensor<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    let data = TensorData::new(numbers(seed, shape.iter().product()), shape);
    Tensor::from_data(data, (&device(), DType::F64))
}

pub(crate) fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

pub(crate) fn norm(a: &[f64]) -> f64 {
    a.iter().map(|a| a * a).sum::<f64>().sqrt()
}

/// The product at a point against a fourth-order central difference of the gradient, relative to its norm.
pub(crate) fn difference_error(traced: &Traced, point: &[f64], vector: &[f64], h: f64) -> f64 {
    let gradient = |t: f64| {
        let moved: Vec<f64> = point.iter().zip(vector).map(|(p, v)| p + t * v).collect();
        traced.value_and_gradient(&moved).unwrap().1
    };
    let (a, b, c, d) = (gradient(h), gradient(-h), gradient(2.0 * h), gradient(-2.0 * h));
    let numeric: Vec<f64> = (0..a.len()).map(|i| (8.0 * (a[i] - b[i]) - (c[i] - d[i])) / (12.0 * h)).collect();
    let exact = traced.linearize(point).unwrap().hessian_vector(vector).unwrap();
    distance(&exact, &numeric) / norm(&numeric)
}

/// The gradient against a fourth-order central difference of the loss along a direction.
pub(crate) fn gradient_error(traced: &Traced, point: &[f64], vector: &[f64], h: f64) -> f64 {
    let loss = |t: f64| {
        let moved: Vec<f64> = point.iter().zip(vector).map(|(p, v)| p + t * v).collect();
        traced.value(&moved).unwrap()
    };
    let slope = (8.0 * (loss(h) - loss(-h)) - (loss(2.0 * h) - loss(-2.0 * h))) / (12.0 * h);
    let (_, gradient) = traced.value_and_gradient(point).unwrap();
    let exact: f64 = gradient.iter().zip(vector).map(|(g, v)| g * v).sum();
    (slope - exact).abs() / (norm(&gradient) * norm(vector))
}
