//! What the tests of this crate share.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use saddlepoint_curvature::trace::{TraceError, Traced};
use saddlepoint_models::device::{Backend, Device as ModelDevice};
use saddlepoint_models::random::Stream;

/// Of fourth-order differences: truncation grows with its fourth power and the fifth derivative (up to 1e6 for the
/// polynomials of the table, so 3e-11 here), rounding as 1e-16 over it.
const STEP: f64 = 2e-4;

/// Losses by name.
pub(crate) type Cases = Vec<(String, Traced)>;

pub(crate) fn case(name: &str, traced: Result<Traced, TraceError>) -> (String, Traced) {
    (name.to_owned(), traced.unwrap_or_else(|error| panic!("{name}: {error}")))
}

pub(crate) fn device() -> Device {
    ModelDevice::open(Backend::Flex).unwrap().burn()
}

pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed);
    (0..count).map(|_| stream.normal()).collect()
}

/// A point at which losses are looked at: numbers that both precisions have.
pub(crate) fn point(traced: &Traced) -> Vec<f64> {
    numbers(99, traced.dimension()).into_iter().map(|x| f64::from(0.6 * x as f32)).collect()
}

/// A seeded Gaussian tensor of numbers that both precisions have.
pub(crate) fn tensor_of<const D: usize>(seed: u64, shape: [usize; D], dtype: DType) -> Tensor<D> {
    let numbers = numbers(seed, shape.iter().product()).into_iter().map(|x| f64::from(x as f32));
    Tensor::from_data(TensorData::new(numbers.collect(), shape), (&device(), dtype))
}

/// The same in f64.
pub(crate) fn tensor<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    tensor_of(seed, shape, DType::F64)
}

pub(crate) fn labels(count: usize, classes: usize) -> Tensor<1, Int> {
    let labels: Vec<i64> = (0..count).map(|i| ((i * 7 + i / 3) % classes) as i64).collect();
    Tensor::from_data(TensorData::new(labels, [count]), &device())
}

/// A module with its parameters in another precision.
pub(crate) fn cast_to<M: Module>(module: M, dtype: DType) -> M {
    struct Cast(DType);
    impl ModuleMapper for Cast {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            param.map(|tensor| tensor.cast(self.0))
        }
    }
    module.map(&mut Cast(dtype))
}

pub(crate) fn cast<M: Module>(module: M) -> M {
    cast_to(module, DType::F64)
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

/// The gradient against differences of the loss, the product against differences of the gradient, the dense Hessian
/// symmetric, a block of vectors against one vector at a time, and the CPU engine against burn's own backend.
pub(crate) fn check(name: &str, traced: &Traced) {
    let (n, point) = (traced.dimension(), point(traced));
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
    let elsewhere = traced.linearize_on(&point, &device()).unwrap();
    let error = distance(elsewhere.gradient(), at.gradient()) / norm(at.gradient());
    assert!(error < 1e-12, "{name}: the gradients of two engines differ by {error:e}");
    let error = distance(&elsewhere.hessian_vector(&v).unwrap(), &product) / norm(&product);
    assert!(error < 1e-12, "{name}: the products of two engines differ by {error:e}");
}
