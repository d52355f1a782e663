//! The table of supported operations, walked: each is recorded by a loss whose curvature is checked.

use std::collections::BTreeSet;

use burn::module::Module;
use burn::nn::pool::{AvgPool1dConfig, MaxPool1dConfig, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::module::attention;
use burn::tensor::ops::AttentionModuleOptions;
use burn::tensor::{DType, Int, Tensor, activation, s};
use saddlepoint_curvature::rules::SUPPORTED;
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast, check, device, tensor};
use crate::networks::cases;

type Function = fn(Tensor<2>) -> Tensor<2>;

/// Losses of single operations, applied to a 4 × 6 matrix that depends on the parameters.
fn operations() -> Cases {
    let functions: [(&str, Function); 38] = [
        ("exp", Tensor::exp),
        ("log of one plus square", |x| x.powi_scalar(2).log1p()),
        ("sqrt", |x| (x.powi_scalar(2) + 1.0).sqrt()),
        ("sin times cos", |x| x.clone().sin() * x.cos()),
        ("erf", Tensor::erf),
        ("recip", |x| (x.powi_scalar(2) + 2.0).recip()),
        ("abs and sign", |x| x.clone().abs().powi_scalar(3) + x.clone().sign() * x.powi_scalar(3)),
        ("power", |x| (x.powi_scalar(2) + 1.0).powf_scalar(0.7)),
        ("division", |x| x.clone() / (x.clone() * x + 3.0)),
        // burn 0.22.1 rounds the reciprocal to binary32 in its backward pass, whatever the precision.
        ("subtraction and division", |x| (x - 1.5).powi_scalar(3) / 2.3),
        ("clamp", |x| x.clone().clamp(-0.5, 0.6) * x.clone().clamp_min(0.1) * x.clamp_max(0.2)),
        ("mask where", |x| x.clone().mask_where(x.clone().greater_elem(0.2), x.powi_scalar(3))),
        ("mask fill", |x| x.clone().powi_scalar(3).mask_fill(x.clone().lower(x.flip([1])), 0.5)),
        ("compare", |x| {
            let low = x.clone().lower_elem(0.1).bool_and(x.clone().greater_equal_elem(-2.0));
            x.powi_scalar(3).mask_fill(low.bool_not(), 0.0)
        }),
        ("bool into float", |x| x.clone().lower_equal_elem(0.3).float().cast(x.dtype()) * x.powi_scalar(3)),
        ("gather", |x| {
            let at = Tensor::<2, Int>::from_data([[0_i64, 5], [1, 1], [2, 4], [3, 0]], &x.device());
            x.powi_scalar(3).gather(1, at)
        }),
        ("select", |x| x.clone().powi_scalar(3).select(0, Tensor::from_data([2_i64, 0, 2], &x.device()))),
        ("slice", |x| x.powi_scalar(3).slice([1..3, 2..6])),
        ("slice assign", |x| x.clone().slice_assign([0..2, 0..3], x.slice([2..4, 1..4]).powi_scalar(3)) * 2.0),
        ("repeat", |x| x.clone().repeat_dim(0, 2) * Tensor::cat(vec![x.clone(), x.exp()], 0)),
        ("permute", |x| x.clone().reshape([2, 2, 6]).permute([2, 0, 1]).flip([0]).reshape([4, 6]) * x),
        ("minimum", |x| x.min_dim(1).powi_scalar(3)),
        ("maximum and its place", |x| x.clone().max_dim_with_indices(0).0 * x),
        ("mean", |x| x.clone() * x.clone().mean_dim(0) * x.mean().reshape([1, 1])),
        ("signal pooling", |x| {
            let x = activation::tanh(x).reshape([2, 2, 6]);
            let average = AvgPool1dConfig::new(2).with_stride(2).init().forward(x.clone());
            (average * MaxPool1dConfig::new(2).with_stride(2).init().forward(x)).reshape([4, 3])
        }),
        ("hyperbolic tangent", activation::tanh),
        ("every other entry", |x| x.powi_scalar(3).slice([s![0..4;2], s![1..6;2]])),
        ("two compared", |x| {
            let y = x.clone().flip([1]);
            let above = x.clone().greater(y.clone()).bool_and(x.clone().greater_equal(y.clone() - 0.3));
            let mask = above.bool_and(x.clone().lower_equal(y.clone() + 1.0)).bool_or(x.clone().equal(y));
            x.powi_scalar(3).mask_fill(mask, 0.25)
        }),
        ("places of extrema", |x| {
            let (most, least) = (x.clone().argmax(1), x.clone().argmin(1));
            x.clone().gather(1, most) + x.gather(1, least).powi_scalar(3)
        }),
        ("places rearranged", |x| {
            let at = Tensor::<2, Int>::from_data([[0_i64, 5, 1, 2], [4, 4, 3, 0]], &x.device());
            let at = at.swap_dims(0, 1).flip([0]).permute([1, 0]).slice([0..1, 0..4]);
            x.powi_scalar(3).gather(1, at.expand([6, 4]).swap_dims(0, 1))
        }),
        ("masks rearranged", |x| {
            let mask = x.clone().greater_elem(0.1).swap_dims(0, 1).flip([0]).permute([1, 0]);
            x.powi_scalar(3).mask_fill(mask.slice([0..1, 0..6]).expand([4, 6]), 0.0)
        }),
        ("one entry a row", |x| {
            let labels = Tensor::<2, Int>::from_data([[0_i64], [5], [1], [2]], &x.device()).expand([4, 6]);
            let classes = Tensor::<2, Int>::from_data([[0_i64, 1, 2, 3, 4, 5]], &x.device()).expand([4, 6]);
            x.powi_scalar(3).mask_fill(labels.equal(classes).bool_not(), 0.0)
        }),
        ("padding", |x| x.powi_scalar(2).pad((1, 0, 2, 1), 0.5)),
        ("variance", |x| x.var(1)),
        ("larger of two", |x| x.clone().max_pair(x.flip([1]))),
        ("stacks of products", |x| {
            x.clone().reshape([2, 2, 6]).matmul(x.reshape([1, 6, 4])).flatten::<2>(0, 1)
        }),
        ("attention", |x| {
            let (x, options) = (x.reshape([1, 1, 4, 6]), AttentionModuleOptions::default());
            attention(x.clone(), x.clone().square(), x, None, None, options).flatten::<2>(0, 2)
        }),
        ("expand", |x| x.clone().slice([0..1, 0..6]).expand([4, 6]) * x),
    ];
    let layer = cast(LinearConfig::new(3, 6).init(&device()));
    functions
        .into_iter()
        .map(|(name, f)| {
            let traced = trace(&layer, tensor(11, [4, 3]), |m, x| f(m.forward(x)).powi_scalar(2).sum());
            case(name, traced)
        })
        .chain(with_constants())
        .collect()
}

