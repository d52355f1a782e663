//! Embedding, attention, recurrence, residual paths and concatenation.

use burn::module::Module;
use burn::nn::attention::{MhaInput, MultiHeadAttention, MultiHeadAttentionConfig};
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::nn::gru::{Gru, GruConfig};
use burn::nn::transformer::{TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput};
use burn::nn::{
    Embedding, EmbeddingConfig, Gelu, LayerNorm, LayerNormConfig, LeakyReluConfig, Linear, LinearConfig, Lstm,
    LstmConfig,
};
use burn::tensor::activation::{quiet_softmax, softmax, tanh};
use burn::tensor::{Bool, DType, Int, Tensor};
use saddlepoint_curvature::trace;

use crate::common::{Cases, case, cast_to, device, tensor_of};

#[derive(Module, Debug)]
struct Sequence {
    embedding: Embedding,
    norm: LayerNorm,
    signal: Conv1d,
    query: Linear,
    attention: MultiHeadAttention,
    encoder: TransformerEncoder,
    recurrence: Lstm,
    gates: Gru,
    head: Linear,
}

impl Sequence {
    fn new(dtype: DType) -> Self {
        let device = device();
        let model = Sequence {
            embedding: EmbeddingConfig::new(5, 4).init(&device),
            norm: LayerNormConfig::new(4).init(&device),
            signal: Conv1dConfig::new(4, 4, 3).init(&device),
            query: LinearConfig::new(4, 4).init(&device),
            attention: MultiHeadAttentionConfig::new(4, 2).init(&device),
            encoder: TransformerEncoderConfig::new(4, 5, 2, 1).init(&device),
            recurrence: LstmConfig::new(4, 3, true).init(&device),
            gates: GruConfig::new(4, 3, true).init(&device),
            head: LinearConfig::new(8, 1).init(&device),
        };
        cast_to(model, dtype)
    }

    fn words(&self, words: Tensor<2, Int>) -> Tensor<3> {
        self.embedding.forward(words)
    }

    /// A residual path around attention by hand, a convolution beside it.
    fn residual(&self, words: Tensor<2, Int>, weigh: fn(Tensor<3>, usize) -> Tensor<3>) -> Tensor<2> {
        let x = self.norm.forward(self.words(words));
        let weights = weigh(self.query.forward(x.clone()).matmul(x.clone().swap_dims(1, 2)), 2);
        let x = x.clone() + Gelu::new().forward(weights.matmul(x));
        let signal = tanh(self.signal.forward(x.clone().swap_dims(1, 2))).mean_dim(2).flatten::<2>(1, 2);
        let mean = x.mean_dim(1).flatten::<2>(1, 2);
        LeakyReluConfig::new().init().forward(self.head.forward(Tensor::cat(vec![signal, mean], 1)))
    }
}

type Read = fn(&Sequence, Tensor<2, Int>) -> Tensor<2>;

fn square(x: Tensor<3>) -> Tensor<2> {
    x.powi_scalar(2).mean_dim(2).flatten::<2>(1, 2)
}

const NETWORKS: [(&str, Read); 6] = [
    ("residual attention", |m, x| m.residual(x, softmax)),
    ("quiet attention", |m, x| m.residual(x, quiet_softmax)),
    ("multi-head attention", |m, x| square(m.attention.forward(MhaInput::self_attn(m.words(x))).context)),
    ("transformer encoder", |m, x| {
        let x = m.words(x);
        square(m.encoder.forward(TransformerEncoderInput::new(x)).powi_scalar(2))
    }),
    ("long short-term memory", |m, x| square(m.recurrence.forward(m.words(x), None).0)),
    ("gated recurrence", |m, x| square(m.gates.forward(m.words(x), None))),
];

pub(crate) fn cases(dtype: DType) -> Cases {
    let model = Sequence::new(dtype);
    let words = Tensor::<2, Int>::from_data([[0_i64, 3, 2, 3, 1], [4, 4, 0, 1, 2]], &device());
    let network = |(name, network): (&str, Read)| {
        let traced = trace(&model, (words.clone(), tensor_of(8, [2, 1], dtype)), |m, (words, y)| {
            (network(m, words) - y).powi_scalar(2).mean()
        });
        case(name, traced)
    };
    let mut cases: Cases = NETWORKS.into_iter().map(network).collect();
    let later = Tensor::<3, Bool>::tril_mask([2, 5, 5], 0, &device());
    let traced = trace(&model, (words, later), |m, (words, later)| {
        square(m.attention.forward(MhaInput::self_attn(m.words(words)).mask_attn(later)).context).mean()
    });
    cases.push(case("masked multi-head attention", traced));
    cases
}
