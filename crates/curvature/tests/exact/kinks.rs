//! Where the Hessian of a piecewise network does not exist, it is said.

use burn::module::Module;
use burn::nn::loss::{CrossEntropyLossConfig, HuberLossConfig, Reduction};
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::{Linear, LinearConfig, PRelu, PReluConfig};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::{DType, Int, Tensor};
use saddlepoint_curvature::kinks::{Crossings, OnKink};
use saddlepoint_curvature::trace;
use saddlepoint_curvature::trace::Traced;

use crate::common::{cast, device, tensor};
use crate::networks::cases;

fn line() -> Linear {
    cast(LinearConfig::new(2, 2).with_bias(false).init(&device()))
}

/// A loss of $(w_1 + 2 w_3, w_2 + 2 w_4)$.
fn of_two(loss: impl Fn(Tensor<2>) -> Tensor<1>) -> Traced {
    let x = Tensor::<2>::from_data([[1.0, 2.0]], (&device(), DType::F64));
    trace(&line(), x, |m, x| loss(m.forward(x))).unwrap()
}

/// The two numbers are 0 and 3.
const ZERO: [f64; 4] = [2.0, 1.0, -1.0, 1.0];
/// They are 3 and 3, then -3 and 3.
const TIE: [f64; 4] = [1.0, 1.0, 1.0, 1.0];
const OTHER: [f64; 4] = [-1.0, 1.0, -1.0, 1.0];

#[test]
fn kinks_are_counted_at_a_point_and_along_a_segment() {
    let traced = of_two(|x| relu(x).powi_scalar(2).sum());
    assert_eq!(traced.on_kink(&ZERO), Ok(OnKink { on: 1, total: 2 }));
    assert_eq!(traced.kink_crossings(&TIE, &OTHER, 1), Ok(Crossings { crossed: 1, total: 2 }));
    // The middle of the segment is on the kink itself.
    assert_eq!(traced.kink_crossings(&TIE, &OTHER, 2), Ok(Crossings { crossed: 1, total: 2 }));
    assert_eq!(traced.kink_crossings(&TIE, &ZERO, 1), Ok(Crossings { crossed: 0, total: 2 }));
    let smooth = of_two(|x| x.powi_scalar(2).sum());
    assert_eq!(smooth.on_kink(&TIE), Ok(OnKink { on: 0, total: 0 }));
}

#[test]
fn every_piecewise_function_has_its_kinks() {
    type Loss = fn(Tensor<2>) -> Tensor<1>;
    let losses: [(&str, Loss, &[f64], usize); 8] = [
        ("leaky rectifier", |x| leaky_relu(x, 0.1).sum(), &ZERO, 2),
        ("absolute value", |x| x.abs().sum(), &ZERO, 2),
        ("clamp", |x| x.clamp(-1.0, 3.0).sum(), &TIE, 4),
        ("Huber", |x| HuberLossConfig::new(3.0).init().forward(x.zeros_like(), x, Reduction::Sum), &TIE, 6),
        (
            "choice",
            |x| x.clone().mask_where(x.clone().lower(x.clone().flip([1])), x.powi_scalar(2)).sum(),
            &TIE,
            2,
        ),
        ("maximum", |x| x.max_dim(1).sum(), &TIE, 1),
        ("minimum", |x| x.min_dim(1).sum(), &TIE, 1),
        ("pool", |x| MaxPool2dConfig::new([1, 2]).init().forward(x.unsqueeze::<4>()).sum(), &TIE, 1),
    ];
    for (name, loss, at, total) in losses {
        let traced = of_two(loss);
        let found = traced.on_kink(at).unwrap();
        assert!(found.on > 0 && found.total == total, "{name}: {found:?}");
        assert_eq!(traced.on_kink(&[0.3, 0.4, 0.6, 1.1]).unwrap().on, 0, "{name}");
        let away = traced.kink_crossings(&[0.3, 0.4, 0.6, 1.1], &[-7.0, 0.2, -0.5, -9.0], 1).unwrap();
        assert!(away.crossed > 0, "{name}: {away:?}");
    }
}

#[derive(Module, Debug)]
struct Slopes {
    line: Linear,
    slopes: PRelu,
}

#[test]
fn a_learned_slope_has_a_kink_at_zero() {
    let model = cast(Slopes { line: line(), slopes: PReluConfig::new().init(&device()) });
    let x = Tensor::<2>::from_data([[1.0, 2.0]], (&device(), DType::F64));
    let traced = trace(&model, x, |m, x| m.slopes.forward(m.line.forward(x)).sum()).unwrap();
    assert_eq!(traced.on_kink(&[&ZERO[..], &[0.25]].concat()), Ok(OnKink { on: 1, total: 2 }));
}

/// Equal logits tie in the maximum that a softmax subtracts, dead rectifiers in a pooling window.
#[test]
fn ties_that_change_nothing_are_no_kinks() {
    let entropy = of_two(|x| {
        let label = Tensor::<1, Int>::from_data([1_i64], &x.device());
        CrossEntropyLossConfig::new().init(&x.device()).forward(x, label)
    });
    assert_eq!(entropy.on_kink(&TIE), Ok(OnKink { on: 0, total: 0 }));
    let pooled = of_two(|x| MaxPool2dConfig::new([1, 2]).init().forward(relu(x).unsqueeze::<4>()).sum());
    let (dead, half) = ([-1.0; 4], [-1.0, 1.0, 0.5, -0.5]);
    assert_eq!(pooled.on_kink(&dead), Ok(OnKink { on: 0, total: 3 }));
    assert_eq!(
        pooled.on_kink(&half).unwrap().on,
        2,
        "both rectifiers are at zero, the pool sees a tie of constants"
    );
    // No input: the rectifier sees zero whatever the weights.
    let blank = trace(&line(), tensor::<2>(1, [1, 2]) * 0.0, |m, x| relu(m.forward(x)).sum()).unwrap();
    assert_eq!(blank.on_kink(&TIE), Ok(OnKink { on: 0, total: 2 }));
}

/// ReLU networks are piecewise smooth; say where the Hessian is not defined instead of returning a number.
#[test]
fn pitfall_relu_networks_say_where_the_hessian_is_not_defined() {
    for (name, traced) in cases(DType::F64) {
        let piecewise = traced.on_kink(&vec![0.0; traced.dimension()]).unwrap().total > 0;
        let smooth =
            ["tanh", "sigmoid", "gelu", "silu", "softmax", "log_softmax", "cross entropy", "layer", "batch"];
        assert!(!(smooth.contains(&name.as_str()) && piecewise), "{name} is smooth");
        let broken = ["relu", "leaky_relu", "prelu and swiglu", "hardtanh", "Huber", "L1", "images, maximum"];
        assert!(piecewise || !broken.contains(&name.as_str()), "{name} has kinks");
    }
}
