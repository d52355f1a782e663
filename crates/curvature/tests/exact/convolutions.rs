//! Convolutions of every geometry.

use burn::module::Module;
use burn::nn::conv::{Conv1d, Conv1dConfig, Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::{Linear, LinearConfig, PaddingConfig1d, PaddingConfig2d};
use burn::tensor::DType;
use burn::tensor::activation::tanh;
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast_to, device, labels, tensor_of};

#[derive(Module, Debug)]
struct Images {
    first: Conv2d,
    second: Conv2d,
    head: Linear,
}

#[derive(Module, Debug)]
struct Signals {
    first: Conv1d,
    second: Conv1d,
}

pub(crate) fn cases(dtype: DType) -> Cases {
    let explicit = PaddingConfig2d::Explicit;
    let config = Conv2dConfig::new;
    let images = [
        ("3x3, padded", config([4, 4], [3, 3]).with_padding(explicit(1, 1, 1, 1))),
        ("2x2, strides, groups", config([4, 4], [2, 2]).with_stride([2, 1]).with_groups(2)),
        (
            "everything at once",
            config([4, 6], [2, 3])
                .with_stride([2, 3])
                .with_dilation([3, 2])
                .with_groups(2)
                .with_padding(explicit(2, 1, 2, 1)),
        ),
        ("unequal borders", config([4, 3], [2, 2]).with_padding(explicit(0, 1, 1, 0))),
        ("same size with an even kernel", config([4, 3], [4, 2]).with_padding(PaddingConfig2d::Same)),
        ("rows and columns left over", config([4, 3], [3, 3]).with_stride([3, 2]).with_bias(false)),
        ("depthwise", config([4, 8], [3, 3]).with_groups(4)),
        (
            "dilated beyond the border",
            config([4, 2], [3, 3]).with_dilation([3, 3]).with_padding(explicit(2, 2, 2, 2)),
        ),
        ("pointwise", config([4, 5], [1, 1]).with_stride([2, 2])),
    ];
    let device = device();
    let mut cases = Cases::new();
    for (name, second) in images {
        let outputs = second.channels[1];
        let model = Images {
            first: Conv2dConfig::new([2, 4], [2, 3]).init(&device),
            second: second.init(&device),
            head: LinearConfig::new(outputs, 3).init(&device),
        };
        let traced =
            trace(&cast_to(model, dtype), (tensor_of(5, [3, 2, 7, 9], dtype), labels(3, 3)), |m, (x, y)| {
                let x = tanh(m.second.forward(tanh(m.first.forward(x))));
                let x = x.mean_dim(3).mean_dim(2).flatten::<2>(1, 3);
                CrossEntropyLossConfig::new().init(&device).forward(m.head.forward(x), y)
            });
        cases.push(case(&format!("images, {name}"), traced));
    }
    let config = Conv1dConfig::new;
    let signals = [
        ("plain", config(4, 3, 3)),
        ("same size with an even kernel", config(4, 3, 4).with_padding(PaddingConfig1d::Same)),
        (
            "everything at once",
            config(4, 6, 2)
                .with_stride(3)
                .with_dilation(2)
                .with_groups(2)
                .with_padding(PaddingConfig1d::Explicit(2, 1)),
        ),
        ("unequal borders", config(4, 2, 3).with_padding(PaddingConfig1d::Explicit(0, 2)).with_bias(false)),
    ];
    for (name, second) in signals {
        let model = Signals { first: Conv1dConfig::new(2, 4, 2).init(&device), second: second.init(&device) };
        let traced = trace(&cast_to(model, dtype), tensor_of(6, [3, 2, 10], dtype), |m, x| {
            tanh(m.second.forward(tanh(m.first.forward(x)))).powi_scalar(2).mean()
        });
        cases.push(case(&format!("signals, {name}"), traced));
    }
    cases
}
