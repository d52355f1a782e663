//! Models whose Hessian is known.

use burn::module::{Module, Param};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{DType, Tensor};
use saddlepoint_curvature::objective::TracedObjective;
use saddlepoint_curvature::trace;
use saddlepoint_landscape::analytic::TwoLayerLinear;
use saddlepoint_landscape::objective::Objective;

use crate::common::{cast, device, distance, norm, numbers, tensor};

fn column(width: usize) -> Linear {
    cast(LinearConfig::new(width, 1).with_bias(false).init(&device()))
}

fn data(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

/// $\sum_i c_i x_i x_i^\top$ for the rows of `x`.
fn weighted_gram(x: &[f64], width: usize, weights: &[f64]) -> Vec<f64> {
    let mut gram = vec![0.0; width * width];
    for (row, weight) in x.chunks_exact(width).zip(weights) {
        for (i, a) in row.iter().enumerate() {
            for (j, b) in row.iter().enumerate() {
                gram[i * width + j] += weight * a * b;
            }
        }
    }
    gram
}

#[test]
fn linear_regression_has_twice_the_second_moment() {
    let (n, width) = (11, 4);
    let (x, y) = (tensor(1, [n, width]), tensor(2, [n, 1]));
    let traced =
        trace(&column(width), (x.clone(), y), |m, (x, y)| (m.forward(x) - y).powi_scalar(2).mean()).unwrap();
    let hessian = traced.linearize(traced.point()).unwrap().hessian(3).unwrap();
    let expected = weighted_gram(&data(x), width, &vec![2.0 / n as f64; n]);
    assert!(distance(&hessian, &expected) < 1e-14 * norm(&expected));
}

#[test]
fn logistic_regression_weighs_by_the_variance() {
    let (n, width) = (13, 5);
    let x = tensor(3, [n, width]);
    let traced = trace(&column(width), x.clone(), |m, x| sigmoid(m.forward(x)).log().mean().neg()).unwrap();
    let w = traced.point().to_vec();
    let x = data(x);
    let weights: Vec<f64> = x
        .chunks_exact(width)
        .map(|row| {
            let z: f64 = row.iter().zip(&w).map(|(a, b)| a * b).sum();
            let p = 1.0 / (1.0 + (-z).exp());
            p * (1.0 - p) / n as f64
        })
        .collect();
    let expected = weighted_gram(&x, width, &weights);
    let hessian = traced.linearize(&w).unwrap().hessian(5).unwrap();
    assert!(distance(&hessian, &expected) < 1e-13 * norm(&expected));
}

#[derive(Module, Debug)]
struct TwoLayers {
    a: Param<Tensor<2>>,
    b: Param<Tensor<2>>,
}

#[test]
fn two_linear_layers_agree_with_their_formulas() {
    let (d, p, m, n) = (3, 2, 4, 7);
    let (x, y) = (tensor::<2>(5, [n, m]), tensor::<2>(6, [n, d]));
    // The formulas list matrices by columns: their transposes by rows.
    let model =
        TwoLayers { a: Param::from_tensor(tensor(7, [p, d])), b: Param::from_tensor(tensor(8, [m, p])) };
    let traced = trace(&model, (x.clone(), y.clone()), |net, (x, y)| {
        (x.matmul(net.b.val()).matmul(net.a.val()) - y).powi_scalar(2).sum()
    })
    .unwrap();
    assert_eq!(traced.parameters().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let ours = TracedObjective::new(&traced);
    let columns = |t: Tensor<2>, rows| nalgebra::DMatrix::from_vec(rows, n, data(t));
    let theirs = TwoLayerLinear::new(columns(x, m), columns(y, d), p).unwrap();
    for seed in 0..3 {
        let point = numbers(20 + seed, ours.dimension());
        let (f, g) = (ours.value(&point).unwrap(), theirs.value(&point).unwrap());
        assert!((f - g).abs() < 1e-13 * g);
        let (f, g) = (ours.gradient(&point).unwrap(), theirs.gradient(&point).unwrap());
        assert!((&f - &g).norm() < 1e-13 * g.norm());
        let (f, g) = (ours.hessian(&point).unwrap(), theirs.hessian(&point).unwrap());
        assert!((&f - &g).norm() < 1e-13 * g.norm());
    }
    assert_eq!(DType::F64, model.a.val().dtype());
}