#[derive(Module, Debug)]
struct Held {
    layer: Linear,
    constant: Tensor<2>,
}

type WithConstant = fn(Tensor<2>, Tensor<2>) -> Tensor<2>;

/// What burn records only of tensors that it does not track: those that a module holds beside its parameters.
fn with_constants() -> Cases {
    let functions: [(&str, WithConstant); 6] = [
        ("clamped constant", |x, c| {
            x.powi_scalar(3) * c.clone().clamp(-0.5, 0.6) * c.clone().clamp_min(-0.2) * c.clamp_max(0.4)
        }),
        ("leaky rectifier of a constant", |x, c| x.powi_scalar(3) * activation::leaky_relu(c, 0.1)),
        ("constants compared", |x, c| {
            let unequal = c.clone().not_equal(c.clone().flip([1]).abs());
            x.clone().powi_scalar(3).mask_where(unequal.bool_and(c.not_equal_elem(0.5)), x.powi_scalar(2))
        }),
        ("full", |x, c| x.powi_scalar(3) * c.full_like(1.5)),
        ("least constant", |x, c| x.powi_scalar(3) * c.min_dim(1)),
        ("largest constants", |x, c| {
            let image = MaxPool2dConfig::new([2, 2]).init().forward(c.clone().unsqueeze::<4>());
            let signal = MaxPool1dConfig::new(3).with_stride(3).init().forward(c.unsqueeze::<3>());
            x.powi_scalar(3) * image.sum().reshape([1, 1]) * signal.sum().reshape([1, 1])
        }),
    ];
    let layer = LinearConfig::new(3, 6).init(&device());
    let model = cast(Held { layer, constant: tensor(12, [4, 6]) });
    let each = |(name, f): (&str, WithConstant)| {
        let traced = trace(&model, tensor(11, [4, 3]), |m, x| {
            f(m.layer.forward(x), m.constant.clone()).powi_scalar(2).sum()
        });
        case(name, traced)
    };
    functions.into_iter().map(each).collect()
}

#[test]
fn single_operations() {
    for (name, traced) in operations() {
        check(&name, &traced);
    }
}

#[test]
fn the_table_names_exactly_what_is_checked() {
    let traced =
        operations().into_iter().chain(cases(DType::F64)).map(|(_, traced)| traced).collect::<Vec<_>>();
    let checked: BTreeSet<&str> = traced.iter().flat_map(|traced| traced.program().recorded()).collect();
    let listed: BTreeSet<&str> = SUPPORTED.iter().flat_map(|(_, names)| *names).copied().collect();
    assert_eq!(
        checked.difference(&listed).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "checked, not in the table"
    );
    assert_eq!(
        listed.difference(&checked).collect::<Vec<_>>(),
        Vec::<&&str>::new(),
        "in the table, not checked"
    );
}
