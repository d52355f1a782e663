//! burn's losses, of two layers' outputs.

use burn::nn::loss::{
    BinaryCrossEntropyLossConfig, CosineEmbeddingLossConfig, CrossEntropyLossConfig, GaussianNLLLossConfig,
    HingeEmbeddingLossConfig, HuberLossConfig, KLDivLossConfig, LpLossConfig, MarginRankingLossConfig, MseLoss,
    MultiMarginLossConfig, Reduction, SmoothL1LossConfig, SoftMarginLoss, TripletMarginLossConfig,
};
use burn::tensor::activation::{log_softmax, sigmoid, tanh};
use burn::tensor::{DType, Int, Tensor, TensorData};
use saddlepoint_curvature::trace;

use crate::activations::Mlp;
use crate::common::{Cases, case, device, labels, tensor_of};

type OfClasses = fn(Tensor<2>, Tensor<1, Int>) -> Tensor<1>;
type OfBits = fn(Tensor<2>, Tensor<2, Int>) -> Tensor<1>;
type OfNumbers = fn(Tensor<2>, Tensor<2>) -> Tensor<1>;

const MEAN: Reduction = Reduction::Mean;

const CLASSES: [(&str, OfClasses); 6] = [
    ("cross entropy", |x, y| CrossEntropyLossConfig::new().init(&x.device()).forward(x, y)),
    ("cross entropy, weighted classes", |x, y| {
        let config = CrossEntropyLossConfig::new().with_weights(Some(vec![0.5, 2.0, 1.25]));
        config.init(&x.device()).forward(x, y)
    }),
    ("cross entropy, smoothed labels", |x, y| {
        CrossEntropyLossConfig::new().with_smoothing(Some(0.125)).init(&x.device()).forward(x, y)
    }),
    ("cross entropy, weighted and smoothed", |x, y| {
        let config = CrossEntropyLossConfig::new().with_weights(Some(vec![0.5, 2.0, 1.25]));
        config.with_smoothing(Some(0.125)).init(&x.device()).forward(x, y)
    }),
    ("cross entropy, padded labels", |x, y| {
        CrossEntropyLossConfig::new().with_pad_tokens(Some(vec![1])).init(&x.device()).forward(x, y)
    }),
    ("multi-margin", |x, y| MultiMarginLossConfig::new().init().forward(x, y, MEAN)),
];

const BITS: [(&str, OfBits); 4] = [
    ("binary cross entropy of logits", |x, y| {
        BinaryCrossEntropyLossConfig::new().with_logits(true).init(&x.device()).forward(x, y)
    }),
    ("binary cross entropy of probabilities", |x, y| {
        BinaryCrossEntropyLossConfig::new().init(&x.device()).forward(sigmoid(x), y)
    }),
    ("binary cross entropy, weighted and smoothed", |x, y| {
        let config = BinaryCrossEntropyLossConfig::new().with_logits(true).with_smoothing(Some(0.125));
        config.with_weights(Some(vec![0.5, 2.0, 1.25])).init(&x.device()).forward(x, y)
    }),
    ("soft margin", |x, y| SoftMarginLoss::new().forward(x.clone(), y.float().cast(x.dtype()) * 2 - 1, MEAN)),
];

const NUMBERS: [(&str, OfNumbers); 12] = [
    ("squared error", |x, y| MseLoss::new().forward(x, y, MEAN)),
    ("Huber", |x, y| HuberLossConfig::new(0.75).init().forward(x, y, MEAN)),
    ("smooth L1", |x, y| SmoothL1LossConfig::new().init().forward_with_reduction(x, y, MEAN)),
    ("L1", |x, y| LpLossConfig::new(1.0).init().forward(x.powi_scalar(3), y, MEAN)),
    ("L3", |x, y| LpLossConfig::new(3.0).init().forward(x, y, MEAN)),
    ("Kullback-Leibler", |x, y| KLDivLossConfig::new().init().forward(log_softmax(x, 1), y.abs(), MEAN)),
    ("Gaussian", |x, y| {
        let variance = x.clone().powi_scalar(2) + 0.5;
        GaussianNLLLossConfig::new().with_full(true).init().forward(x, y, variance, MEAN)
    }),
    ("cosine", |x, y| {
        let sign = Tensor::<1, Int>::from_data([1_i64, -1, 1, 1, -1, 1, -1], &x.device());
        CosineEmbeddingLossConfig::new().init().forward(x, y, sign)
    }),
    ("hinge", |x, y| HingeEmbeddingLossConfig::new().init().forward(x.powi_scalar(3), y.sign(), MEAN)),
    ("margin ranking", |x, y| {
        let other = x.clone().flip([1]).powi_scalar(3);
        MarginRankingLossConfig::new().with_margin(0.5).init().forward(x, other, y.sign(), MEAN)
    }),
    ("triplet", |x, y| {
        let other = x.clone().flip([1]) * 2.0;
        TripletMarginLossConfig::new().init().forward(x, y, other, MEAN)
    }),
    ("largest error", |x, y| (x - y).powi_scalar(2).max_dim(1).mean()),
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let model = Mlp::new(&[4, 5, 3], dtype);
    let x = || tensor_of(1, [7, 4], dtype);
    let classes = CLASSES.into_iter().map(|(name, loss)| {
        case(name, trace(&model, (x(), labels(7, 3)), |m, (x, y)| loss(m.forward(x, tanh), y)))
    });
    let bits = BITS.into_iter().map(|(name, loss)| {
        let bits: Vec<i64> = (0..21).map(|i| i64::from(i % 4 == 1 || i % 3 == 0)).collect();
        let y = Tensor::<2, Int>::from_data(TensorData::new(bits, [7, 3]), &device());
        case(name, trace(&model, (x(), y), |m, (x, y)| loss(m.forward(x, tanh), y)))
    });
    let numbers = NUMBERS.into_iter().map(|(name, loss)| {
        case(name, trace(&model, (x(), tensor_of(2, [7, 3], dtype)), |m, (x, y)| loss(m.forward(x, tanh), y)))
    });
    classes.chain(bits).chain(numbers).collect()
}
