//! Pooling of every geometry.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{
    AdaptiveAvgPool1dConfig, AdaptiveAvgPool2dConfig, AvgPool1dConfig, AvgPool2dConfig, MaxPool1dConfig,
    MaxPool2dConfig,
};
use burn::nn::{PaddingConfig1d, PaddingConfig2d};
use burn::tensor::activation::tanh;
use burn::tensor::{DType, Tensor};
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast_to, device, tensor_of};

#[derive(Module, Debug)]
struct Pooled {
    first: Conv2d,
    second: Conv2d,
}

fn border() -> PaddingConfig2d {
    PaddingConfig2d::Explicit(1, 1, 1, 1)
}

type OnImages = fn(Tensor<4>) -> Tensor<4>;
type OnSignals = fn(Tensor<3>) -> Tensor<3>;

const IMAGES: [(&str, OnImages); 11] = [
    ("average", |x| AvgPool2dConfig::new([2, 2]).init().forward(x)),
    ("average, overlapping", |x| AvgPool2dConfig::new([3, 2]).with_strides([1, 1]).init().forward(x)),
    ("average, padded, border counted", |x| {
        AvgPool2dConfig::new([3, 2]).with_strides([2, 2]).with_padding(border()).init().forward(x)
    }),
    ("average, padded, border not counted", |x| {
        let config = AvgPool2dConfig::new([3, 3]).with_strides([2, 1]).with_padding(border());
        config.with_count_include_pad(false).init().forward(x)
    }),
    ("average, last window cut", |x| {
        AvgPool2dConfig::new([2, 3]).with_strides([2, 2]).with_ceil_mode(true).init().forward(x)
    }),
    ("average, last window cut, border not counted", |x| {
        let config = AvgPool2dConfig::new([2, 3]).with_strides([2, 2]).with_padding(border());
        config.with_ceil_mode(true).with_count_include_pad(false).init().forward(x)
    }),
    ("maximum", |x| MaxPool2dConfig::new([2, 2]).init().forward(x)),
    ("maximum, overlapping, dilated, padded", |x| {
        let config = MaxPool2dConfig::new([2, 3]).with_strides([1, 2]).with_padding(border());
        config.with_dilation([2, 1]).init().forward(x)
    }),
    ("maximum, last window cut", |x| {
        MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).with_ceil_mode(true).init().forward(x)
    }),
    ("adaptive, dividing", |x| AdaptiveAvgPool2dConfig::new([2, 4]).init().forward(x)),
    ("adaptive, overlapping", |x| AdaptiveAvgPool2dConfig::new([4, 3]).init().forward(x)),
];

const SIGNALS: [(&str, OnSignals); 6] = [
    ("average", |x| AvgPool1dConfig::new(3).with_stride(2).init().forward(x)),
    ("average, padded, border not counted", |x| {
        let config = AvgPool1dConfig::new(4).with_stride(3).with_padding(PaddingConfig1d::Explicit(2, 2));
        config.with_count_include_pad(false).init().forward(x)
    }),
    ("average, last window cut", |x| {
        AvgPool1dConfig::new(3).with_stride(3).with_ceil_mode(true).init().forward(x)
    }),
    ("maximum", |x| MaxPool1dConfig::new(2).with_stride(2).init().forward(x)),
    ("maximum, dilated, padded", |x| {
        let config = MaxPool1dConfig::new(3).with_stride(2).with_dilation(2);
        config.with_padding(PaddingConfig1d::Explicit(1, 1)).init().forward(x)
    }),
    ("adaptive", |x| AdaptiveAvgPool1dConfig::new(3).init().forward(x)),
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let device = device();
    let model = Pooled {
        first: Conv2dConfig::new([1, 2], [2, 2]).init(&device),
        second: Conv2dConfig::new([2, 2], [1, 1]).init(&device),
    };
    let model = cast_to(model, dtype);
    let x = || tensor_of(5, [2, 1, 7, 9], dtype);
    let images = IMAGES.into_iter().map(|(name, pool)| {
        let traced = trace(&model, x(), |m, x| {
            tanh(m.second.forward(pool(tanh(m.first.forward(x))))).powi_scalar(2).sum()
        });
        case(&format!("images, {name}"), traced)
    });
    let signals = SIGNALS.into_iter().map(|(name, pool)| {
        let traced = trace(&model, x(), |m, x| {
            let x = pool(tanh(m.first.forward(x)).flatten::<3>(2, 3)).unsqueeze_dim(2);
            tanh(m.second.forward(x)).powi_scalar(2).sum()
        });
        case(&format!("signals, {name}"), traced)
    });
    images.chain(signals).collect()
}
