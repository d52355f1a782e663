//! Both precisions.

use burn::tensor::DType;

use crate::common::{distance, norm, numbers, point};
use crate::networks::cases;

/// Each operation of a program adds a few roundings relative to its result's size, which partly cancel; no network here
/// amplifies them more. So the error is at most as many units of roundoff as there are operations.
#[test]
fn single_precision_agrees_with_double() {
    for ((name, double), (_, single)) in cases(DType::F64).into_iter().zip(cases(DType::F32)) {
        let point = point(&double);
        let v: Vec<f64> = numbers(3, point.len()).into_iter().map(|x| f64::from(x as f32)).collect();
        let (exact, rounded) = (double.linearize(&point).unwrap(), single.linearize(&point).unwrap());
        let check = |what: &str, exact: &[f64], rounded: &[f64]| {
            let error = distance(exact, rounded) / norm(exact);
            let bound = f64::from(f32::EPSILON) / 2.0 * double.program().len() as f64;
            assert!(error < bound, "{name}: the {what} off by {error:e}, not {bound:e}");
            assert!(error > 0.0, "{name}: the {what} is not rounded");
        };
        check("gradient", exact.gradient(), rounded.gradient());
        check("product", &exact.hessian_vector(&v).unwrap(), &rounded.hessian_vector(&v).unwrap());
        assert!(rounded.bytes() < exact.bytes(), "{name}: single precision keeps less");
    }
}
