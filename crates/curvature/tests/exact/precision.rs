//! Both precisions.

use burn::tensor::DType;

use crate::common::{distance, norm, numbers, point};
use crate::networks::cases;

#[test]
fn single_precision_agrees_with_double() {
    for ((name, double), (_, single)) in cases(DType::F64).into_iter().zip(cases(DType::F32)) {
        let point = point(&double);
        let v: Vec<f64> = numbers(3, point.len()).into_iter().map(|x| f64::from(x as f32)).collect();
        let (exact, rounded) = (double.linearize(&point).unwrap(), single.linearize(&point).unwrap());
        let error = |a: &[f64], b: &[f64]| distance(a, b) / norm(a);
        let gradient = error(exact.gradient(), rounded.gradient());
        let product =
            error(&exact.hessian_vector(&v).unwrap(), &rounded.hessian_vector(&v).unwrap());
        eprintln!("{name}: {gradient:e} {product:e} {} {}", double.program().len(), exact.steps());
    }
}
